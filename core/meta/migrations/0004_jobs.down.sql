-- 0004_jobs.down.sql
-- The queue goes, with every job that waits in it and all their history.
--
-- Undoes: 0004_jobs.up.sql.
set local lock_timeout = '3s';

drop view leat.job_view;
drop table leat.event;
drop table leat.job_log;
drop table leat.attempt;
drop table leat.job_state;
drop table leat.job;
drop table leat.queue;

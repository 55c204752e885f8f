-- core/meta/sql/repair_of_job.sql
-- The rejects that a job replays.
select p.reject_id as id
  from leat.repair p
 where p.replay_job = $1::bigint and p.state < 2
 order by p.reject_id

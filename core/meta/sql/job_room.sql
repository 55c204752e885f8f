-- core/meta/sql/job_room.sql
-- Makes room in the partitions for more jobs.
select leat.job_room(20000)

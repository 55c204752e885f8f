-- core/meta/sql/repair_of_job.sql
-- The rejects that a job replays.
select i as id
  from leat.replay_ids(nullif(current_setting('leat.org', true), '')::bigint, $1::bigint) i

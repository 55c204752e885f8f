-- core/meta/sql/repair_of_job.sql
-- The rejects that a job replays, by blocks.
select b.ids - leat.block_discarded(b.org_id, b.block) as ids
  from leat.replay_block b
 where b.org_id = nullif(current_setting('leat.org', true), '')::bigint
   and b.job_id = $1::bigint and not b.is_replayed
 order by b.block

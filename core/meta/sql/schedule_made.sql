-- core/meta/sql/schedule_made.sql
-- The job that a slot became.
update leat.tick set job_id = $3::bigint
 where org_id = $4::bigint and schedule_id = $1::bigint
   and due_at = to_timestamp($2::bigint / 1000000.0)

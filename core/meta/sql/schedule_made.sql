-- core/meta/sql/schedule_made.sql
-- The job that a slot became, or why it did not become one.
update leat.tick set job_id = $3::bigint, reason = $5::text,
       outcome = case when $5::text is null then 'made' else 'skipped' end
 where org_id = $4::bigint and schedule_id = $1::bigint
   and due_at = to_timestamp($2::bigint / 1000000.0)

-- core/meta/sql/repair_assign.sql
-- These rejects are replayed by that job.
select leat.repair_assign($1::bigint, $2::bigint[], $3::bigint[]) as rows

-- core/meta/sql/repair_rows.sql
-- Rejects as they stood: $1, in order, the first of them $2 and the last $3, so that a span of
-- the index is read and not one row at a time.
select r.id, r.job_id, r.part, r.row_no, r.line_no, r.raw,
       coalesce(r.problems @> '[{"rule": "footer"}]', false) as is_footer
  from leat.reject r
 where r.id >= $2::bigint and r.id <= $3::bigint and r.id = any ($1::bigint[])
 order by r.id

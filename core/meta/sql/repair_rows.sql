-- core/meta/sql/repair_rows.sql
-- Rejects as they stood, in order: of $2 to $3 those of $1, one by one, or of the runs of
-- numbers of $4, for which a span of the index is read at once. The other of both is null.
select r.id, r.job_id, r.part, r.row_no, r.line_no, r.raw,
       coalesce(r.problems @> '[{"rule": "footer"}]', false) as is_footer
  from leat.reject r
 where r.id >= $2::bigint and r.id <= $3::bigint
   and ($4::int8multirange @> r.id or r.id = any ($1::bigint[]))
 order by r.id

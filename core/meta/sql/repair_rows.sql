-- core/meta/sql/repair_rows.sql
-- Rejects as they stood, in order, and their fixes: of $2 to $3 those of $1, one by one, or of
-- the runs of numbers of $4, for which a span of the index is read at once; all of them when both
-- are null. A full join is never done row by row, which a plan for small tables would do. Columns
-- are read by their places.
select r.id, r.job_id, r.part, r.row_no, r.line_no, r.raw, p.fix, p.version, r.is_footer
  from (select t.id, t.job_id, t.part, t.row_no, t.line_no, t.raw,
               coalesce(t.problems @> '[{"rule": "footer"}]', false) as is_footer
          from leat.reject t
         where t.id >= $2::bigint and t.id <= $3::bigint
           and ($1::bigint[] is null and $4::int8multirange is null
                or $4::int8multirange @> t.id or t.id = any ($1::bigint[]))) r
  full join (select t.reject_id, t.fix, t.version
               from leat.repair t
              where t.reject_id >= $2::bigint and t.reject_id <= $3::bigint
                and ($1::bigint[] is null and $4::int8multirange is null
                     or $4::int8multirange @> t.reject_id
                     or t.reject_id = any ($1::bigint[]))) p on p.reject_id = r.id
 where coalesce(r.id, 0) > 0
 order by r.id

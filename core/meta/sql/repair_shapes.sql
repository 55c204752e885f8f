-- core/meta/sql/repair_shapes.sql
-- How the raw rows of these rejects are to be read, in the order of their first reject;
-- parameters as of repair_rows.sql.
select s.job_id, s.part, s.shape
  from (select r.job_id, r.part, min(r.id) as first
          from leat.reject r
         where r.id >= $2::bigint and r.id <= $3::bigint
           and ($1::bigint[] is null and $4::int8multirange is null
                or $4::int8multirange @> r.id or r.id = any ($1::bigint[]))
         group by r.job_id, r.part) f
 cross join lateral (select t.* from leat.reject_shape t
                      where t.job_id = f.job_id and t.part = f.part offset 0) s
 order by f.first

-- core/meta/sql/repair_shapes.sql
-- How the raw rows of these rejects are to be read, in the order of their first reject.
select s.job_id, s.part, s.shape
  from (select r.job_id, r.part, min(a.n) as first
          from unnest($1::bigint[]) with ordinality a (id, n)
         cross join lateral (select b.job_id, b.part from leat.reject b
                              where b.id = a.id offset 0) r
         group by r.job_id, r.part) f
 cross join lateral (select t.* from leat.reject_shape t
                      where t.job_id = f.job_id and t.part = f.part offset 0) s
 order by f.first

-- core/meta/sql/repair_shapes.sql
-- How the raw rows of these rejects are to be read, in the order of their first reject.
select s.job_id, s.part, s.shape
  from (select r.org_id, r.job_id, r.part, min(r.id) as first
          from leat.reject r
         where r.id = any ($1::bigint[])
         group by r.org_id, r.job_id, r.part) f
  join leat.reject_shape s on s.org_id = f.org_id and s.job_id = f.job_id and s.part = f.part
 order by f.first

-- core/meta/sql/repair_ids.sql
-- Rejects that can be worked on, and what pipeline or load they are of. $1: of these only.
select r.id, r.job_id, coalesce(j.pipeline_id, 0) as pipeline_id
  from leat.reject_view r
  join leat.job j on j.org_id = r.org_id and j.id = r.job_id
 where r.id = any ($1::bigint[])
 order by r.id

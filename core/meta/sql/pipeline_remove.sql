-- core/meta/sql/pipeline_remove.sql
-- Marks a pipeline as deleted unless a job of it waits or runs.
with busy as (
    select min(s.job_id) as job_id
      from leat.pipeline p
      join leat.lane l on l.org_id = p.org_id and l.pipeline_id = p.id
      join (select lane_id, job_id from leat.ready union all
            select lane_id, job_id from leat.scheduled union all
            select lane_id, job_id from leat.waiting union all
            select lane_id, job_id from leat.run) s on s.lane_id = l.id
     where p.name = $1::text and p.deleted_at is null
    having count(*) > 0
),
gone as (
    update leat.pipeline set deleted_at = now()
     where name = $1::text and deleted_at is null and not exists (select from busy)
    returning id
),
noted as (
    insert into leat.audit (action, object) select 'pipeline remove', $1::text from gone
)
select (select count(*) from gone) as removed, (select job_id from busy) as busy

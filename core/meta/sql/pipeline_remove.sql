-- core/meta/sql/pipeline_remove.sql
-- Marks a pipeline as deleted unless a job of it waits or runs.
with busy as (
    select s.job_id
      from leat.pipeline p
      join leat.job_state s on s.org_id = p.org_id and s.pipeline_id = p.id
     where p.name = $1::text and p.deleted_at is null and s.state in (0, 1)
     order by s.job_id
     limit 1
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

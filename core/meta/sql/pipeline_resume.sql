-- core/meta/sql/pipeline_resume.sql
-- Jobs of a pipeline may start again.
with hit as (
    delete from leat.pipeline_pause p where p.pipeline_id = $1::bigint returning p.pipeline_id
),
noted as (
    insert into leat.audit (action, object) select 'pipeline resume', $2::text from hit
)
select count(*) as changed from hit

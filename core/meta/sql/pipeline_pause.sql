-- core/meta/sql/pipeline_pause.sql
-- From now on no job of a pipeline starts.
with hit as (
    insert into leat.pipeline_pause (pipeline_id) values ($1::bigint)
    on conflict do nothing returning pipeline_id
),
noted as (
    insert into leat.audit (action, object) select 'pipeline pause', $2::text from hit
)
select count(*) as changed from hit

-- core/meta/sql/job_add.sql
-- One more job, its state, its event; engines hear of it when it is committed.
with added as (
    insert into leat.job (pipeline_id, kind, body, max_attempts)
    values ($1::bigint, $2::text, $3::jsonb, $4::integer)
    returning org_id, id, pipeline_id, kind
),
state as (
    insert into leat.job_state (org_id, job_id, pipeline_id, priority, run_after)
    select org_id, id, pipeline_id, $5::integer, now() + $6::bigint * interval '1 ms'
      from added
),
told as (
    insert into leat.event (job_id, run, what) select id, 0, 'queued' from added
),
noted as (
    insert into leat.audit (action, object) select 'job add', id::text from added
)
select id, case when $7::boolean then pg_catalog.pg_notify('leat_wake', 'work')::text end
  from added

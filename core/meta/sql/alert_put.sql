-- core/meta/sql/alert_put.sql
-- Adds a rule or changes it. What was paused goes on.
with pipe as (
    select id from leat.pipeline where name = $3::text and deleted_at is null
),
old as (
    select id from leat.alert where name = $1::text and deleted_at is null
),
put as (
    insert into leat.alert as a (name, kind, pipeline_id, config, on_failure, on_recovery,
                                 on_success, rejects_rows, rejects_percent, allow_private)
    select $1::text, $2::text, (select id from pipe), $4::jsonb, $5::boolean, $6::boolean,
           $7::boolean, $8::bigint, $9::float8, $10::boolean
     where $3::text is null or exists (select from pipe)
    on conflict (org_id, name) where deleted_at is null do update
       set kind = excluded.kind, pipeline_id = excluded.pipeline_id, config = excluded.config,
           on_failure = excluded.on_failure, on_recovery = excluded.on_recovery,
           on_success = excluded.on_success, rejects_rows = excluded.rejects_rows,
           rejects_percent = excluded.rejects_percent, allow_private = excluded.allow_private,
           is_paused = false, paused_why = null
     where not $11::boolean
    returning a.id
),
noted as (
    insert into leat.audit (action, object)
    select case when exists (select from old) then 'alert change' else 'alert add' end, $1::text
      from put
)
select (select count(*) from put) as changed, (select count(*) from old) as existed

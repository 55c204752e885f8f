-- core/meta/sql/pipeline_put.sql
-- Adds a pipeline or changes it; the version grows only when the body changed.
with old as (
    select id from leat.pipeline where name = $1::text and deleted_at is null
),
put as (
    insert into leat.pipeline as p (project_id, name, body)
    select j.id, $1::text, $2::jsonb
      from leat.project j
     where j.name = 'default' and j.deleted_at is null
    on conflict (org_id, name) where deleted_at is null do update
       set body = excluded.body, version = p.version + 1
     where p.body is distinct from excluded.body
    returning p.id, p.version
),
kept as (
    insert into leat.pipeline_version (pipeline_id, version, body)
    select id, version, $2::jsonb from put
),
noted as (
    insert into leat.audit (action, object, detail)
    select case when version = 1 then 'pipeline add' else 'pipeline change' end, $1::text,
           jsonb_build_object('version', version)
      from put
)
select coalesce((select id from put), (select id from old)) as id,
       (select count(*) from put) as changed,
       (select count(*) from put where version = 1) as added

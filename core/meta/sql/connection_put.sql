-- core/meta/sql/connection_put.sql
-- Adds a connection or changes it; the version grows only when something changed.
with old as (
    select id, connector, config from leat.connection
     where name = $1::text and deleted_at is null
),
put as (
    insert into leat.connection as c (project_id, name, connector, config)
    select p.id, $1::text, $2::text, $3::jsonb
      from leat.project p
     where p.name = 'default' and p.deleted_at is null
    on conflict (org_id, name) where deleted_at is null do update
       set connector = excluded.connector, config = excluded.config, version = c.version + 1
     where not $4::boolean
       and (c.connector, c.config) is distinct from (excluded.connector, excluded.config)
    returning c.id
),
noted as (
    insert into leat.audit (action, object)
    select case when exists (select from old) then 'connection change' else 'connection add' end,
           $1::text
      from put
)
select (select count(*) from put) as changed, (select count(*) from old) as existed

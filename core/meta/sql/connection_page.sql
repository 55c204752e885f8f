-- core/meta/sql/connection_page.sql
-- Connections by name, behind those that are always there.
select id, name, connector, config, version, created_at, updated_at, false as is_builtin
  from leat.connection
 where deleted_at is null
union all
select 0, v.name, v.connector, '{}'::jsonb, 0, null, null, true
  from (values ('files', 'file'), ('local', 'postgres')) v (name, connector)
 order by is_builtin desc, name

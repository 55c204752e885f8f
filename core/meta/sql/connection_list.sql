-- core/meta/sql/connection_list.sql
-- Connections by name, or the one of that name.
select id, name, connector, config, version, created_at, updated_at, false as is_builtin
  from leat.connection
 where deleted_at is null and ($1::text is null or name = $1::text)
 order by name

-- core/meta/sql/migration_role.sql
-- Becomes the owner once there is a schema; no row when there is none.
select pg_catalog.set_config('role', 'leat_owner', true)
  from pg_catalog.pg_namespace where nspname = 'leat'

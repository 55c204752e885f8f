-- core/meta/sql/migration_found.sql
-- Whether the list of migrations is there.
select pg_catalog.to_regclass('leat.migration') is not null as found

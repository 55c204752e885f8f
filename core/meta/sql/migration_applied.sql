-- core/meta/sql/migration_applied.sql
-- What has been applied, oldest first.
select version, name, checksum, applied_at from leat.migration order by version

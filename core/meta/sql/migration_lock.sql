-- core/meta/sql/migration_lock.sql
-- One migrator at a time in this database; the key is 'leat' in ASCII.
select pg_catalog.pg_advisory_xact_lock(1818583412)

-- core/meta/sql/migration_checksum.sql
-- The checksum of a file, by the server so that nobody else needs the algorithm.
select pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to($1::text, 'UTF8')),
                         'hex') as checksum

-- core/meta/sql/migration_note.sql
-- A migration has been applied.
insert into leat.migration (version, name, checksum) values ($1::integer, $2::text, $3::text)

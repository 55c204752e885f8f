-- core/meta/sql/migration_forget.sql
-- A migration is about to be undone.
delete from leat.migration where version = $1::integer

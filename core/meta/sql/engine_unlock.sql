-- core/meta/sql/engine_unlock.sql
-- A session lets go of an engine that was buried while it lived: whatever is still
-- claimed under that number can be taken from it.
select pg_advisory_unlock(27769, $1::integer)

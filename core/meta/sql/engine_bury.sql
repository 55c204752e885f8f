-- core/meta/sql/engine_bury.sql
-- Takes what an engine ran that is gone; null: it lives, or somebody else is at it.
select leat.engine_bury($1::integer, $2::integer, $3::float8) as jobs

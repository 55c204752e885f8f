-- core/meta/sql/engine_strays.sql
-- Back to the queue with what an engine claimed without knowing it.
select leat.engine_strays($1::integer, $2::bigint[]) as jobs

-- core/meta/sql/engine_stop.sql
-- An engine ends; it runs nothing any more.
update leat.engine set stopped_at = now(), lease_until = null
 where id = $1::integer and stopped_at is null

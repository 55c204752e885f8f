-- core/meta/sql/engine_lock.sql
-- A new session of an engine that was not given up meanwhile.
select id, pg_try_advisory_lock(27769, id) as is_locked
  from leat.engine
 where id = $1::integer and stopped_at is null

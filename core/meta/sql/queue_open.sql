-- core/meta/sql/queue_open.sql
-- Before something may start that could not: no engine lies down until this commits.
select pg_advisory_xact_lock_shared(27767, 0)

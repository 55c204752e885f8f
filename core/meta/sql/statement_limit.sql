-- core/meta/sql/statement_limit.sql
-- Statements of this transaction are stopped after so many milliseconds, and have no helpers:
-- a page is there before those have started.
select pg_catalog.set_config('statement_timeout', $1::text, true),
       pg_catalog.set_config('max_parallel_workers_per_gather', '0', true)

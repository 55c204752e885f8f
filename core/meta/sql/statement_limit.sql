-- core/meta/sql/statement_limit.sql
-- Statements of this transaction are stopped after so many milliseconds.
select pg_catalog.set_config('statement_timeout', $1::text, true)

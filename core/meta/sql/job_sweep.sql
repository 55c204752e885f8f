-- core/meta/sql/job_sweep.sql
-- Drops history that is older than that; null: another engine is at it.
select leat.sweep(make_interval(days => $1::integer)) as gone

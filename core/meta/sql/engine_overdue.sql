-- core/meta/sql/engine_overdue.sql
-- Takes jobs that should have been stopped by their time limit long ago.
select count(*) as jobs from leat.job_rescue(null, $1::integer, $2::float8)

-- core/meta/sql/job_attempts.sql
-- Every try at a job, oldest first.
select run, attempt, outcome, engine, started_at, finished_at, error_code, error, hint, sqlstate
  from leat.attempt
 where job_id = $1::bigint
 order by run

-- core/meta/sql/job_next_due.sql
-- How long until the next waiting job is due.
select ceil(extract(epoch from min(run_after) - clock_timestamp()) * 1000)::bigint as ms
  from leat.job_state
 where state = 0 and run_after > now()

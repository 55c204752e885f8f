-- core/meta/sql/job_next_expiry.sql
-- How long until the first lease runs out.
select ceil(extract(epoch from min(lease_until) - clock_timestamp()) * 1000)::bigint as ms
  from leat.job_state
 where state = 1

-- core/meta/sql/job_due.sql
-- How long until this job may start again.
select ceil(extract(epoch from s.run_after - clock_timestamp()) * 1000)::bigint as ms
  from leat.job j
  join leat.scheduled s on s.org_id = j.org_id and s.lane_id = j.lane_id and s.job_id = j.id
 where j.org_id = $1::bigint and j.id = $2::bigint

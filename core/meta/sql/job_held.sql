-- core/meta/sql/job_held.sql
-- Whether a run still is the job's.
select count(*) as held from leat.job_state
 where org_id = $1::bigint and job_id = $2::bigint and run_no = $3::bigint and state = 1

-- core/meta/sql/job_unsettled.sql
-- Earlier jobs of a pipeline that may have committed without anybody writing it down.
select s.org_id, s.job_id, s.run_no, j.body
  from leat.job_state s
  join leat.job j on j.org_id = s.org_id and j.id = s.job_id
 where s.org_id = $1::bigint and s.pipeline_id = $2::bigint and s.is_unsure and s.state <> 1
 order by s.job_id

-- core/meta/sql/job_peek.sql
-- Where a job stands, when an act on it found nothing to do.
select s.state, s.run_no, s.committed_run, s.pipeline_id,
       (select r.job_id from leat.job_state r
         where r.org_id = s.org_id and r.pipeline_id = s.pipeline_id and r.state = 1
           and r.job_id <> s.job_id) as busy
  from leat.job_state s
 where ($1::bigint is null or s.org_id = $1::bigint) and s.job_id = $2::bigint

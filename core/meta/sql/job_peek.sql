-- core/meta/sql/job_peek.sql
-- Where a job stands, when an act on it found nothing to do.
select v.state, v.run_no, v.committed_run, v.pipeline_id,
       (select min(r.job_id)
          from leat.run r
          join leat.lane l on l.org_id = r.org_id and l.id = r.lane_id
         where r.org_id = v.org_id and l.pipeline_id = v.pipeline_id and r.job_id <> v.id) as busy
  from leat.job_view v
 where ($1::bigint is null or v.org_id = $1::bigint) and v.id = $2::bigint

-- core/meta/sql/job_unsettled.sql
-- Earlier jobs of a pipeline that may have committed without anybody writing it down.
select u.org_id, u.job_id, u.run_no, u.lane_id, j.kind, j.body
  from leat.lane l
 cross join lateral (
       select d.org_id, d.job_id, d.run_no, d.lane_id from leat.done d
        where d.org_id = l.org_id and d.lane_id = l.id and d.is_unsure
       union all select r.org_id, r.job_id, r.run_no, r.lane_id from leat.ready r
        where r.org_id = l.org_id and r.lane_id = l.id and r.is_unsure
       union all select s.org_id, s.job_id, s.run_no, s.lane_id from leat.scheduled s
        where s.org_id = l.org_id and s.lane_id = l.id and s.is_unsure
       union all select w.org_id, w.job_id, w.run_no, w.lane_id from leat.waiting w
        where w.org_id = l.org_id and w.lane_id = l.id and w.is_unsure) u
  join leat.job j on j.org_id = u.org_id and j.id = u.job_id
 where l.org_id = $1::bigint and l.pipeline_id = $2::bigint
 order by u.job_id

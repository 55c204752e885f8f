-- core/meta/sql/alert_ended.sql
-- How that run of a job ended, if it did, as messages tell it.
select v.id, v.run_no, v.state, v.pipeline, v.pipeline_id, v.source, v.target, v.attempt,
       v.rows_read, v.rows_written, v.rows_unchanged, v.rows_filtered, v.rows_rejected, v.bytes,
       coalesce(v.seconds, 0) as seconds, v.created_at, v.started_at, v.finished_at,
       v.error_code, v.error, v.hint, v.sqlstate,
       case when v.result @> '{"held": true}' then v.result ->> 'over_rejects' end as held,
       (select o.name from leat.organization o
         where o.org_id = (select nullif(current_setting('leat.org', true), '')::bigint)) as org,
       (select min(n.id)
          from leat.lane l
         cross join lateral (
               select w.id
                 from leat.job w
                 join leat.done d on d.org_id = w.org_id and d.job_id = w.id
                where w.org_id = l.org_id and w.lane_id = l.id and w.id > v.id
                  and d.state = 2 and d.finished_at > v.finished_at
                order by w.id
                limit 1) n
         where v.pipeline_id is not null and l.org_id = v.org_id
           and l.pipeline_id = v.pipeline_id) as mended_by
  from leat.job_view v
 where v.id = $1::bigint and v.run_no = $2::bigint and v.state in (2, 3, 4)

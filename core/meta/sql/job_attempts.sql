-- core/meta/sql/job_attempts.sql
-- Every try at a job, oldest first.
select a.run, a.attempt, a.outcome, e.name as engine, a.started_at, a.finished_at,
       a.error_code, a.error, a.hint, a.sqlstate
  from (select run, attempt, outcome, engine_id, started_at, finished_at, error_code, error,
               hint, sqlstate
          from leat.attempt
         where job_id = $1::bigint
        union all
        select r.run_no, r.attempt, 0, r.engine_id, r.started_at, null, null, null, null, null
          from leat.run r
          join leat.job j on j.org_id = r.org_id and j.lane_id = r.lane_id and j.id = r.job_id
         where j.id = $1::bigint
        union all
        select d.run_no, d.attempt, case d.state when 2 then 1 when 5 then 5 else 2 end,
               d.engine_id, d.started_at, d.finished_at, d.error_code, d.error, d.hint, d.sqlstate
          from leat.done d
         where d.job_id = $1::bigint and d.started_at is not null
           and not exists (select from leat.attempt a where a.org_id = d.org_id
                              and a.job_id = d.job_id and a.run = d.run_no)) a
  left join leat.engine e on e.id = a.engine_id
 order by a.run

-- core/meta/sql/job_claim.sql
-- Takes the next jobs that are due; what others hold is skipped, never waited for.
-- Materialized: the planner must not run the limited part twice. Of a
-- pipeline only the oldest job that is due may go, and none while one runs.
with due as materialized (
    select s.org_id, s.job_id
      from leat.job_state s
     where s.state = 0 and s.run_after <= now()
       and not exists (
           select from leat.job_state r
            where r.org_id = s.org_id and r.pipeline_id = s.pipeline_id and r.state = 1)
       and not exists (
           select from leat.job_state o
            where o.org_id = s.org_id and o.pipeline_id = s.pipeline_id
              and o.state = 0 and o.job_id < s.job_id and o.run_after <= now())
       and not exists (
           select from leat.queue q
            where q.org_id = s.org_id and q.name = s.queue and q.is_paused)
     order by s.priority, s.job_id
     limit $3::integer
       for update of s skip locked
),
run as (
    update leat.job_state s
       set state = 1, run_no = s.run_no + 1, attempt = s.attempt + 1,
           lease_until = now() + $1::bigint * interval '1 ms',
           rows_read = 0, rows_written = 0, rows_unchanged = 0, rows_filtered = 0,
           rows_rejected = 0, bytes = 0, total_bytes = -1, phase = null
      from due
     where s.org_id = due.org_id and s.job_id = due.job_id
    returning s.org_id, s.job_id, s.run_no, s.attempt, s.lost, s.priority,
              s.cancel_at is not null as is_cancelled
),
tried as (
    insert into leat.attempt (org_id, job_id, run, attempt, engine)
    select org_id, job_id, run_no, attempt, $2::text from run
),
told as (
    insert into leat.event (org_id, job_id, run, what)
    select org_id, job_id, run_no, 'running' from run
)
select r.org_id, r.job_id, r.run_no, r.attempt, r.lost, r.is_cancelled, j.kind, j.body,
       j.pipeline_id, j.max_attempts
  from run r
  join leat.job j on j.org_id = r.org_id and j.id = r.job_id
 order by r.priority, r.job_id

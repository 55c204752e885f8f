-- core/meta/sql/job_rescue.sql
-- Takes jobs away from whoever let the lease run out; the fence keeps them away.
-- It may have committed: one that was cancelled waits, too, for the next attempt
-- to ask the target and only then to end.
with late as materialized (
    select org_id, job_id from leat.job_state
     where state = 1 and lease_until < now()
       for update skip locked
),
taken as (
    update leat.job_state s
       set state = case when s.lost + 1 >= $1::integer then 4 else 0 end,
           finished_at = case when s.lost + 1 >= $1::integer then now() end,
           lost = s.lost + 1, attempt = greatest(s.attempt - 1, 0), is_unsure = true,
           -- The first time at once; one that kills its engine again and again waits longer.
           run_after = now() + interval '1 ms'
               * (case s.lost when 0 then 0 else $2::float8 * power(2, s.lost - 1) end),
           lease_until = null, phase = null
      from late l
     where s.org_id = l.org_id and s.job_id = l.job_id
    returning s.org_id, s.job_id, s.run_no, s.state
),
tried as (
    update leat.attempt a
       set outcome = 3, finished_at = now(), error_code = 'FENCED',
           error = 'the attempt vanished: its lease ran out'
      from taken t
     where a.org_id = t.org_id and a.job_id = t.job_id and a.run = t.run_no
),
told as (
    insert into leat.event (org_id, job_id, run, what)
    select org_id, job_id, run_no, case state when 0 then 'queued' else 'dead' end
      from taken
)
select org_id, job_id, run_no, state,
       case state when 0 then pg_catalog.pg_notify('leat_wake', 'work')::text end as woken,
       pg_catalog.pg_notify('leat_' || org_id, format(
           '{"e":"state","org":%s,"job":%s,"run":%s,"state":"%s"}', org_id, job_id, run_no,
           (array['queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled'])[state + 1]
           ))::text as told
  from taken
 order by job_id

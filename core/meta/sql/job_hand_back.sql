-- core/meta/sql/job_hand_back.sql
-- The engine stops: the job waits again at once and the attempt is not counted.
-- One that was cancelled ends, unless its target has to be asked first.
with back as (
    update leat.job_state
       set state = case when cancel_at is null or $4::smallint = 2
                             or $4::smallint <> 0 and is_unsure then 0 else 5 end,
           finished_at = case when cancel_at is null or $4::smallint = 2
                                   or $4::smallint <> 0 and is_unsure then null else now() end,
           attempt = attempt - 1, run_after = now(), lease_until = null, phase = null,
           is_unsure = case $4::smallint when 0 then false when 2 then true else is_unsure end
     where org_id = $1::bigint and job_id = $2::bigint and run_no = $3::bigint and state = 1
    returning org_id, job_id, run_no, state
),
tried as (
    update leat.attempt a
       set outcome = 4, finished_at = now()
      from back b
     where a.org_id = b.org_id and a.job_id = b.job_id and a.run = b.run_no
),
told as (
    insert into leat.event (org_id, job_id, run, what)
    select org_id, job_id, run_no, case state when 0 then 'queued' else 'cancelled' end from back
)
select state, case state when 0 then pg_catalog.pg_notify('leat_wake', 'work')::text end as woken,
       pg_catalog.pg_notify('leat_' || org_id, format(
           '{"e":"state","org":%s,"job":%s,"run":%s,"state":"%s"}', org_id, job_id, run_no,
           (array['queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled'])[state + 1]
           ))::text as told
  from back

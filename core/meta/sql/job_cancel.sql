-- core/meta/sql/job_cancel.sql
-- Cancels a waiting job, asks a running one to stop and wakes its engine. A waiting
-- job that may have committed ends when an engine has asked its target.
with hit as (
    update leat.job_state
       set cancel_at = coalesce(cancel_at, now()),
           state = case when state = 0 and not is_unsure then 5 else state end,
           finished_at = case when state = 0 and not is_unsure then now() end,
           run_after = case state when 0 then now() else run_after end
     where job_id = $1::bigint and state in (0, 1)
    returning org_id, job_id, run_no, state
),
told as (
    insert into leat.event (job_id, run, what)
    select job_id, run_no, case state when 5 then 'cancelled' else 'cancel asked' end from hit
),
noted as (
    insert into leat.audit (action, object) select 'job cancel', job_id::text from hit
)
select state,
       case state when 1 then pg_catalog.pg_notify(
           'leat_wake', format('cancel %s %s', org_id, job_id))::text
                  when 0 then pg_catalog.pg_notify('leat_wake', 'work')::text end as woken,
       case state when 5 then pg_catalog.pg_notify('leat_' || org_id, format(
           '{"e":"state","org":%s,"job":%s,"run":%s,"state":"cancelled"}', org_id, job_id,
           run_no))::text end as told
  from hit

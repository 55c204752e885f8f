-- core/meta/sql/job_retry.sql
-- A job that ended without success waits again, with all its attempts.
with hit as (
    update leat.job_state
       set state = 0, attempt = 0, lost = 0, cancel_at = null, finished_at = null,
           run_after = now()
     where job_id = $1::bigint and state in (3, 4, 5) and committed_run is null
    returning job_id, run_no
),
told as (
    insert into leat.event (job_id, run, what) select job_id, run_no, 'queued' from hit
),
noted as (
    insert into leat.audit (action, object) select 'job retry', job_id::text from hit
)
select job_id, case when $2::boolean then pg_catalog.pg_notify('leat_wake', 'work')::text end
  from hit

-- core/meta/sql/job_settle.sql
-- What the target has committed becomes what this table says, all at once.
with ended as (
    update leat.job_state
       set state = $14::smallint, committed_run = $4::bigint, finished_at = now(),
           lease_until = null, is_unsure = false, phase = null,
           rows_read = $5::bigint, rows_written = $6::bigint, rows_unchanged = $7::bigint,
           rows_filtered = $8::bigint, rows_rejected = $9::bigint, bytes = $10::bigint
     where org_id = $1::bigint and job_id = $2::bigint and run_no = $3::bigint
       and committed_run is null
       and case when $11::boolean then state <> 1 else state = 1 end
    returning org_id, job_id, run_no, pipeline_id, state
),
tried as (
    update leat.attempt a
       set outcome = case e.state when 2 then 1 else 2 end,
           finished_at = coalesce(a.finished_at, now()), result = $13::jsonb,
           error_code = $15::text, error = $16::text, hint = $17::text, sqlstate = null
      from ended e
     where a.org_id = e.org_id and a.job_id = e.job_id and a.run = e.run_no
),
marked as (
    -- What an earlier run committed must not move a bookmark that is further on.
    insert into leat.bookmark as b (org_id, pipeline_id, value, job_id)
    select org_id, pipeline_id, $12::jsonb, job_id
      from ended
     where $12::jsonb is not null and pipeline_id is not null
    on conflict (org_id, pipeline_id) do update
       set value = excluded.value, job_id = excluded.job_id
     where $3::bigint = $4::bigint and not $11::boolean or b.job_id <= excluded.job_id
),
unseen as (
    delete from leat.reject r
     using ended e
     where r.org_id = e.org_id and r.job_id = e.job_id and r.run <> $4::bigint
),
untaken as (
    delete from leat.loaded_file f
     using ended e
     where f.org_id = e.org_id and f.job_id = e.job_id and f.run <> $4::bigint
),
told as (
    insert into leat.event (org_id, job_id, run, what)
    select org_id, job_id, run_no, case state when 2 then 'succeeded' else 'failed' end
      from ended
)
select count(*) as done,
       count(pg_catalog.pg_notify('leat_' || org_id, format(
           '{"e":"state","org":%s,"job":%s,"run":%s,"state":"%s"}', org_id, job_id, run_no,
           case state when 2 then 'succeeded' else 'failed' end))::text) as told
  from ended

-- core/meta/sql/job_fail.sql
-- An attempt failed: again later, dead, failed or cancelled. A cancelled job that
-- may have committed is tried again as others are: the attempt asks the target.
with ended as (
    update leat.job_state s
       set state = case
               when $5::boolean then 5
               when s.cancel_at is not null and $6::smallint <> 2
                    and ($6::smallint = 0 or not s.is_unsure) then 5
               when $4::boolean and s.attempt < j.max_attempts then 0
               when $4::boolean and j.max_attempts > 1 then 4
               else 3 end,
           finished_at = case
               when $4::boolean and not $5::boolean and s.attempt < j.max_attempts
                    and (s.cancel_at is null or $6::smallint = 2
                         or $6::smallint <> 0 and s.is_unsure) then null
               else now() end,
           -- Half of the delay is drawn, so that many that failed together come back apart.
           run_after = now() + interval '1 ms'
               * (least($12::float8, $11::float8 * power(2, least(s.attempt, 20) - 1))
                  * (0.5 + 0.5 * random())),
           is_unsure = case $6::smallint when 0 then false when 2 then true else s.is_unsure end,
           lease_until = null, phase = null
      from leat.job j
     where s.org_id = $1::bigint and s.job_id = $2::bigint and s.run_no = $3::bigint
       and s.state = 1 and j.org_id = s.org_id and j.id = s.job_id
    -- Chunks of a parallel job stay in the target: with a retry their rejects count.
    returning s.org_id, s.job_id, s.run_no, s.state, s.is_unsure,
              coalesce(j.body ->> 'parallel', '1') <> '1' as has_chunks
),
tried as (
    update leat.attempt a
       set outcome = case e.state when 5 then 5 else 2 end, finished_at = now(),
           error_code = $7::text, error = $8::text, hint = $9::text, sqlstate = $10::text
      from ended e
     where a.org_id = e.org_id and a.job_id = e.job_id and a.run = e.run_no
),
unseen as (
    delete from leat.reject r
     using ended e
     where r.org_id = e.org_id and r.job_id = e.job_id and e.state <> 0 and not e.is_unsure
       and not e.has_chunks
),
untaken as (
    delete from leat.loaded_file f
     using ended e
     where f.org_id = e.org_id and f.job_id = e.job_id and e.state <> 0 and not e.is_unsure
),
told as (
    insert into leat.event (org_id, job_id, run, what)
    select org_id, job_id, run_no,
           (array['queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled'])[state + 1]
      from ended
)
select state, case state when 0 then pg_catalog.pg_notify('leat_wake', 'work')::text end as woken,
       pg_catalog.pg_notify('leat_' || org_id, format(
           '{"e":"state","org":%s,"job":%s,"run":%s,"state":"%s"}', org_id, job_id, run_no,
           (array['queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled'])[state + 1]
           ))::text as told
  from ended

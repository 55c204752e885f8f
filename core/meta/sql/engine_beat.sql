-- core/meta/sql/engine_beat.sql
-- Renews the lease and writes progress; tells of each job whether it is still held and
-- whether somebody asked to stop it. $3: [{"org", "lane", "job", "run", and what moved}].
with me as (
    update leat.engine
       set lease_until = clock_timestamp() + $2::bigint * interval '1 ms'
     where id = $1::integer and stopped_at is null
    returning id, is_draining
),
mine as materialized (
    select * from jsonb_to_recordset($3::jsonb) as x (
        org bigint, lane bigint, job bigint, run bigint, is_new boolean, read bigint,
        written bigint, unchanged bigint, filtered bigint, rejected bigint, bytes bigint,
        total bigint, phase text, spent jsonb)
),
held as materialized (
    select m.*, r.cancel_at is not null as is_cancelled, r.pause_at is not null as is_paused
      from mine m
      join leat.run r on r.org_id = m.org and r.lane_id = m.lane and r.job_id = m.job
       and r.run_no = m.run
),
told as (
    insert into leat.progress as p (org_id, job_id, run_no, rows_read, rows_written,
                                    rows_unchanged, rows_filtered, rows_rejected, bytes,
                                    total_bytes, phase, result)
    select org, job, run, read, written, unchanged, filtered, rejected, bytes, total, phase,
           spent
      from held
     where is_new
    on conflict (org_id, job_id) do update
       set run_no = excluded.run_no, rows_read = excluded.rows_read,
           rows_written = excluded.rows_written, rows_unchanged = excluded.rows_unchanged,
           rows_filtered = excluded.rows_filtered, rows_rejected = excluded.rows_rejected,
           bytes = excluded.bytes, total_bytes = excluded.total_bytes, phase = excluded.phase,
           result = excluded.result
)
select null::bigint as job, null::bigint as run, m.is_draining, false as is_paused from me m
union all
select h.job, h.run, h.is_cancelled, h.is_paused from held h

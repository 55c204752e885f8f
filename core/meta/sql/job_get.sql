-- core/meta/sql/job_get.sql
-- One job with all there is to say about it.
select id, state, kind, pipeline, pipeline_id, source, target, mode, queue, priority, attempt,
       max_attempts, time_limit_ms, lost, run_no, committed_run,
       cancel_at is not null as cancel_asked, pause_at is not null as pause_asked, pending,
       rows_read, rows_written, rows_unchanged, rows_filtered, rows_rejected, bytes,
       total_bytes, phase, engine, created_at, run_after, started_at, finished_at,
       coalesce(seconds, -1) as seconds, error_code, error, hint, sqlstate, result, body
  from leat.job_view
 where id = $1::bigint

-- core/meta/sql/job_list.sql
-- What a page of jobs shows of each; the rows are named behind it.
select t.id, t.state, t.kind, t.pipeline, t.pipeline_id, t.source, t.target, t.mode, t.queue,
       t.priority, t.attempt, t.max_attempts, t.time_limit_ms, t.lost, t.run_no,
       t.committed_run, t.cancel_at is not null as cancel_asked,
       t.pause_at is not null as pause_asked, t.pending, t.rows_read, t.rows_written,
       t.rows_unchanged, t.rows_filtered, t.rows_rejected, t.bytes, t.total_bytes, t.phase,
       t.engine, t.created_at, t.run_after, t.started_at, t.finished_at,
       coalesce(t.seconds, -1) as seconds, t.error_code, t.error, t.hint, t.sqlstate, t.result,
       null as body
  from

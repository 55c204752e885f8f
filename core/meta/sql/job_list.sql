-- core/meta/sql/job_list.sql
-- Jobs, newest first, a page at a time.
select id, state, kind, pipeline, pipeline_id, source, target, mode, priority, attempt,
       max_attempts, lost, run_no, committed_run, cancel_at is not null as cancel_asked,
       rows_read, rows_written, rows_unchanged, rows_filtered, rows_rejected, bytes,
       total_bytes, phase, engine, created_at, run_after, started_at, finished_at,
       coalesce(seconds, -1) as seconds, error_code, error, hint, sqlstate, result, null as body
  from leat.job_view
 where ($1::smallint is null or state = $1::smallint)
   and ($2::bigint[] is null or pipeline_id = any ($2::bigint[]))
   and ($3::bigint is null or created_at >= to_timestamp($3::bigint / 1000000.0))
   and ($4::bigint is null or id < $4::bigint)
   and case when $6::text is null then kind <> 'alert' else $6::text in ('', kind) end
 order by id desc
 limit $5::integer

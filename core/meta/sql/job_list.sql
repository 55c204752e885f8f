-- core/meta/sql/job_list.sql
-- Jobs, newest first, a page at a time: found where the filter has an index, told by the view.
with live as (
    select job_id from leat.ready union all select job_id from leat.scheduled
    union all select job_id from leat.waiting union all select job_id from leat.run
),
found as (
    -- Of certain pipelines: by their index.
    (select v.id from leat.job_view v
      where $2::bigint[] is not null and v.pipeline_id = any ($2::bigint[])
        and ($1::smallint[] is null or v.state = any ($1::smallint[]))
        and ($3::bigint is null or v.created_at >= to_timestamp($3::bigint / 1000000.0))
        and ($4::bigint is null or v.id < $4::bigint)
        and ($6::text is null or v.error ilike $6::text or v.error_code ilike $6::text)
        and ($7::text is null or v.queue = $7::text)
        and case when $8::text is null then v.kind <> 'alert' else $8::text in ('', v.kind) end
      order by v.id desc limit $5::integer)
    union all
    -- Every one of them: by number.
    (select j.id from leat.job j
      where $2::bigint[] is null and $1::smallint[] is null and $6::text is null
        and ($3::bigint is null or j.created_at >= to_timestamp($3::bigint / 1000000.0))
        and ($4::bigint is null or j.id < $4::bigint)
        and ($7::text is null or j.lane_id in (select l.id from leat.lane l
                                                where l.org_id = j.org_id
                                                  and l.queue = $7::text))
        and case when $8::text is null then j.kind <> 'alert' else $8::text in ('', j.kind) end
      order by j.id desc limit $5::integer)
    union all
    -- Ended in a certain way.
    (select j.id
       from leat.done d
       join leat.job j on j.org_id = d.org_id and j.id = d.job_id
      where $2::bigint[] is null and ($1::smallint[] is not null or $6::text is not null)
        and ($1::smallint[] is null and d.state <> 2 or d.state = any ($1::smallint[]))
        and ($6::text is null or d.error ilike $6::text or d.error_code ilike $6::text)
        and ($3::bigint is null or j.created_at >= to_timestamp($3::bigint / 1000000.0))
        and ($4::bigint is null or d.job_id < $4::bigint)
        and ($7::text is null or d.lane_id in (select l.id from leat.lane l
                                                where l.org_id = d.org_id
                                                  and l.queue = $7::text))
        and case when $8::text is null then j.kind <> 'alert' else $8::text in ('', j.kind) end
      order by d.job_id desc limit $5::integer)
    union all
    -- Still to end.
    (select v.id
       from live x
       join leat.job_view v on v.id = x.job_id
      where $2::bigint[] is null and ($1::smallint[] is not null or $6::text is not null)
        and ($1::smallint[] is null or $1::smallint[] && '{0,1,6,7}'::smallint[])
        and ($1::smallint[] is null or v.state = any ($1::smallint[]))
        and ($6::text is null or v.error ilike $6::text or v.error_code ilike $6::text)
        and ($3::bigint is null or v.created_at >= to_timestamp($3::bigint / 1000000.0))
        and ($4::bigint is null or v.id < $4::bigint)
        and ($7::text is null or v.queue = $7::text)
        and case when $8::text is null then v.kind <> 'alert' else $8::text in ('', v.kind) end
      order by v.id desc limit $5::integer)
)
select id, state, kind, pipeline, pipeline_id, source, target, mode, queue, priority, attempt,
       max_attempts, time_limit_ms, lost, run_no, committed_run,
       cancel_at is not null as cancel_asked, pause_at is not null as pause_asked, pending,
       rows_read, rows_written, rows_unchanged, rows_filtered, rows_rejected, bytes,
       total_bytes, phase, engine, created_at, run_after, started_at, finished_at,
       coalesce(seconds, -1) as seconds, error_code, error, hint, sqlstate, result, null as body
  from leat.job_view
 where id = any (array(select f.id from found f order by f.id desc limit $5::integer))
 order by id desc

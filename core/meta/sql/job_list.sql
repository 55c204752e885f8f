-- core/meta/sql/job_list.sql
-- Jobs, newest first, a page at a time: found where the filter has an index, told by the view.
with lanes as materialized (
    select l.org_id, l.id
      from leat.lane l
     where ($7::text is null or l.queue = $7::text)
       and ($2::bigint[] is null or l.pipeline_id = any ($2::bigint[]))
),
-- Below that number nothing is as young as asked.
bounds as (
    select case when $3::bigint is null then 0
                else leat.job_since(to_timestamp($3::bigint / 1000000.0)) end as lo,
           coalesce($4::bigint, 9223372036854775807) as hi
),
found as (
    -- Of certain pipelines: by their index.
    (select j.id from leat.job j
      where $2::bigint[] is not null and $1::smallint[] is null and $6::text is null
        and j.pipeline_id = any ($2::bigint[])
        and ($3::bigint is null or j.created_at >= to_timestamp($3::bigint / 1000000.0))
        and j.id >= (select b.lo from bounds b) and j.id < (select b.hi from bounds b)
        and ($7::text is null or j.lane_id in (select l.id from lanes l))
        and case when $8::text is null then j.kind <> 'alert' else $8::text in ('', j.kind) end
      order by j.id desc limit $5::integer)
    union all
    -- Every one of them: by number.
    (select j.id from leat.job j
      where $2::bigint[] is null and $1::smallint[] is null and $6::text is null
        and ($3::bigint is null or j.created_at >= to_timestamp($3::bigint / 1000000.0))
        and j.id >= (select b.lo from bounds b) and j.id < (select b.hi from bounds b)
        and ($7::text is null or exists (select from lanes)
                                 and j.lane_id in (select l.id from lanes l))
        and case when $8::text is null then j.kind <> 'alert' else $8::text in ('', j.kind) end
      order by j.id desc limit $5::integer)
    union all
    -- Ended well.
    (select j.id
       from leat.done d
       join leat.job j on j.org_id = d.org_id and j.id = d.job_id
      where 2 = any ($1::smallint[]) and $6::text is null and d.state = 2
        and ($3::bigint is null or j.created_at >= to_timestamp($3::bigint / 1000000.0))
        and d.job_id >= (select b.lo from bounds b) and d.job_id < (select b.hi from bounds b)
        and ($2::bigint[] is null or j.pipeline_id = any ($2::bigint[]))
        and ($7::text is null or d.lane_id in (select l.id from lanes l))
        and case when $8::text is null then j.kind <> 'alert' else $8::text in ('', j.kind) end
      order by d.job_id desc limit $5::integer)
    union all
    -- Ended otherwise: by the index of what did not go well, state by state.
    (select x.job_id
       from (values (3), (4), (5)) s (state)
      cross join lateral (
            select d.job_id
              from leat.done d
              join leat.job j on j.org_id = d.org_id and j.id = d.job_id
             where d.state = s.state and d.state <> 2
               and ($6::text is null or d.error ilike $6::text or d.error_code ilike $6::text)
               and ($3::bigint is null
                    or j.created_at >= to_timestamp($3::bigint / 1000000.0))
               and d.job_id >= (select b.lo from bounds b)
               and d.job_id < (select b.hi from bounds b)
               and ($2::bigint[] is null and $7::text is null
                    or d.lane_id in (select l.id from lanes l))
               and case when $8::text is null then j.kind <> 'alert'
                        else $8::text in ('', j.kind) end
             order by d.job_id desc limit $5::integer) x
      where ($1::smallint[] is not null or $6::text is not null)
        and ($1::smallint[] is null or s.state = any ($1::smallint[])))
    union all
    -- Still to end: lane by lane.
    (select x.job_id
       from lanes l
      cross join lateral (
            select t.job_id
              from (
                 (select r.job_id, r.run_no from leat.ready r
                   where r.org_id = l.org_id and r.lane_id = l.id
                     and ($1::smallint[] is null or 0 = any ($1::smallint[])))
                 union all
                 (select r.job_id, r.run_no from leat.scheduled r
                   where r.org_id = l.org_id and r.lane_id = l.id
                     and ($1::smallint[] is null or 0 = any ($1::smallint[])))
                 union all
                 (select r.job_id, r.run_no from leat.waiting r
                   where r.org_id = l.org_id and r.lane_id = l.id
                     and ($1::smallint[] is null
                          or case when r.is_paused then 6 else 7 end = any ($1::smallint[])))
                 union all
                 (select r.job_id, r.run_no - 1 from leat.run r
                   where r.org_id = l.org_id and r.lane_id = l.id and $6::text is null
                     and ($1::smallint[] is null or 1 = any ($1::smallint[])))) t
              join leat.job j on j.org_id = l.org_id and j.id = t.job_id
              left join leat.attempt a
                on $6::text is not null and a.org_id = l.org_id and a.job_id = t.job_id
               and a.run = t.run_no
             where t.job_id >= (select b.lo from bounds b)
               and t.job_id < (select b.hi from bounds b)
               and ($6::text is null
                    or t.run_no > 0 and (a.error ilike $6::text or a.error_code ilike $6::text))
               and ($3::bigint is null
                    or j.created_at >= to_timestamp($3::bigint / 1000000.0))
               and case when $8::text is null then j.kind <> 'alert'
                        else $8::text in ('', j.kind) end
             order by t.job_id desc limit $5::integer) x
      where ($1::smallint[] is not null or $6::text is not null)
        and ($1::smallint[] is null or $1::smallint[] && '{0,1,6,7}'::smallint[]))
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

-- core/meta/sql/job_hold.sql
-- Why a job has not started: whom it waits for, what is paused, which limits are used up.
with me as (
    select j.org_id, j.id, j.lane_id, l as lane, l.queue, l.pipeline_id, l.kind,
           q.job_id is not null as is_ready
      from leat.job j
      join leat.lane l on l.org_id = j.org_id and l.id = j.lane_id
      left join leat.ready q
        on q.org_id = j.org_id and q.lane_id = j.lane_id and q.job_id = j.id
     where j.id = $1::bigint
),
parents as (
    select 'parent' as kind, null::text as name, v.id as n, v.state::bigint as m,
           e.on_fail::float8 as x, null::text as why
      from me
      join leat.job_edge e on e.org_id = me.org_id and e.child_id = me.id
      join leat.job_view v on v.org_id = e.org_id and v.id = e.parent_id
     order by v.id
     limit 100
),
keys as (
    select 'key', k.key, null::bigint, null::bigint, null::float8, null
      from me
      join leat.job_key k on k.org_id = me.org_id and k.job_id = me.id
),
pauses as (
    select 'queue', me.queue, null::bigint, null::bigint, null::float8, null
      from me
      join leat.queue q on q.org_id = me.org_id and q.name = me.queue and q.is_paused
     where me.is_ready
    union all
    select 'pipeline', p.name, null, null, null, x.why
      from me
      join leat.pipeline_pause x on x.org_id = me.org_id and x.pipeline_id = me.pipeline_id
      join leat.pipeline p on p.org_id = x.org_id and p.id = x.pipeline_id
     where me.is_ready and (x.why is null or me.kind <> 'replay')
),
limits as (
    select o.scope || ' limit',
           case o.scope when 'pipeline' then (
                select p.name from leat.pipeline p
                 where p.org_id = me.org_id and p.id = me.pipeline_id) else o.name end,
           case when o.scope = 'pipeline' then 1 else m.max_running::bigint end,
           (select count(*)
              from leat.run r
              join leat.lane l on l.org_id = r.org_id and l.id = r.lane_id
             where r.org_id = me.org_id
               and exists (select from leat.lane_scopes(l) s
                            where s.scope = o.scope and s.name = o.name)),
           o.wait_ms, null
      from me
     cross join lateral leat.lane_scopes(me.lane) t
      join leat.room(clock_timestamp()) o
        on o.org_id = me.org_id and o.scope = t.scope and o.name = t.name and o.n < 1
      left join leat.job_limit m
        on m.org_id = o.org_id and m.scope = o.scope and m.name = o.name
     where me.is_ready
),
engines as (
    select 'engine', me.queue, null::bigint, null::bigint, null::float8, null
      from me
     where me.is_ready
       and not exists (select from leat.engine e
                        where e.stopped_at is null and not e.is_draining
                          and (e.queues is null or me.queue = any (e.queues)))
)
select * from parents
union all select * from keys
union all select * from pauses
union all select * from limits
union all select * from engines

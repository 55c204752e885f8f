-- core/meta/sql/queue_list.sql
-- Queues with what stands in them; no lane is counted further than $1.
with names as (
    select l.queue as name from leat.lane l
    union select q.name from leat.queue q
    union select m.name from leat.job_limit m where m.scope = 'queue'
    union select 'default'
),
counts as (
    select l.queue as name, sum(q.n)::bigint as queued, sum(s.n)::bigint as scheduled,
           sum(w.n)::bigint as held, sum(r.n)::bigint as running,
           bool_or(greatest(q.n, s.n, w.n, r.n) >= $1::integer) as is_capped,
           min(o.since) as oldest_at
      from leat.lane l
     cross join lateral (select count(*) as n from (
           select from leat.ready x where x.org_id = l.org_id and x.lane_id = l.id
            limit $1::integer) y) q
     cross join lateral (select count(*) as n from (
           select from leat.scheduled x where x.org_id = l.org_id and x.lane_id = l.id
            limit $1::integer) y) s
     cross join lateral (select count(*) as n from (
           select from leat.waiting x where x.org_id = l.org_id and x.lane_id = l.id
            limit $1::integer) y) w
     cross join lateral (select count(*) as n from (
           select from leat.run x where x.org_id = l.org_id and x.lane_id = l.id
            limit $1::integer) y) r
      left join lateral (
           select x.since from leat.ready x where x.org_id = l.org_id and x.lane_id = l.id
            order by x.job_id limit 1) o on true
     group by l.queue
)
select n.name, coalesce(c.queued, 0) as queued, coalesce(c.scheduled, 0) as scheduled,
       coalesce(c.held, 0) as held, coalesce(c.running, 0) as running,
       coalesce(c.is_capped, false) as is_capped, c.oldest_at,
       coalesce(q.is_paused, false) as is_paused,
       coalesce(m.max_running, -1) as max_running, coalesce(m.rate_per_s, 0) as rate_per_s,
       coalesce(m.burst, 0) as burst
  from names n
  left join counts c on c.name = n.name
  left join leat.queue q on q.name = n.name
  left join leat.job_limit m on m.scope = 'queue' and m.name = n.name
 order by n.name

-- core/meta/sql/queue_stats.sql
-- Figures of the organization's queue. No count goes further than $1, and how long jobs
-- waited is asked of the $2 newest that ended: the cost does not grow with history.
with oldest as (
    select o.job_id, o.since
      from leat.lane l
     cross join lateral (
           select x.job_id, x.since from leat.ready x
            where x.org_id = l.org_id and x.lane_id = l.id order by x.job_id limit 1) o
     order by o.since, o.job_id
     limit 1
),
-- By the block ranges of finished_at.
hour as (
    select count(*) as n, count(*) filter (where x.state in (3, 4)) as failed
      from (select d.state from leat.done d
             where d.finished_at > now() - interval '1 hour' limit $1::integer) x
),
day as (
    select count(*) as n, count(*) filter (where x.state in (3, 4)) as failed
      from (select d.state from leat.done d
             where d.finished_at > now() - interval '1 day' limit $1::integer) x
),
waits as (
    select percentile_cont(array[0.5, 0.95]) within group (
               order by extract(epoch from x.started_at - j.created_at)::float8) as p
      from (select d.org_id, d.job_id, d.run_no, d.started_at from leat.done d
             order by d.job_id desc limit $2::integer) x
      join leat.job j on j.org_id = x.org_id and j.id = x.job_id
     where x.run_no = 1 and x.started_at is not null
),
now_ as (
    select (select count(*) from (select from leat.ready limit $1::integer) x) as queued,
           (select count(*) from (select from leat.scheduled limit $1::integer) x) as scheduled,
           (select count(*) from (select from leat.waiting w where not w.is_paused
                                   limit $1::integer) x) as waiting,
           (select count(*) from (select from leat.waiting w where w.is_paused
                                   limit $1::integer) x) as paused,
           (select count(*) from (select from leat.run limit $1::integer) x) as running,
           (select count(*) from (select from leat.done d where d.state = 3
                                   limit $1::integer) x) as failed,
           (select count(*) from (select from leat.done d where d.state = 4
                                   limit $1::integer) x) as dead,
           (select count(*) from (select from leat.done d where d.state = 5
                                   limit $1::integer) x) as cancelled
)
select s.*, o.job_id as oldest_job, o.since as oldest_at,
       h.n as hour_ended, h.failed as hour_failed, d.n as day_ended, d.failed as day_failed,
       coalesce(w.p[1], -1) as wait_p50, coalesce(w.p[2], -1) as wait_p95,
       greatest(s.queued, s.scheduled, s.waiting, s.paused, s.running, s.failed, s.dead,
                s.cancelled, h.n, d.n) >= $1::integer as is_capped
  from now_ s
 cross join hour h
 cross join day d
 cross join waits w
  left join oldest o on true

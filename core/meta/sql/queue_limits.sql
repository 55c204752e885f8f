-- core/meta/sql/queue_limits.sql
-- Limits with what they leave room for right now.
select m.scope, m.name, coalesce(m.max_running, -1) as max_running,
       coalesce(m.rate_per_s, 0) as rate_per_s, coalesce(m.burst, 0) as burst,
       coalesce(o.n, -1) as room, coalesce(o.wait_ms, -1) as wait_ms,
       (select count(*)
          from leat.run r
          join leat.lane l on l.org_id = r.org_id and l.id = r.lane_id
         where case m.scope when 'queue' then l.queue = m.name
                            when 'connection' then m.name = any (l.connections)
                            else true end) as running,
       m.updated_at
  from leat.job_limit m
  left join leat.room(clock_timestamp()) o
    on o.org_id = m.org_id and o.scope = m.scope and o.name = m.name
 order by m.scope, m.name

-- tests/chaos/queue.sql
-- What must hold of the queue between any two transactions: a row for everything that does not.
--
-- Needs:  a role that sees every organization. One statement, for psql and for programs.
-- Answer: job | fault; no row is good.
with place as (
    select org_id, lane_id, job_id, 'ready' as at, run_no from leat.ready
    union all select org_id, lane_id, job_id, 'scheduled', run_no from leat.scheduled
    union all select org_id, lane_id, job_id, 'waiting', run_no from leat.waiting
    union all select org_id, lane_id, job_id, 'run', run_no from leat.run
    union all select org_id, lane_id, job_id, 'done', run_no from leat.done
), fault as (
    select j.id as job, 'is nowhere' as what
    from leat.job as j
    where not exists (select from place as p where p.org_id = j.org_id and p.job_id = j.id)
    union all
    select p.job_id, 'is in ' || string_agg(p.at, ' and ' order by p.at)
    from place as p
    group by p.org_id, p.job_id
    having count(*) > 1
    union all
    select p.job_id, 'is in ' || p.at || ' without a body, or in a lane that is not its own'
    from place as p
    left join leat.job as j on j.org_id = p.org_id and j.id = p.job_id
    left join leat.lane as l on l.org_id = p.org_id and l.id = p.lane_id
    where j.lane_id is distinct from p.lane_id or l.id is null
    union all
    select r.job_id, 'is ready below the floor of its lane, where nobody looks'
    from leat.ready as r
    join leat.lane as l on l.org_id = r.org_id and l.id = r.lane_id
    where r.job_id < l.floor and not r.is_back
    union all
    select w.job_id, 'waits for nothing'
    from leat.waiting as w
    where w.pending <= 0 and not w.is_paused
    union all
    select w.job_id, 'waits for ' || w.pending || ' jobs, but has ' || count(e.child_id)
    from leat.waiting as w
    left join leat.job_edge as e on e.org_id = w.org_id and e.child_id = w.job_id
    group by w.org_id, w.job_id, w.pending
    having w.pending <> count(e.child_id)
    union all
    select e.child_id, 'still waits for ' || e.parent_id || ', but is in ' || coalesce(p.at, '-')
    from leat.job_edge as e
    left join place as p on p.org_id = e.org_id and p.job_id = e.child_id
    where p.at is distinct from 'waiting'
    union all
    select e.child_id, 'waits for ' || e.parent_id || ', which is over'
    from leat.job_edge as e
    left join leat.done as d on d.org_id = e.org_id and d.job_id = e.parent_id
    where d.state = 2 or d.state is not null and e.on_fail <> 2
       or not exists (select from leat.job as j
                      where j.org_id = e.org_id and j.id = e.parent_id)
    union all
    select e.parent_id, 'does not know that ' || e.child_id || ' waits for it'
    from leat.job_edge as e
    join (select org_id, job_id, has_children from leat.ready
          union all select org_id, job_id, has_children from leat.scheduled
          union all select org_id, job_id, has_children from leat.waiting
          union all select org_id, job_id, has_children from leat.run
          union all select org_id, job_id, has_children from leat.done) as p
      on p.org_id = e.org_id and p.job_id = e.parent_id
    where not p.has_children
    union all
    select k.job_id, 'has the key ' || k.key || ', but is in ' || coalesce(p.at, '-')
    from leat.job_key as k
    left join place as p on p.org_id = k.org_id and p.job_id = k.job_id
    where p.at is null or p.at = 'done' or p.at = 'run' and not k.until_end
    union all
    select r.job_id, 'is run by an engine that has ended: ' || r.engine_id
    from leat.run as r
    left join leat.engine as e on e.id = r.engine_id
    where e.id is null or e.stopped_at is not null
    union all
    select min(r.job_id), count(*) || ' jobs of pipeline ' || l.pipeline_id || ' run'
    from leat.run as r
    join leat.lane as l on l.org_id = r.org_id and l.id = r.lane_id
    where l.pipeline_id is not null
    group by l.org_id, l.pipeline_id
    having count(*) > 1
    union all
    select min(r.job_id), count(*) || ' jobs run at the limit ' || m.max_running || ' of '
           || m.scope || ' ' || m.name
    from leat.job_limit as m
    join leat.lane as l
      on l.org_id = m.org_id
     and case m.scope when 'organization' then true when 'queue' then l.queue = m.name
              else m.name = any (l.connections) end
    join leat.run as r on r.org_id = l.org_id and r.lane_id = l.id
    where m.max_running is not null
    group by m.org_id, m.scope, m.name, m.max_running
    having count(*) > m.max_running
    union all
    select a.job_id, 'has an attempt of run ' || a.run || ' that is not over or never was'
    from leat.attempt as a
    join place as p on p.org_id = a.org_id and p.job_id = a.job_id
    where a.run > p.run_no or p.at = 'run' and a.run = p.run_no
)
select job, what as fault from fault order by job, fault;

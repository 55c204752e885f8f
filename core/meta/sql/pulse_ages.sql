-- core/meta/sql/pulse_ages.sql
-- Pipelines with their last success, looked for among the $1 newest jobs of each of their
-- lanes, and the first slot of their schedules since then. First come those that are due and
-- of which no job is on its way.
select p.name,
       exists (select from leat.pipeline_pause x where x.org_id = p.org_id
                  and x.pipeline_id = p.id) as is_paused,
       ok.id as succeeded_job, ok.finished_at as succeeded_at,
       coalesce(extract(epoch from now() - ok.finished_at), -1)::float8 as age,
       last.id as last_job, last.state as last_state, due.at as due_at, due.next_at
  from leat.pipeline p
  left join lateral (
        select s.id, s.finished_at
          from leat.lane l
         cross join lateral (
               select n.id, d.finished_at
                 from (select w.org_id, w.id from leat.job w
                        where w.org_id = l.org_id and w.lane_id = l.id
                        order by w.id desc limit $1::integer) n
                 join leat.done d on d.org_id = n.org_id and d.job_id = n.id and d.state = 2
                order by n.id desc
                limit 1) s
         where l.org_id = p.org_id and l.pipeline_id = p.id
         order by s.id desc
         limit 1) ok on true
  left join lateral (
        select b.id, b.state from leat.job_view b
         where b.id = any (array (
               select max(n.id)
                 from leat.lane l
                cross join lateral (
                      select w.id from leat.job w
                       where w.org_id = l.org_id and w.lane_id = l.id
                       order by w.id desc
                       limit 1) n
                where l.org_id = p.org_id and l.pipeline_id = p.id))
         limit 1) last on true
  left join lateral (
        select min(t.due_at) as at, min(s.next_at) as next_at
          from leat.schedule s
          left join lateral (
                select k.due_at from leat.tick k
                 where k.org_id = s.org_id and k.schedule_id = s.id
                   and k.due_at > coalesce(ok.finished_at, '-infinity')
                 order by k.due_at limit 1) t on true
         where s.org_id = p.org_id and s.pipeline_id = p.id and s.deleted_at is null
           and not s.is_paused) due on true
 where p.deleted_at is null
 order by due.at is null, coalesce(last.state in (0, 1, 7), false), due.at, ok.finished_at, p.name

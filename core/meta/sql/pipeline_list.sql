-- core/meta/sql/pipeline_list.sql
-- Pipelines by name with their last jobs and their bookmark, or the one of that name.
select p.id, p.name, p.body, p.version,
       x.pipeline_id is not null as is_paused, x.why as paused_why, p.created_at, p.updated_at,
       r.id[1] as last_job, r.state[1] as last_state, r.at[1] as last_at,
       array_to_string(r.state, ' ') as recent, m.value as bookmark
  from leat.pipeline p
  left join leat.pipeline_pause x on x.org_id = p.org_id and x.pipeline_id = p.id
  left join leat.bookmark m on m.org_id = p.org_id and m.pipeline_id = p.id
 cross join lateral (
        -- As job_view tells the state, without the rest of it.
        select array_agg(n.id order by n.id desc) as id,
               array_agg(case when d.job_id is not null then d.state
                              when r.job_id is not null then 1
                              when w.job_id is null then 0
                              when w.is_paused then 6
                              else 7 end order by n.id desc) as state,
               array_agg(coalesce(d.finished_at, n.created_at) order by n.id desc) as at
          from (select l.org_id, l.id as lane_id, j.id, j.created_at
                  from leat.lane l
                 cross join lateral (
                       select x.id, x.created_at from leat.job x
                        where x.org_id = l.org_id and x.lane_id = l.id
                        order by x.id desc
                        limit 10) j
                 where l.org_id = p.org_id and l.pipeline_id = p.id
                 order by j.id desc
                 limit 10) n
          left join lateral (
               select x.job_id, x.state, x.finished_at from leat.done x
                where x.org_id = n.org_id and x.job_id = n.id limit 1) d on true
          left join leat.run r
            on r.org_id = n.org_id and r.lane_id = n.lane_id and r.job_id = n.id
          left join leat.waiting w
            on w.org_id = n.org_id and w.lane_id = n.lane_id and w.job_id = n.id) r
 where p.deleted_at is null and ($1::text is null or p.name = $1::text)
 order by p.name

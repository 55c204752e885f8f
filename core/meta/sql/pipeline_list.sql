-- core/meta/sql/pipeline_list.sql
-- Pipelines by name with their last job, or the one of that name.
select p.id, p.name, p.body, p.version,
       exists (select from leat.pipeline_pause x where x.org_id = p.org_id
                  and x.pipeline_id = p.id) as is_paused, p.created_at, p.updated_at,
       j.id as last_job, j.state as last_state, coalesce(j.finished_at, j.created_at) as last_at
  from leat.pipeline p
  left join lateral (
        select b.id, b.state, b.finished_at, b.created_at
          from leat.job_view b
         where b.id = (select max(n.id)
                         from leat.lane l
                        cross join lateral (
                              select w.id from leat.job w
                               where w.org_id = l.org_id and w.lane_id = l.id
                               order by w.id desc
                               limit 1) n
                        where l.org_id = p.org_id and l.pipeline_id = p.id)) j on true
 where p.deleted_at is null and ($1::text is null or p.name = $1::text)
 order by p.name

-- core/meta/sql/pipeline_list.sql
-- Pipelines by name with their last jobs and their bookmark, or the one of that name.
select p.id, p.name, p.body, p.version,
       exists (select from leat.pipeline_pause x where x.org_id = p.org_id
                  and x.pipeline_id = p.id) as is_paused, p.created_at, p.updated_at,
       r.id[1] as last_job, r.state[1] as last_state, r.at[1] as last_at,
       array_to_string(r.state, ' ') as recent, m.value as bookmark
  from leat.pipeline p
  left join leat.bookmark m on m.org_id = p.org_id and m.pipeline_id = p.id
 cross join lateral (
        select array_agg(b.id order by b.id desc) as id,
               array_agg(b.state order by b.id desc) as state,
               array_agg(coalesce(b.finished_at, b.created_at) order by b.id desc) as at
          from leat.job_view b
         where b.id = any (array (
               select n.id
                 from leat.lane l
                cross join lateral (
                      select w.id from leat.job w
                       where w.org_id = l.org_id and w.lane_id = l.id
                       order by w.id desc
                       limit 10) n
                where l.org_id = p.org_id and l.pipeline_id = p.id
                order by n.id desc
                limit 10))) r
 where p.deleted_at is null and ($1::text is null or p.name = $1::text)
 order by p.name

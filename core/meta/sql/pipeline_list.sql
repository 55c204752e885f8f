-- core/meta/sql/pipeline_list.sql
-- Pipelines by name with their last job, or the one of that name.
select p.id, p.name, p.body, p.version, p.created_at, p.updated_at,
       j.id as last_job, j.state as last_state, coalesce(j.finished_at, j.created_at) as last_at
  from leat.pipeline p
  left join lateral (
        select b.id, s.state, s.finished_at, b.created_at
          from leat.job b
          join leat.job_state s on s.org_id = b.org_id and s.job_id = b.id
         where b.org_id = p.org_id and b.pipeline_id = p.id
         order by b.id desc
         limit 1) j on true
 where p.deleted_at is null and ($1::text is null or p.name = $1::text)
 order by p.name

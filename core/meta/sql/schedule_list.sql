-- core/meta/sql/schedule_list.sql
-- Schedules by name with their last slot, or the one of that name.
select s.id, s.name, p.name as pipeline, s.pipeline_id, s.spec, s.tz, s.overlap, s.missed,
       s.priority, s.max_attempts, s.is_paused, s.next_at,
       (extract(epoch from s.next_at) * 1000000)::bigint as next_us, s.problem, s.version, s.created_at,
       s.updated_at, t.due_at as last_at, t.outcome as last_outcome, t.job_id as last_job
  from leat.schedule s
  join leat.pipeline p on p.org_id = s.org_id and p.id = s.pipeline_id
  left join lateral (
        select due_at, outcome, job_id
          from leat.tick k
         where k.org_id = s.org_id and k.schedule_id = s.id
         order by due_at desc
         limit 1) t on true
 where s.deleted_at is null and ($1::text is null or s.name = $1::text)
   and ($2::text is null or p.name = $2::text)
 order by s.name

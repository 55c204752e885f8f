-- core/meta/sql/engine_list.sql
-- Engines that live, or all that are remembered; with what they run of this organization.
select e.id, e.name, e.version, e.slots, array_to_string(e.queues, ',') as queues,
       e.is_draining, e.lease_until, e.started_at, e.stopped_at,
       coalesce(r.jobs, 0) as jobs, r.ids
  from leat.engine e
  left join lateral (
       select count(*) as jobs, string_agg(x.job_id::text, ' ' order by x.job_id) as ids
         from leat.run x where x.engine_id = e.id) r on true
 where ($1::boolean or e.stopped_at is null)
 order by e.id

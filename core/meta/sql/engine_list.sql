-- core/meta/sql/engine_list.sql
-- Engines that live, or all that are remembered; with what they run of this organization.
select e.id, e.name, e.version, e.slots, array_to_string(e.queues, ',') as queues,
       e.is_draining, e.lease_until, e.started_at, e.stopped_at,
       case when e.stopped_at is not null then 'ended'
            when not exists (
                 select from pg_catalog.pg_locks k
                  where k.locktype = 'advisory' and k.classid = 27769 and k.objid = e.id::oid
                    and k.database = (select d.oid from pg_catalog.pg_database d
                                       where d.datname = current_database())) then 'gone'
            when e.lease_until < clock_timestamp() then 'silent'
            when e.is_draining then 'draining'
            when e.lease_until is not null then 'busy'
            else 'idle' end as state,
       coalesce(r.jobs, 0) as jobs, r.ids
  from leat.engine e
  left join lateral (
       select count(*) as jobs, string_agg(x.job_id::text, ' ' order by x.job_id) as ids
         from leat.run x where x.engine_id = e.id) r on true
 where ($1::boolean or e.stopped_at is null)
 order by e.id

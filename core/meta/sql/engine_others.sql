-- core/meta/sql/engine_others.sql
-- Engines that run something, but this one: whether their session is gone, and how long
-- their lease lasts. A server that has just started has lost every session: wait.
select e.id, coalesce(ceil(extract(epoch from e.lease_until - clock_timestamp()) * 1000), 0)::bigint as ms,
       not exists (select from pg_catalog.pg_locks k
                    where k.locktype = 'advisory' and k.classid = 27769 and k.objid = e.id::oid
                      and k.database = (select d.oid from pg_catalog.pg_database d
                                         where d.datname = current_database()))
       and pg_catalog.pg_postmaster_start_time() < clock_timestamp() - interval '5 s' as is_gone
  from leat.engine e
 where e.id <> $1::integer
   and (e.stopped_at is null and e.lease_until is not null
        or e.id in (select r.engine_id from leat.run r))

-- core/meta/sql/engine_others.sql
-- Engines that run something, but this one: how long their lease lasts, whether their
-- session is gone, and how long that may still mean nothing: a server that has started
-- since then has ended every session, and those who live are coming back.
select e.id,
       coalesce(ceil(extract(epoch from e.lease_until - clock_timestamp()) * 1000), 0)::bigint
           as ms,
       not exists (select from pg_catalog.pg_locks k
                    where k.locktype = 'advisory' and k.classid = 27769 and k.objid = e.id::oid
                      and k.database = (select d.oid from pg_catalog.pg_database d
                                         where d.datname = current_database())) as is_gone,
       case when e.started_at < s.at
            then greatest(ceil(extract(epoch from s.at + interval '5 s' - clock_timestamp())
                               * 1000), 0)
            else 0 end::bigint as doubt_ms
  from leat.engine e
 cross join (select pg_catalog.pg_postmaster_start_time() as at) s
 where e.id <> $1::integer
   and (e.stopped_at is null and e.lease_until is not null
        or e.id in (select r.engine_id from leat.run r))

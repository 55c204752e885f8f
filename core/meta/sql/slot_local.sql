-- core/meta/sql/slot_local.sql
-- The local minutes of instants in a zone, and how far it is from UTC.
select floor(extract(epoch from x.local) / 60)::bigint as minute,
       round(extract(epoch from x.local - x.at at time zone 'UTC') / 60)::bigint as offset_minutes
  from unnest($2::bigint[]) with ordinality u(us, n)
 cross join lateral (select to_timestamp(u.us / 1000000.0) as at,
                            to_timestamp(u.us / 1000000.0) at time zone $1 as local) x
 order by u.n

-- core/meta/sql/slot_zones.sql
-- The time zones that the server knows by name, all or the one of that name.
select name
  from pg_catalog.pg_timezone_names
 where ($1::text is null or lower(name) = lower($1::text))
   and name !~ '^(posix|right)/|^posixrules$|^localtime$'
 order by name

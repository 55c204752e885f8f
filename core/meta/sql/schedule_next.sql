-- core/meta/sql/schedule_next.sql
-- Where the next look has to be: those that are due, and the first that is not.
select org_id, id, ceil(extract(epoch from look_at - now()) * 1000)::bigint as in_ms
  from leat.schedule
 where look_at is not null
 order by look_at
 limit $1::integer

-- core/meta/sql/repair_acts.sql
-- What was done about rejects, the newest first.
select id, at, who, kind, what, rejects, undone_at
  from leat.repair_act
 where $1::bigint is null or id < $1::bigint
 order by id desc
 limit $2::integer

-- core/meta/sql/audit_list.sql
-- The newest acts before an id.
select id, at, actor, action, object, detail
  from leat.audit
 where $1::bigint is null or id < $1::bigint
 order by id desc
 limit $2::integer

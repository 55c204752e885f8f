-- core/meta/sql/schedule_go_on.sql
-- The slot that comes; without one nobody looks any more.
update leat.schedule
   set next_at = to_timestamp($3::bigint / 1000000.0),
       look_at = to_timestamp($3::bigint / 1000000.0), problem = null
 where org_id = $1::bigint and id = $2::bigint

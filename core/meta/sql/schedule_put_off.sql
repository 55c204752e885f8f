-- core/meta/sql/schedule_put_off.sql
-- A look failed: why, and when to look again. Its slots wait meanwhile.
update leat.schedule
   set look_at = now() + $3::bigint * interval '1 ms', problem = $4::text
 where org_id = $1::bigint and id = $2::bigint and look_at <= now()

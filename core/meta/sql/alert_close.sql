-- core/meta/sql/alert_close.sql
-- A job ended well: what was wrong before it is over.
update leat.alert_incident i
   set closed_at = now(), closed_job = $4::bigint
 where i.alert_id = $1::bigint and i.about = $2::text and i.subject = $3::bigint
   and i.closed_at is null
returning id, jobs, opened_at

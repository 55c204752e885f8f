-- core/meta/sql/alert_note.sql
-- A message is on its way.
insert into leat.alert_message (alert_id, what, about_job, about_run, job_id)
values ($1::bigint, $2::text, $3::bigint, $4::bigint, $5::bigint)

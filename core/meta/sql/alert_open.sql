-- core/meta/sql/alert_open.sql
-- One more job that ended badly: opens an incident, or is counted in the open one.
insert into leat.alert_incident as i (alert_id, about, subject, opened_at, opened_job, last_at,
                                      last_job)
select $1::bigint, $2::text, $3::bigint, v.finished_at, v.id, v.finished_at, v.id
  from leat.job_view v
 where v.id = $4::bigint
on conflict (org_id, alert_id, about, subject) where closed_at is null do update
   set jobs = i.jobs + 1, last_at = excluded.last_at, last_job = excluded.last_job
returning id, jobs, opened_at

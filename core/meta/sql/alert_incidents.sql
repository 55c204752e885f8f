-- core/meta/sql/alert_incidents.sql
-- The newest incidents of a rule.
select i.id, i.about, p.name as pipeline, i.opened_at, i.opened_job, i.last_at, i.last_job,
       i.jobs, i.closed_at, i.closed_job
  from leat.alert_incident i
  left join leat.pipeline p on p.org_id = i.org_id and p.id = i.subject
 where i.alert_id = $1::bigint
 order by i.id desc
 limit 10

-- core/meta/sql/alert_list.sql
-- Rules by name with what is open and what was sent last, or the one of that name.
select a.id, a.name, p.name as pipeline, a.kind, a.config, a.on_failure, a.on_recovery,
       a.on_success, coalesce(a.rejects_rows, -1) as rejects_rows,
       coalesce(a.rejects_percent, -1) as rejects_percent, a.allow_private, a.is_paused,
       a.paused_why, a.created_at, a.updated_at,
       (select count(*) from leat.alert_incident i
         where i.org_id = a.org_id and i.alert_id = a.id and i.closed_at is null) as open,
       m.what as last_what, m.at as last_at, m.job_id as last_job,
       (select v.state from leat.job_view v where v.id = m.job_id) as last_state
  from leat.alert a
  left join leat.pipeline p on p.org_id = a.org_id and p.id = a.pipeline_id
  left join lateral (
        select x.what, x.at, x.job_id from leat.alert_message x
         where x.org_id = a.org_id and x.alert_id = a.id
         order by x.id desc limit 1) m on true
 where a.deleted_at is null and ($1::text is null or a.name = $1::text)
   and ($2::bigint is null or a.id = $2::bigint)
 order by a.name

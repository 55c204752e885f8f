-- core/meta/sql/alert_remove.sql
-- Marks a rule as deleted; what was open is nobody's any more.
with gone as (
    update leat.alert set deleted_at = now()
     where name = $1::text and deleted_at is null
    returning org_id, id
),
closed as (
    update leat.alert_incident i set closed_at = now()
      from gone g
     where i.org_id = g.org_id and i.alert_id = g.id and i.closed_at is null
),
noted as (
    insert into leat.audit (action, object) select 'alert remove', $1::text from gone
)
select count(*) as n from gone

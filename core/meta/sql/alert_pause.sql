-- core/meta/sql/alert_pause.sql
-- Pauses a rule, or lets it go on.
with hit as (
    update leat.alert set is_paused = $2::boolean, paused_why = $3::text
     where name = $1::text and deleted_at is null
    returning id
),
noted as (
    insert into leat.audit (action, object)
    select case when $2::boolean then 'alert pause' else 'alert resume' end, $1::text from hit
)
select count(*) as n from hit

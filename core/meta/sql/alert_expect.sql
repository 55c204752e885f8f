-- core/meta/sql/alert_expect.sql
-- An attempt starts: its end will have to be looked at, if anybody has a rule.
with noted as (
    insert into leat.alert_due (job_id, run)
    select $1::bigint, $2::bigint
     where exists (select from leat.alert a where a.deleted_at is null and not a.is_paused
                      and (a.pipeline_id is null or a.pipeline_id = $3::bigint))
    on conflict do nothing
    returning job_id
)
select count(*) as n from noted

-- core/meta/sql/alert_expect.sql
-- An attempt starts: its end will have to be looked at, if anybody has a rule. And which version
-- of its pipeline it is, when nobody has noted the fields of that one's source; 0: they are.
with noted as (
    insert into leat.alert_due (job_id, run)
    select $1::bigint, $2::bigint
     where exists (select from leat.alert a where a.deleted_at is null and not a.is_paused
                      and (a.pipeline_id is null or a.pipeline_id = $3::bigint))
    on conflict do nothing
    returning job_id
)
select count(*) as n,
       coalesce((select case when v.fields is null then v.version end
                   from leat.pipeline_version v where v.pipeline_id = $3::bigint
                  order by v.version desc limit 1), 0) as unnoted
  from noted

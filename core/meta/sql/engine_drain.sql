-- core/meta/sql/engine_drain.sql
-- An engine takes nothing new, ends what it runs, and stops.
with hit as (
    update leat.engine set is_draining = true
     where id = $1::integer and stopped_at is null
    returning id
),
noted as (
    insert into leat.audit (action, object) select 'engine drain', id::text from hit
)
select count(*) as done, count(pg_catalog.pg_notify('leat_wake', 'drain ' || id)) from hit

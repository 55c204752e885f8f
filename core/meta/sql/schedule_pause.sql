-- core/meta/sql/schedule_pause.sql
-- Pauses a schedule, or lets it go on with the slot given.
with hit as (
    update leat.schedule
       set is_paused = $2::boolean, problem = null,
           next_at = to_timestamp($3::bigint / 1000000.0),
           look_at = to_timestamp($3::bigint / 1000000.0)
     where name = $1::text and deleted_at is null and is_paused <> $2::boolean
    returning name
),
noted as (
    insert into leat.audit (action, object)
    select case when $2::boolean then 'schedule pause' else 'schedule resume' end, name from hit
)
select count(*) as changed from hit

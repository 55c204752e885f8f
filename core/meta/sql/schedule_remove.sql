-- core/meta/sql/schedule_remove.sql
-- Marks a schedule as deleted; its jobs and slots stay.
with gone as (
    update leat.schedule set deleted_at = now(), look_at = null, next_at = null
     where name = $1::text and deleted_at is null
    returning id
),
noted as (
    insert into leat.audit (action, object) select 'schedule remove', $1::text from gone
)
select count(*) as removed from gone

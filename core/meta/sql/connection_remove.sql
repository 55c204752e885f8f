-- core/meta/sql/connection_remove.sql
-- Marks a connection as deleted unless a live pipeline uses it.
with gone as (
    update leat.connection set deleted_at = now()
     where name = $1::text and deleted_at is null
       and not exists (
           select from leat.pipeline p
            where p.deleted_at is null
              and (p.body #>> '{source,connection}' = $1::text
                   or p.body #>> '{target,connection}' = $1::text))
    returning id
),
noted as (
    insert into leat.audit (action, object) select 'connection remove', $1::text from gone
)
select count(*) as removed from gone

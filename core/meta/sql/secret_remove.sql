-- core/meta/sql/secret_remove.sql
-- Marks a secret as deleted.
with gone as (
    update leat.secret set deleted_at = now()
     where name = $1::text and deleted_at is null
    returning id
),
noted as (
    insert into leat.audit (action, object) select 'secret remove', $1::text from gone
)
select count(*) as removed from gone

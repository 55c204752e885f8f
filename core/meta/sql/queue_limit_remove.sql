-- core/meta/sql/queue_limit_remove.sql
-- A limit is no more.
with hit as (
    delete from leat.job_limit m where m.scope = $1::text and m.name = $2::text
    returning m.scope, m.name
),
noted as (
    insert into leat.audit (action, object)
    select 'queue limit remove', concat_ws(' ', h.scope, nullif(h.name, '')) from hit h
)
select count(*) as n from hit

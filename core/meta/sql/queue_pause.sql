-- core/meta/sql/queue_pause.sql
-- From no job of a queue may start to they may, or back.
with hit as (
    insert into leat.queue as q (name, is_paused) values ($1::text, $2::boolean)
    on conflict (org_id, name) do update set is_paused = excluded.is_paused
     where q.is_paused <> excluded.is_paused
    returning name
),
noted as (
    insert into leat.audit (action, object)
    select case when $2::boolean then 'queue pause' else 'queue resume' end, name from hit
)
select count(*) as changed from hit

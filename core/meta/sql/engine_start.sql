-- core/meta/sql/engine_start.sql
-- An engine begins: its row, and the lock that its session holds for as long as it lives.
with put as (
    insert into leat.engine (name, version, slots, queues)
    values ($1::text, $2::text, $3::integer, $4::text[])
    returning id
)
select id, pg_try_advisory_lock(27769, id) as is_locked from put

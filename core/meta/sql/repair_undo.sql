-- core/meta/sql/repair_undo.sql
-- An act is taken back, or done again.
with noted as (
    insert into leat.audit (action, object)
    values (case when $2::boolean then 'reject redo' else 'reject undo' end, $1::bigint::text)
)
select u.n, u.kept from leat.repair_undo($1::bigint, $2::boolean) u

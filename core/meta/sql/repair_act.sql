-- core/meta/sql/repair_act.sql
-- Somebody begins to do something about rejects.
with noted as (
    insert into leat.audit (action, object, detail)
    values ('reject ' || $1::text, coalesce($3::text, ''), jsonb_build_object('what', $2::text))
)
insert into leat.repair_act (kind, what) values ($1::text, $2::text) returning id

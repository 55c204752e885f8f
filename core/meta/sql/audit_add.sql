-- core/meta/sql/audit_add.sql
-- Somebody did something.
insert into leat.audit (action, object, detail) values ($1::text, $2::text, $3::jsonb)

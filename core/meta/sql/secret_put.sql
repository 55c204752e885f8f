-- core/meta/sql/secret_put.sql
-- Says where a secret is to be found.
with put as (
    insert into leat.secret (name, kind, ref) values ($1::text, $2::text, $3::text)
    on conflict (org_id, name) where deleted_at is null do update
       set kind = excluded.kind, ref = excluded.ref
    returning id
)
insert into leat.audit (action, object) select 'secret put', $1::text from put

-- core/meta/sql/secret_list.sql
-- Secrets by name, or the one of that name.
select name, kind, ref, updated_at from leat.secret
 where deleted_at is null and ($1::text is null or name = $1::text)
 order by name

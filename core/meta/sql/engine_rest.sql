-- core/meta/sql/engine_rest.sql
-- An engine has nothing to do: nobody need watch it. No row: it was given up.
update leat.engine set lease_until = null
 where id = $1::integer and stopped_at is null
returning id

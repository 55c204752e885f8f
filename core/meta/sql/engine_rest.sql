-- core/meta/sql/engine_rest.sql
-- An engine has nothing to do: nobody need watch it.
update leat.engine set lease_until = null
 where id = $1::integer and lease_until is not null

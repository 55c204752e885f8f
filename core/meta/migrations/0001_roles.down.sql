-- 0001_roles.down.sql
-- Takes the empty schema away; whatever else stands in it makes this fail.
--
-- Undoes: 0001_roles.up.sql, but for the roles: other databases may use them.
set local lock_timeout = '3s';

alter default privileges for role leat_owner grant execute on functions to public;
drop table leat.migration;
drop schema leat;

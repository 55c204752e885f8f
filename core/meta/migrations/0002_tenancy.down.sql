-- 0002_tenancy.down.sql
-- Every organization goes, and with them what they did.
--
-- Undoes: 0002_tenancy.up.sql.
set local lock_timeout = '3s';

drop function leat.make_org(text);
drop function leat.find_org(text);
drop table leat.audit;
drop table leat.project;
drop table leat.organization;
drop table leat.installation;
drop function leat.keep_created();
drop function leat.keep_updated();
drop function leat.keep_times();

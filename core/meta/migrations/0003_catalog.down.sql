-- 0003_catalog.down.sql
-- Connections, secrets and pipelines go, deleted ones too.
--
-- Undoes: 0003_catalog.up.sql.
set local lock_timeout = '3s';

drop table leat.pipeline;
drop table leat.secret;
drop table leat.connection;

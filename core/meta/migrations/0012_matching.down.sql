-- 0012_matching.down.sql
-- What was decided on pairs of fields is forgotten.
--
-- Undoes: 0012_matching.up.sql.
set local lock_timeout = '3s';

drop table leat.matching;

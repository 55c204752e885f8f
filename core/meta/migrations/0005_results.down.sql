-- 0005_results.down.sql
-- Rejected rows, the list of loaded files and bookmarks go.
--
-- Undoes: 0005_results.up.sql.
set local lock_timeout = '3s';

drop table leat.bookmark;
drop table leat.loaded_file;
drop view leat.reject_view;
drop table leat.reject;

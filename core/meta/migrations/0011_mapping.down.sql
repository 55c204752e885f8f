-- 0011_mapping.down.sql
-- Drafts of mappings and older versions of pipelines go; the newest stay what they are.
--
-- Undoes: 0011_mapping.up.sql.
set local lock_timeout = '3s';

drop table leat.mapping_draft;
drop table leat.pipeline_version;

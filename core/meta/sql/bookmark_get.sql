-- core/meta/sql/bookmark_get.sql
-- The bookmark of a pipeline.
select value from leat.bookmark where pipeline_id = $1::bigint

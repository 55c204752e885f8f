-- core/meta/sql/pipeline_ids.sql
-- Every pipeline that has or had this name, as an array.
select array_agg(id)::text as ids from leat.pipeline where name = $1::text

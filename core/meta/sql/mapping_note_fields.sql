-- core/meta/sql/mapping_note_fields.sql
-- What the first run of a version found in its source; a job made with another source says nothing.
update leat.pipeline_version v set fields = $4::jsonb
  from leat.job j
 where v.pipeline_id = $1::bigint and v.version = $2::bigint and v.fields is null
   and j.id = $3::bigint and j.body -> 'source' = v.body -> 'source'

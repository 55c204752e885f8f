-- core/meta/sql/mapping_versions.sql
-- Versions of a pipeline, the newest first, or just the one.
select v.version, v.body, v.text, v.published_by, v.published_at,
       v.version = p.version as is_current
  from leat.pipeline p
  join leat.pipeline_version v on v.org_id = p.org_id and v.pipeline_id = p.id
 where p.deleted_at is null and p.name = $1::text
   and ($2::bigint is null or v.version = $2::bigint)
 order by v.version desc
 limit 1000

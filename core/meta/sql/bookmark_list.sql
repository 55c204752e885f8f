-- core/meta/sql/bookmark_list.sql
-- Bookmarks by pipeline.
select p.name, b.value, b.job_id, b.updated_at
  from leat.bookmark b
  join leat.pipeline p on p.org_id = b.org_id and p.id = b.pipeline_id
 where p.deleted_at is null
 order by p.name

-- core/meta/sql/mapping_get.sql
-- A pipeline as it is published, one's own draft of it, and what that began from.
select p.id, p.version, p.body, v.text, v.fields, v.published_by, v.published_at,
       d.base_version, d.text as draft, d.edits, d.done, d.change, d.updated_at as draft_at,
       b.body as base_body, b.text as base_text,
       (select string_agg(o.person, ', ' order by o.person)
          from leat.mapping_draft o
         where o.org_id = p.org_id and o.pipeline_id = p.id
           and o.person <> session_user) as others
  from leat.pipeline p
  left join leat.pipeline_version v
    on v.org_id = p.org_id and v.pipeline_id = p.id and v.version = p.version
  left join leat.mapping_draft d
    on d.org_id = p.org_id and d.pipeline_id = p.id and d.person = session_user
  left join leat.pipeline_version b
    on b.org_id = p.org_id and b.pipeline_id = p.id and b.version = d.base_version
 where p.deleted_at is null and p.name = $1::text

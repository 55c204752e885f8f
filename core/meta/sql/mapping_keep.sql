-- core/meta/sql/mapping_keep.sql
-- Keeps one's own draft, unless it was changed since it was read ($6: 0 for a new one).
with hit as (
    insert into leat.mapping_draft as d (pipeline_id, base_version, text, edits, done)
    values ($1::bigint, $2::bigint, $3::text, $4::jsonb, $5::integer)
    on conflict (org_id, pipeline_id, person) do update
       set base_version = excluded.base_version, text = excluded.text,
           edits = excluded.edits, done = excluded.done, change = d.change + 1
     where d.change = $6::bigint
    returning d.change
)
select count(*) as kept from hit

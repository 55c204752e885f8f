-- core/meta/sql/bookmark_set.sql
-- A person sets a bookmark.
with put as (
    insert into leat.bookmark (pipeline_id, value)
    select id, $2::jsonb from leat.pipeline where name = $1::text and deleted_at is null
    on conflict (org_id, pipeline_id) do update set value = excluded.value, job_id = null
    returning value
),
noted as (
    insert into leat.audit (action, object, detail)
    select 'bookmark set', $1::text, value from put
)
select count(*) as done from put

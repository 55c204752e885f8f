-- core/meta/sql/bookmark_clear.sql
-- A person takes a bookmark away; the audit keeps what it was.
with gone as (
    delete from leat.bookmark b
     using leat.pipeline p
     where p.org_id = b.org_id and p.id = b.pipeline_id
       and p.name = $1::text and p.deleted_at is null
    returning b.value
),
noted as (
    insert into leat.audit (action, object, detail)
    select 'bookmark clear', $1::text, value from gone
)
select count(*) as done from gone

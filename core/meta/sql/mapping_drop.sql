-- core/meta/sql/mapping_drop.sql
-- One's own draft goes.
with gone as (
    delete from leat.mapping_draft d
     where d.person = session_user and d.pipeline_id = $1::bigint
    returning d.base_version
),
noted as (
    insert into leat.audit (action, object) select 'mapping discard', $2::text from gone
)
select count(*) as gone from gone

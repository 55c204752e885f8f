-- core/meta/sql/mapping_publish.sql
-- A new version of a pipeline in place of that one; the draft it came from goes.
with put as (
    update leat.pipeline p set body = $4::jsonb, version = p.version + 1
     where p.id = $1::bigint and p.version = $3::bigint and p.deleted_at is null
    returning p.id, p.version
),
kept as (
    insert into leat.pipeline_version (pipeline_id, version, body, text, fields)
    select id, version, $4::jsonb, $5::text, $6::jsonb from put
),
gone as (
    delete from leat.mapping_draft d using put
     where d.pipeline_id = put.id and d.person = session_user
),
noted as (
    insert into leat.audit (action, object, detail)
    select 'mapping publish', $2::text, jsonb_build_object('version', version) from put
)
select coalesce(max(version), 0) as version from put

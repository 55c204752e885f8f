-- core/meta/sql/session_start.sql
-- Version of the schema, the organization's id and whose session it is, in the one round trip
-- that a session costs.
select (select max(version) from leat.migration) as version,
       leat.find_org($1::text) as org_id,
       pg_catalog.pg_backend_pid() as pid,
       current_user as role

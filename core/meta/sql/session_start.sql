-- core/meta/sql/session_start.sql
-- Version of the schema and the organization's id, in the one round trip a session costs.
select (select max(version) from leat.migration) as version,
       leat.find_org($1::text) as org_id

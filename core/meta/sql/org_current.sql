-- core/meta/sql/org_current.sql
-- The organization of the session.
select org_id, name, created_at from leat.organization
 where org_id = (select nullif(current_setting('leat.org', true), '')::bigint)

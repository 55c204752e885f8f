-- core/meta/sql/org_add.sql
-- A new organization.
select leat.make_org($1::text) as org_id

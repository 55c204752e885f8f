-- core/meta/sql/org_origin.sql
-- The name of this installation in commit logs.
select origin from leat.installation

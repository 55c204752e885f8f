-- core/meta/sql/project_find.sql
-- One project by name.
select id from leat.project where name = $1::text and deleted_at is null

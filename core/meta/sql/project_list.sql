-- core/meta/sql/project_list.sql
-- Projects by name.
select id, name from leat.project where deleted_at is null order by name

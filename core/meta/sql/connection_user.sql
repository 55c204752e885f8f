-- core/meta/sql/connection_user.sql
-- A live pipeline that reads from or writes to a connection.
select name from leat.pipeline
 where deleted_at is null
   and (body #>> '{source,connection}' = $1::text or body #>> '{target,connection}' = $1::text)
 order by name
 limit 1

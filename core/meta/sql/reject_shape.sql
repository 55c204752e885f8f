-- core/meta/sql/reject_shape.sql
-- How the raw rows of a part are read.
select shape from leat.reject_shape where job_id = $1::bigint and part = $2::text

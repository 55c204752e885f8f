-- core/meta/sql/log_last.sql
-- Number of the newest line; 0: there is none.
select coalesce((select id from leat.job_log order by id desc limit 1), 0) as id

-- core/meta/sql/log_at.sql
-- The first line from that number on, and whether it was said before a moment.
select id, at < to_timestamp($2::bigint / 1000000.0) as is_before
  from leat.job_log
 where id >= $1::bigint
 order by id
 limit 1

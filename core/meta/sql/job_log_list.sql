-- core/meta/sql/job_log_list.sql
-- Lines of a job behind an id.
select id, run, level, (extract(epoch from at) * 1000000)::bigint as at_us, line
  from leat.job_log
 where job_id = $1::bigint and id > $2::bigint
 order by id
 limit $3::integer

-- core/meta/sql/job_log_list.sql
-- Lines of a job behind an id, not older than some milliseconds, of a level or above.
select id, run, n, level, (extract(epoch from at) * 1000000)::bigint as at_us, line
  from leat.job_log
 where job_id = $1::bigint and id > $2::bigint
   and ($4::bigint is null or at >= now() - $4::bigint * interval '1 millisecond')
   and level <= $5::integer
 order by id
 limit $3::integer

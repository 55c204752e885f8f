-- core/meta/sql/job_log_tail.sql
-- The newest lines of a job, in their order.
select * from (
    select id, run, level, (extract(epoch from at) * 1000000)::bigint as at_us, line
      from leat.job_log
     where job_id = $1::bigint
     order by id desc
     limit $2::integer) t
 order by id

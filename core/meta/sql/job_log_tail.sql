-- core/meta/sql/job_log_tail.sql
-- The newest of such lines, in their order.
select * from (
    select id, run, n, level, (extract(epoch from at) * 1000000)::bigint as at_us, line
      from leat.job_log
     where job_id = $1::bigint
       and ($3::bigint is null or at >= now() - $3::bigint * interval '1 millisecond')
       and level <= $4::integer
     order by id desc
     limit $2::integer) t
 order by id

-- core/meta/sql/log_page.sql
-- Lines of job $1 or (null) of all, between two of them ($2, $3), of level $4 or worse; in
-- which order, and how many, stands around it.
select l.id, l.job_id, l.run, l.n, l.level, l.at, l.line,
       (extract(epoch from l.at) * 1000000)::bigint as at_us
  from leat.job_log l
 where ($1::bigint is null or l.job_id = $1::bigint)
   and l.id > $2::bigint and l.id < $3::bigint and l.level <= $4::integer

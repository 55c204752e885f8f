-- core/meta/sql/log_page.sql
-- A page of lines in their order, of job $1 or (null) of all: behind line $2, or (null) the
-- last ones before line $3 (null: of all). Of level $4 or worse, $5 of them at most.
select id, job_id, run, n, level, (extract(epoch from at) * 1000000)::bigint as at_us, line
  from (
    (select * from leat.job_log
      where $1::bigint is not null and $2::bigint is not null
        and job_id = $1::bigint and id > $2::bigint and level <= $4::integer
      order by id limit $5::integer)
    union all
    (select * from leat.job_log
      where $1::bigint is not null and $2::bigint is null
        and job_id = $1::bigint and id < coalesce($3::bigint, 9223372036854775807)
        and level <= $4::integer
      order by id desc limit $5::integer)
    union all
    (select * from leat.job_log
      where $1::bigint is null and $2::bigint is not null
        and id > $2::bigint and level <= $4::integer
      order by id limit $5::integer)
    union all
    (select * from leat.job_log
      where $1::bigint is null and $2::bigint is null
        and id < coalesce($3::bigint, 9223372036854775807) and level <= $4::integer
      order by id desc limit $5::integer)) l
 order by id

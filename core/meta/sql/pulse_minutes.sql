-- core/meta/sql/pulse_minutes.sql
-- What ended in each of the last 60 minutes, oldest first: by the block ranges of
-- finished_at. No more than $1 jobs are looked at.
with ended as (
    select date_trunc('minute', d.finished_at) as at, d.state, d.rows_written
      from leat.done d
     where d.finished_at >= date_trunc('minute', now()) - interval '59 minutes'
     limit $1::integer
),
sums as (
    select e.at, count(*) as ended, count(*) filter (where e.state in (3, 4)) as failed,
           coalesce(sum(e.rows_written), 0)::bigint as rows
      from ended e
     group by e.at
)
select m.at, coalesce(s.ended, 0) as ended, coalesce(s.failed, 0) as failed,
       coalesce(s.rows, 0) as rows,
       (select sum(x.ended) from sums x) >= $1::integer as is_capped
  from generate_series(date_trunc('minute', now()) - interval '59 minutes',
                       date_trunc('minute', now()), interval '1 minute') m (at)
  left join sums s on s.at = m.at
 order by m.at

-- core/meta/sql/repair_ids.sql
-- Of these rejects those that count, what pipeline or load they are of, and for what slot;
-- parameters as of repair_rows.sql.
with r as materialized (
    select t.id, t.job_id, t.run
      from leat.reject t
     where t.id >= $2::bigint and t.id <= $3::bigint
       and ($1::bigint[] is null and $4::int8multirange is null
            or $4::int8multirange @> t.id or t.id = any ($1::bigint[]))
),
j as materialized (
    select x.job_id, x.run, k.pipeline_id, k.slot
      from (select distinct r.job_id, r.run from r) x
     cross join lateral (select from leat.done d
                          where d.job_id = x.job_id and d.committed_run = x.run offset 0) d
     cross join lateral (select coalesce(b.pipeline_id, 0) as pipeline_id,
                                coalesce(b.body ->> 'slot', '') as slot
                           from leat.job b where b.id = x.job_id offset 0) k
)
select r.id, r.job_id, j.pipeline_id, j.slot
  from r
  join j on j.job_id = r.job_id and j.run = r.run
 order by r.id

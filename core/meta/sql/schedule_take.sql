-- core/meta/sql/schedule_take.sql
-- A schedule that is due, held against all others till the end of the transaction.
with taken as materialized (
    select id, name, pipeline_id, spec, tz, overlap, missed, priority, max_attempts, next_at
      from leat.schedule
     where org_id = $1::bigint and id = $2::bigint and look_at <= now()
       for update skip locked
)
select t.name, t.pipeline_id, t.spec, t.tz, t.overlap, t.missed, t.priority, t.max_attempts,
       (extract(epoch from t.next_at) * 1000000)::bigint as next_us,
       (extract(epoch from now()) * 1000000)::bigint as now_us,
       p.body || jsonb_build_object('name', p.name) as body, p.name as pipeline
  from taken t
  left join leat.pipeline p
    on p.org_id = $1::bigint and p.id = t.pipeline_id and p.deleted_at is null

-- core/meta/sql/repair_ids.sql
-- Of these rejects those that count, what pipeline or load they are of, and for what slot.
select r.id, r.job_id, coalesce(j.pipeline_id, 0) as pipeline_id, coalesce(j.slot, '') as slot
  from unnest($1::bigint[]) with ordinality a (id, n)
 cross join lateral (select b.* from leat.reject b where b.id = a.id offset 0) r
 cross join lateral (select from leat.done d
                      where d.job_id = r.job_id and d.committed_run = r.run offset 0) d
 cross join lateral (select k.pipeline_id, k.body ->> 'slot' as slot from leat.job k where k.id = r.job_id offset 0) j
 order by a.n

-- core/meta/sql/alert_rules.sql
-- The rules that watch jobs of this pipeline (0: of none), locked against changes.
select a.id, a.name, a.on_failure, a.on_recovery, a.on_success,
       coalesce(a.rejects_rows, -1) as rejects_rows,
       coalesce(a.rejects_percent, -1) as rejects_percent
  from leat.alert a
 where a.deleted_at is null and not a.is_paused
   and (a.pipeline_id is null or a.pipeline_id = $1::bigint)
 order by a.id
   for share

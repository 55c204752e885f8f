-- core/meta/sql/schedule_ticks.sql
-- The newest slots of a schedule.
select t.due_at, t.outcome, t.job_id, t.reason, t.at
  from leat.tick t
 where t.schedule_id = $1::bigint
 order by t.due_at desc
 limit $2::integer

-- core/meta/sql/schedule_active.sql
-- Jobs of a schedule's last slots that have not ended, the oldest first.
select v.id, v.state
  from (select job_id
          from leat.tick
         where org_id = $1::bigint and schedule_id = $2::bigint and job_id is not null
         order by due_at desc
         limit 100) t
  join leat.job_view v on v.org_id = $1::bigint and v.id = t.job_id
 where v.state not in (2, 3, 4, 5)
 order by v.id

-- core/meta/sql/alert_left.sql
-- Ends that nobody has looked at, of all organizations: whoever should have is gone.
select d.org_id, d.job_id, d.run
  from leat.alert_due d
 where not exists (select from leat.job_view v
                    where v.org_id = d.org_id and v.id = d.job_id and v.run_no = d.run
                      and v.state = 1)
 order by d.job_id, d.run
 limit 200

-- core/meta/sql/job_holders.sql
-- Engines that hold jobs now and whose name begins like this.
select distinct a.engine
  from leat.job_state s
  join leat.attempt a on a.org_id = s.org_id and a.job_id = s.job_id and a.run = s.run_no
 where s.state = 1 and starts_with(a.engine, $1::text)
 order by a.engine

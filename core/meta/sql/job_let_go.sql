-- core/meta/sql/job_let_go.sql
-- An engine is known to be gone: its leases end now.
update leat.job_state s
   set lease_until = now() - interval '1 ms'
  from leat.attempt a
 where s.state = 1 and a.org_id = s.org_id and a.job_id = s.job_id and a.run = s.run_no
   and a.engine = $1::text

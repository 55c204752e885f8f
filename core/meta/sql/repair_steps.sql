-- core/meta/sql/repair_steps.sql
-- What happened to a reject, the oldest first.
select s.version, s.at, s.what, s.act_id, s.job_id, s.state, s.fix, s.reason, s.was_state,
       s.was_fix, s.problems, a.who, a.what as act
  from leat.repair_step s
  left join leat.repair_act a on a.org_id = s.org_id and a.id = s.act_id
 where s.reject_id = $1::bigint
 order by s.version

-- 0006_schedules.down.sql
-- Lost: schedules, and which slots have come. Jobs that they made stay.
set local lock_timeout = '3s';

revoke insert (action, object) on leat.audit from leat_engine;
alter policy tenant on leat.audit to leat_app, leat_reader, leat_owner;
revoke insert (org_id, job_id, pipeline_id, priority, run_after) on leat.job_state
  from leat_engine;
revoke insert (pipeline_id, kind, body, max_attempts) on leat.job from leat_engine;
revoke select (org_id, id, name, body, deleted_at) on leat.pipeline from leat_engine;
alter policy tenant on leat.pipeline to leat_app, leat_reader, leat_owner;
drop table leat.tick;
drop table leat.schedule;

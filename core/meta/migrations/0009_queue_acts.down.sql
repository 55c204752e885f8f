-- 0009_queue_acts.down.sql
-- Without these functions nothing moves in the queue; no row is lost.
--
-- Undoes: 0009_queue_acts.up.sql.
set local lock_timeout = '3s';

revoke insert on leat.attempt from leat_app;
drop function leat.sweep(interval);
drop function leat.audit_forget(interval);
revoke delete on leat.tick from leat_engine;
drop function leat.job_forget(interval);
drop function leat.reject_forget(bigint, bigint);
drop function leat.reject_is_open(bigint, bigint);
drop function leat.engine_strays(integer, bigint[]);
drop function leat.engine_bury(integer, integer, float8);
drop function leat.job_rescue(integer, integer, float8);
drop function leat.job_clear_found(bigint, bigint, bigint);
drop function leat.held(bigint, bigint, bigint);
drop function leat.job_turn(integer, bigint[], bigint[], bigint[], integer[], bigint[], jsonb[]);
drop function leat.job_finish(bigint[], bigint[], bigint[], integer[], bigint[], jsonb[]);
drop function leat.job_done(bigint[], bigint[], bigint[], integer[], bigint[], jsonb[]);
drop function leat.job_settle(bigint, bigint, bigint, bigint, boolean, jsonb, leat.done);
drop function leat.reject_settle(bigint, bigint, bigint);
drop function leat.job_hand_back(bigint, bigint, bigint, bigint, integer);
drop function leat.job_fail(bigint, bigint, bigint, bigint, boolean, boolean, integer, bigint,
                            bigint, bigint, text, text, text, text, float8, float8, float8);
drop function leat.job_sweep(bigint, bigint, bigint);
drop function leat.job_leave(bigint, bigint, bigint, bigint, integer, integer, boolean, boolean,
                             boolean, float8, leat.done);
drop function leat.promote();
drop function leat.claim_one(integer, bigint, bigint);
drop function leat.claim(integer, integer, text[], bigint, bigint[], bigint[]);
drop function leat.start(integer, tid[]);
drop function leat.claim_enter(integer);
drop function leat.may_take(integer);
drop function leat.pick_limited(integer, text[], bigint, integer, integer);
drop function leat.pick(integer, text[], bigint, bigint[], bigint[], integer, integer);
drop function leat.lane_scopes(leat.lane);
drop function leat.room(timestamptz);
drop function leat.lane_waits(leat.lane);
drop function leat.lane_raise(bigint, bigint);
drop function leat.job_since(timestamptz);
drop function leat.job_resume(bigint);
drop function leat.job_pause(bigint);
drop function leat.job_retry(bigint, boolean);
drop function leat.job_cancel(bigint);
drop function leat.job_ask(bigint, bigint, boolean);
drop function leat.job_withdraw(bigint, bigint);
drop function leat.job_ended(bigint, bigint[]);
drop function leat.job_close(leat.waiting, integer, text, text);
drop function leat.job_lift(bigint, bigint);
drop function leat.job_set_out(leat.waiting);
drop function leat.job_add(text, bigint, text, integer, integer, bigint, bigint, jsonb[], text,
                           boolean, boolean, bigint[], integer, boolean, boolean);
drop function leat.job_wait_for(bigint, bigint, bigint[], integer);
drop function leat.lane_of(text, integer, bigint, text[], text);
drop function leat.arm(text[]);
drop function leat.knock(text);
drop function leat.tell(text, text);
drop function leat.wake_enter(text);

/*
 * tests/unit/core/meta/event_test.c
 *	Notices between sessions, and who sends them when.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/meta/event.h"
#include "tests/lib/queuetemp.h"

static const struct event full = {
	.kind = EVENT_PROGRESS, .org_id = INT64_MAX, .job = INT64_MAX, .run = INT64_MAX,
	.state = JOB_SUCCEEDED, .phase = "swapping in tables-x",
	.counts = { INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX },
	.total_bytes = INT64_MAX, .rows_per_s = INT64_MAX, .eta_ms = INT64_MAX,
	.log_id = INT64_MAX,
};

static void a_payload_is_read_as_it_was_written(void **state)
{
	struct db_notice n = { .channel = "leat_1" };
	struct event_inbox in;
	struct event back;
	struct err err = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 20000);
	OK(event_encode(&full, &out, &err));
	assert_true(out.len < EVENT_MAX_BYTES);
	memcpy(n.payload, buf_str(&out), out.len + 1);
	event_decode(&n, &in);
	assert_int_equal(in.n, 1);
	back = in.e[0];
	assert_int_equal(back.kind, EVENT_PROGRESS);
	assert_int_equal(back.state, JOB_SUCCEEDED);
	assert_string_equal(back.phase, full.phase);
	assert_memory_equal(&back.counts, &full.counts, sizeof(full.counts));
	assert_int_equal(back.org_id, full.org_id);
	assert_int_equal(back.job, full.job);
	assert_int_equal(back.run, full.run);
	assert_int_equal(back.total_bytes, full.total_bytes);
	assert_int_equal(back.rows_per_s, full.rows_per_s);
	assert_int_equal(back.eta_ms, full.eta_ms);
	assert_int_equal(back.log_id, full.log_id);
	assert_int_equal(event_encode(&(struct event){ .phase = "a\"b" }, &out, &err), ERR_BUG);
	assert_int_equal(event_encode(&(struct event){ .kind = EVENT_WORK }, &out, &err),
			 ERR_BUG);
	buf_release(&out);
}

static void strange_payloads_are_others(void **state)
{
	static const char *const payload[] = {
		"", "{", "[]", "null", "{\"e\":5}", "{\"e\":\"state\"}", "\xff\xfe",
		"{\"e\":\"state\",\"state\":\"no such\"}", "{\"e\":\"later\",\"state\":\"dead\"}",
	};
	static const char *const wake[] = { "cancel", "cancel x", "cancel 1", "cancel 1 x",
					    "cancel 1 0", "stop", "drain", "drain x",
					    "drain 0", "drain 1 2", "busy now" };
	static const struct {
		const char *text;
		enum event_kind kind;
	} word[] = { { "", EVENT_WORK }, { "work", EVENT_WORK }, { "busy", EVENT_BUSY },
		     { "swept", EVENT_SWEPT } };
	struct db_notice n = { .channel = "leat_1" };
	struct event_inbox in;
	struct event e;

	(void)state;
	for (size_t i = 0; i < sizeof(payload) / sizeof(payload[0]); i++) {
		snprintf(n.payload, sizeof(n.payload), "%s", payload[i]);
		event_decode(&n, &in);
		e = in.e[0];
		assert_int_equal(e.kind, EVENT_OTHER);
	}
	snprintf(n.channel, sizeof(n.channel), "%s", EVENT_WAKE_CHANNEL);
	for (size_t i = 0; i < sizeof(wake) / sizeof(wake[0]); i++) {
		snprintf(n.payload, sizeof(n.payload), "%s", wake[i]);
		event_decode(&n, &in);
		e = in.e[0];
		assert_int_equal(e.kind, EVENT_OTHER);
	}
	snprintf(n.payload, sizeof(n.payload), "cancel 3 42");
	event_decode(&n, &in);
	e = in.e[0];
	assert_int_equal(e.kind, EVENT_CANCEL);
	assert_int_equal(e.org_id, 3);
	assert_int_equal(e.job, 42);
	snprintf(n.payload, sizeof(n.payload), "drain 7");
	event_decode(&n, &in);
	e = in.e[0];
	assert_int_equal(e.kind, EVENT_DRAIN);
	assert_int_equal(e.job, 7);
	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		snprintf(n.payload, sizeof(n.payload), "%s", word[i].text);
		event_decode(&n, &in);
		e = in.e[0];
		assert_int_equal(e.kind, word[i].kind);
	}
}

static struct event_inbox inbox;

static struct event next(struct db *listener)
{
	struct event e = { .kind = EVENT_OTHER };
	struct err err = { 0 };
	bool got;

	OK(event_next(listener, &inbox, -1, 5000, &e, &got, &err));
	assert_true(got);
	return e;
}

static void expect_silence(struct db *listener)
{
	struct event e;
	struct err err = { 0 };
	bool got;

	OK(event_next(listener, &inbox, -1, 100, &e, &got, &err));
	assert_false(got);
}

static void expect_state(struct db *listener, int64_t job, enum job_state state)
{
	struct event e = next(listener);

	assert_int_equal(e.kind, EVENT_STATE);
	assert_int_equal(e.job, job);
	assert_int_equal(e.state, state);
}

static struct db *open_listener(const char *conninfo)
{
	struct meta_login how = { .role = META_ENGINE, .app_name = "leat test",
				  .is_listener = true };
	struct meta_place *place;
	struct err err = { 0 };
	struct db *db;

	OK(meta_place_open(conninfo, &place, &err));
	OK(meta_open(place, &how, &db, NULL, &err));
	meta_place_close(place);
	return db;
}

/* Engines that work already: their claims are nothing new to the others. */
static void keep_busy(struct queuetemp *q)
{
	metatemp_run(q->super, "update leat.engine set lease_until = now() + interval '1 h'");
}

static struct db *listen_to_all(struct queuetemp *q)
{
	struct db *ear = open_listener(q->conninfo);
	struct err err = { 0 };

	OK(event_listen_wake(ear, &err));
	OK(event_listen(ear, q->org, &err));
	keep_busy(q);
	return ear;
}

static bool arm(struct queuetemp *q)
{
	struct err err = { 0 };
	bool armed;

	OK(job_arm(q->engine, q->who.queues, &armed, &err));
	return armed;
}

static struct event state_of(struct queuetemp *q, int64_t job, enum job_state state)
{
	return (struct event){ .kind = EVENT_STATE, .org_id = q->org, .job = job, .state = state,
			       .total_bytes = -1, .eta_ms = -1 };
}

static void notices_reach_who_listens(void **state)
{
	struct queuetemp *q = *state;
	struct db *ear = listen_to_all(q);
	struct event e = { .kind = EVENT_LOG, .org_id = q->org, .job = 7, .run = 2, .log_id = 9 };
	struct err err = { 0 };

	OK(event_send(q->app, &e, &err));
	e = next(ear);
	assert_int_equal(e.kind, EVENT_LOG);
	assert_int_equal(e.log_id, 9);
	OK(event_wake(q->app, &err));
	assert_int_equal(next(ear).kind, EVENT_WORK);
	OK(event_busy(q->engine, &err));
	assert_int_equal(next(ear).kind, EVENT_BUSY);
	OK(event_resync(q->app, q->org, &err));
	assert_int_equal(next(ear).kind, EVENT_RESYNC);
	OK(engine_row_drain(q->app, q->id, &err));
	e = next(ear);
	assert_int_equal(e.kind, EVENT_DRAIN);
	assert_int_equal(e.job, q->id);
	OK(job_sweep(q->engine, 30, &err));
	assert_int_equal(next(ear).kind, EVENT_SWEPT);
	e = state_of(q, 1, JOB_SUCCEEDED);
	OK(db_begin(q->app, &err));
	assert_int_equal(event_send(q->app, &e, &err), ERR_BUG);
	assert_int_equal(event_wake(q->app, &err), ERR_BUG);
	db_rollback(q->app);
	expect_silence(ear);
	db_close(ear);
}

/* Whoever acts tells who looks; nobody is woken who cannot do anything about it. */
static void acts_are_told(void **state)
{
	struct queuetemp *q = *state;
	struct job_request quiet = { .is_quiet = true };
	struct db *ear = listen_to_all(q);
	struct event e;
	struct err err = { 0 };
	enum job_state st;
	int64_t job;

	metatemp_run(q->super, "insert into leat.wake values ('default', false)");
	job = queuetemp_add_as(q, &quiet);
	OK(job_cancel(q->app, job, &st, &err));
	expect_state(ear, job, JOB_CANCELLED);
	OK(job_retry(q->app, job, true, &err));
	expect_state(ear, job, JOB_QUEUED);
	OK(job_pause(q->app, job, &st, &err));
	expect_state(ear, job, JOB_PAUSED);
	OK(job_resume(q->app, job, &err));
	expect_state(ear, job, JOB_QUEUED);
	queuetemp_claim(q, job);
	OK(job_cancel(q->app, job, &st, &err));
	e = next(ear);
	assert_int_equal(e.kind, EVENT_CANCEL);
	assert_int_equal(e.org_id, q->org);
	assert_int_equal(e.job, job);
	OK(job_pause(q->app, job, &st, &err));
	assert_int_equal(next(ear).kind, EVENT_CANCEL);	/* the same call: look at your job */
	expect_silence(ear);
	/* In a transaction nothing about it leaves before the commit. */
	OK(db_begin(q->app, &err));
	job = queuetemp_add_as(q, &quiet);
	OK(job_cancel(q->app, job, &st, &err));
	OK(db_commit(q->app, &err));
	expect_silence(ear);
	/* What the dead may have owed. */
	assert_int_equal(queuetemp_lose(q), 1);
	assert_int_equal(next(ear).kind, EVENT_RESYNC);
	expect_silence(ear);
	db_close(ear);
}

/* Whoever begins to work is watched from its first claim on, not from its first heartbeat. */
static void a_first_claim_is_told(void **state)
{
	struct queuetemp *q = *state;
	struct job_request quiet = { .is_quiet = true };
	struct db *ear = listen_to_all(q);

	metatemp_run(q->super, "update leat.engine set lease_until = null");
	queuetemp_claim(q, queuetemp_add_as(q, &quiet));
	assert_int_equal(next(ear).kind, EVENT_BUSY);
	keep_busy(q);
	queuetemp_claim(q, queuetemp_add_as(q, &quiet));
	expect_silence(ear);
	db_close(ear);
}

/* A notice costs a lock of the whole server at commit: one for a sleeper, none else. */
static void only_a_sleeper_is_woken(void **state)
{
	struct queuetemp *q = *state;
	struct job_request quiet = { .is_quiet = true }, other = { .queue = "other" };
	struct db *ear = listen_to_all(q);
	struct err err = { 0 };
	struct job_claimed c;
	int64_t job;

	queuetemp_add(q, 0, 1);
	assert_int_equal(next(ear).kind, EVENT_WORK);	/* the queue is new: who knows */
	queuetemp_add(q, 0, 1);
	expect_silence(ear);	/* nobody sleeps */
	assert_true(arm(q));
	queuetemp_add_as(q, &quiet);
	expect_silence(ear);
	job = queuetemp_add(q, 0, 1);
	assert_int_equal(next(ear).kind, EVENT_WORK);
	for (int i = 0; i < 20; i++)
		queuetemp_add(q, 0, 1);
	expect_silence(ear);	/* woken once */
	/* A job that comes back, and a place that is free, are work too. */
	c = queuetemp_claim(q, job);
	assert_true(arm(q));
	OK(job_hand_back(q->engine, &c.lease, JOB_TRACE_NONE, &err));
	assert_int_equal(next(ear).kind, EVENT_WORK);
	c = queuetemp_claim(q, job);
	assert_true(arm(q));
	queuetemp_settle(q, &c.lease);
	assert_int_equal(next(ear).kind, EVENT_WORK);
	/* An engine of one queue is woken by that one. */
	queuetemp_add_as(q, &other);
	assert_int_equal(next(ear).kind, EVENT_WORK);
	q->who.queues = "{other}";
	assert_true(arm(q));
	queuetemp_add(q, 0, 1);
	expect_silence(ear);
	queuetemp_add_as(q, &other);
	assert_int_equal(next(ear).kind, EVENT_WORK);
	db_close(ear);
}

/* Between looking and sleeping nobody slips through. */
static void arming_waits_for_who_is_adding(void **state)
{
	struct queuetemp *q = *state;
	struct db *ear = listen_to_all(q);
	struct job_request in = { .kind = "load", .body = queuetemp_body };
	struct err err = { 0 };
	struct job_claims got;
	struct job_claimed c;
	int64_t job;

	c = queuetemp_claim(q, queuetemp_add(q, 0, 1));
	assert_int_equal(next(ear).kind, EVENT_WORK);
	OK(db_begin(q->app, &err));
	OK(job_add(q->app, &in, &job, NULL, &err));
	assert_false(arm(q));
	OK(db_commit(q->app, &err));
	assert_true(arm(q));
	OK(job_claim(q->mem, q->engine, &q->who, 5, &got, &err));
	assert_int_equal(got.n, 1);	/* found by the second look */
	expect_silence(ear);
	/* The same for who frees a place. */
	OK(db_begin(q->engine, &err));
	queuetemp_settle(q, &c.lease);
	assert_int_equal(metatemp_number(q->super, "select leat.arm(null)::integer"), 0);
	OK(db_commit(q->engine, &err));
	assert_int_equal(metatemp_number(q->super, "select leat.arm(null)::integer"), 1);
	/* A transaction that does not see the arming sends one to be sure. */
	queuetemp_add(q, 0, 1);
	assert_int_equal(next(ear).kind, EVENT_WORK);
	queuetemp_add(q, 0, 1);
	expect_silence(ear);
	metatemp_run(q->app, "set default_transaction_isolation = 'repeatable read'");
	queuetemp_add(q, 0, 1);
	assert_int_equal(next(ear).kind, EVENT_WORK);
	db_close(ear);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, queuetemp_up, queuetemp_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_payload_is_read_as_it_was_written),
		cmocka_unit_test(strange_payloads_are_others),
		T(notices_reach_who_listens),
		T(acts_are_told),
		T(a_first_claim_is_told),
		T(only_a_sleeper_is_woken),
		T(arming_waits_for_who_is_adding),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

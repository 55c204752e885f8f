/*
 * tests/unit/core/meta/event_test.c
 *	Notices between sessions, the table behind them, and the plans of hot queries.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/meta/event.h"
#include "core/meta/job_run.h"
#include "core/meta/sql_text.h"
#include "tests/lib/metatemp.h"

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
	struct event back;
	struct err err = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 20000);
	OK(event_encode(&full, &out, &err));
	assert_true(out.len < EVENT_MAX_BYTES);
	memcpy(n.payload, buf_str(&out), out.len + 1);
	event_decode(&n, &back);
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
					    "cancel 1 0", "stop" };
	struct db_notice n = { .channel = "leat_1" };
	struct event e;

	(void)state;
	for (size_t i = 0; i < sizeof(payload) / sizeof(payload[0]); i++) {
		snprintf(n.payload, sizeof(n.payload), "%s", payload[i]);
		event_decode(&n, &e);
		assert_int_equal(e.kind, EVENT_OTHER);
	}
	snprintf(n.channel, sizeof(n.channel), "%s", EVENT_WAKE_CHANNEL);
	for (size_t i = 0; i < sizeof(wake) / sizeof(wake[0]); i++) {
		snprintf(n.payload, sizeof(n.payload), "%s", wake[i]);
		event_decode(&n, &e);
		assert_int_equal(e.kind, EVENT_OTHER);
	}
	snprintf(n.payload, sizeof(n.payload), "cancel 3 42");
	event_decode(&n, &e);
	assert_int_equal(e.kind, EVENT_CANCEL);
	assert_int_equal(e.org_id, 3);
	assert_int_equal(e.job, 42);
}

static struct event next(struct db *listener)
{
	struct event e = { .kind = EVENT_OTHER };
	struct err err = { 0 };
	bool got;

	OK(event_next(listener, -1, 5000, &e, &got, &err));
	assert_true(got);
	return e;
}

static void expect_silence(struct db *listener)
{
	struct event e;
	struct err err = { 0 };
	bool got;

	OK(event_next(listener, -1, 100, &e, &got, &err));
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

static void notices_reach_who_listens(void **state)
{
	const char *conninfo = metatemp_new();
	struct db *ear = open_listener(conninfo), *app, *engine;
	struct job_request in = { .kind = "load", .body = "{}" };
	struct arena *mem = arena_new(NULL, "test");
	struct job_done done = { .committed_run = 1 };
	struct job_claimed c;
	struct event e = { .kind = EVENT_LOG, .job = 7, .run = 2, .log_id = 9 };
	struct err err = { 0 }, why = { 0 };
	enum job_state st;
	int64_t job;

	(void)state;
	done.counts.read = done.counts.written = 3;
	app = metatemp_open(conninfo, META_APP, NULL, &e.org_id);
	engine = metatemp_open(conninfo, META_ENGINE, NULL, NULL);
	OK(event_listen_wake(ear, &err));
	OK(event_listen(ear, e.org_id, &err));
	OK(event_send(app, &e, &err));
	e = next(ear);
	assert_int_equal(e.kind, EVENT_LOG);
	assert_int_equal(e.log_id, 9);
	in.is_quiet = true;
	OK(job_add(app, &in, &job, &err));
	expect_silence(ear);
	in.is_quiet = false;
	OK(job_add(app, &in, &job, &err));
	assert_int_equal(next(ear).kind, EVENT_WORK);
	OK(event_wake(app, &err));
	assert_int_equal(next(ear).kind, EVENT_WORK);
	OK(job_claim_one(mem, engine, e.org_id, job, "e", JOB_LEASE_MS, &c, &err));
	OK(job_cancel(app, job, &st, &err));
	e = next(ear);
	assert_int_equal(e.kind, EVENT_CANCEL);
	assert_int_equal(e.job, job);
	expect_silence(ear);
	OK(job_settle(engine, &c.lease, &done, &err));
	expect_state(ear, job, JOB_SUCCEEDED);
	in.is_quiet = true;
	OK(job_add(app, &in, &job, &err));
	OK(job_cancel(app, job, &st, &err));
	expect_state(ear, job, JOB_CANCELLED);
	OK(job_add(app, &in, &job, &err));
	OK(job_claim_one(mem, engine, e.org_id, job, "e", JOB_LEASE_MS, &c, &err));
	OK(job_hand_back(engine, &c.lease, JOB_TRACE_NONE, &err));
	assert_int_equal(next(ear).kind, EVENT_WORK);
	expect_state(ear, job, JOB_QUEUED);
	OK(job_claim_one(mem, engine, e.org_id, job, "e", JOB_LEASE_MS, &c, &err));
	assert_int_equal(err_set(&why, ERR_INPUT, "a reason"), ERR_INPUT);
	OK(job_fail(engine, &c.lease, &why, JOB_TRACE_NONE, &st, &err));
	expect_state(ear, job, JOB_FAILED);
	OK(db_begin(app, &err));
	assert_int_equal(event_send(app, &e, &err), ERR_BUG);
	db_rollback(app);
	db_close(ear);
	db_close(app);
	db_close(engine);
	arena_free(mem);
}

/* A transaction that began earlier and ends later hides nothing behind the cursor. */
static void the_table_loses_no_late_event(void **state)
{
	const char *conninfo = metatemp_new();
	struct db *app = metatemp_open(conninfo, META_APP, NULL, NULL);
	struct db *slow = metatemp_open(conninfo, META_APP, NULL, NULL);
	struct job_request in = { .kind = "load", .body = "{}" };
	struct arena *mem = arena_new(NULL, "test");
	struct event_rows rows;
	struct err err = { 0 };
	int64_t one, two, from;

	(void)state;
	OK(event_list(mem, app, -1, 10, &rows, &err));
	assert_int_equal(rows.n, 0);
	from = rows.seen;
	OK(db_begin(slow, &err));
	OK(job_add(slow, &in, &one, &err));
	OK(job_add(app, &in, &two, &err));
	OK(event_list(mem, app, from, 10, &rows, &err));
	assert_int_equal(rows.n, 0);	/* the slow one may still come before it */
	from = rows.seen;
	OK(db_commit(slow, &err));
	OK(event_list(mem, app, from, 10, &rows, &err));
	assert_int_equal(rows.n, 2);
	assert_int_equal(rows.e[0].job, one);
	assert_int_equal(rows.e[1].job, two);
	assert_string_equal(rows.e[1].what, "queued");
	OK(event_list(mem, app, rows.seen, 10, &rows, &err));
	assert_int_equal(rows.n, 0);
	db_close(app);
	db_close(slow);
	arena_free(mem);
}

/* The plan of a statement with its parameters written in, as text. */
static const char *plan(struct arena *mem, struct db *db, const char *sql,
			const char *const *value, int nvalues)
{
	struct db_result *res = NULL;
	struct err err = { 0 };
	char *out = arena_strdup(mem, "explain ");

	for (const char *p = sql; *p != '\0'; p++) {
		int i = *p == '$' ? p[1] - '1' : -1;

		if (i >= 0 && i < nvalues)
			out = arena_printf(mem, "%s%s", out, value[i]), p++;
		else
			out = arena_printf(mem, "%s%c", out, *p);
	}
	OK(db_query(db, out, NULL, 0, &res, &err));
	out = arena_strdup(mem, "");
	for (int i = 0; i < db_result_rows(res); i++)
		out = arena_printf(mem, "%s%s\n", out, db_result_at(res, i, 0));
	db_result_free(res);
	return out;
}

static void expect_index(const char *plan_text, const char *index, const char *never)
{
	if (strstr(plan_text, index) == NULL ||
	    (never != NULL && strstr(plan_text, never) != NULL))
		fail_msg("no %s in:\n%s", index, plan_text);
}

static void check_plans(struct db *app, struct db *engine)
{
	static const char *const claim[] = { "30000", "'e'", "10" };
	static const char *const newest[] = { "null", "null", "null", "null", "50", "null" };
	static const char *const failed[] = { "3", "null", "null", "null", "50", "null" };
	static const char *const of_one[] = { "null", "'{3}'", "null", "null", "50",
					      "null" };
	struct arena *mem = arena_new(NULL, "plans");

	expect_index(plan(mem, engine, sql_job_claim, claim, 3), "job_state_claim", NULL);
	expect_index(plan(mem, app, sql_job_list, newest, 6), "job_pkey", "Seq Scan");
	expect_index(plan(mem, app, sql_job_list, failed, 6), "job_state_list", "Seq Scan");
	expect_index(plan(mem, app, sql_job_list, of_one, 6), "job_pipeline", "Seq Scan");
	arena_free(mem);
}

static void plans_use_their_indexes(void **state)
{
	const char *conninfo = metatemp_new();
	struct db *super = metatemp_super(conninfo);
	struct db *engine = metatemp_open(conninfo, META_ENGINE, NULL, NULL);
	struct db *app = metatemp_open(conninfo, META_APP, NULL, NULL);
	static const char *const claim[] = { "30000", "'e'", "10" };
	struct arena *mem = arena_new(NULL, "plans");
	struct err err = { 0 };

	(void)state;
	OK(db_exec(super,
		   "insert into leat.pipeline (org_id, id, project_id, name, body) overriding system "
		   "value select 1, i, 1, 'p' || i, '{}' from generate_series(1, 200) i;"
		   "insert into leat.job (org_id, kind, pipeline_id, max_attempts, body) "
		   "select 1, 'run', 1 + i % 200, 1, jsonb_build_object('name', repeat('x', 200)) "
		   "from generate_series(1, 40000) i;"
		   "insert into leat.job_state (org_id, job_id, pipeline_id, state, finished_at) "
		   "select 1, id, pipeline_id, case when id % 500 = 0 then 3 when id > 39950 then 0 "
		   "else 2 end, now() from leat.job;", &err));
	metatemp_run(super, "vacuum analyze leat.job");
	metatemp_run(super, "vacuum analyze leat.job_state");
	check_plans(app, engine);
	/* Most of the queue is dead rows, and statistics are from before. */
	metatemp_run(super, "update leat.job_state set state = 2 where state = 0");
	expect_index(plan(mem, engine, sql_job_claim, claim, 3), "job_state_claim", NULL);
	arena_free(mem);
	db_close(app);
	db_close(engine);
	db_close(super);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_payload_is_read_as_it_was_written),
		cmocka_unit_test(strange_payloads_are_others),
		cmocka_unit_test(notices_reach_who_listens),
		cmocka_unit_test(the_table_loses_no_late_event),
		cmocka_unit_test(plans_use_their_indexes),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

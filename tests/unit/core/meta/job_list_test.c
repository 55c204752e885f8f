/*
 * tests/unit/core/meta/job_list_test.c
 *	Lists of jobs: what filters find, in which order, page by page.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/meta/job_look.h"
#include "core/meta/sql_text.h"
#include "tests/lib/queuetemp.h"

static const struct job_left left_none = { .trace = JOB_TRACE_NONE };

static int64_t add_child(struct queuetemp *q, const int64_t *parents, int n,
			 enum job_on_fail on_fail)
{
	struct job_request in = { .parents = parents, .nparents = n, .on_fail = on_fail };

	return queuetemp_add_as(q, &in);
}

static const char *number(struct queuetemp *q, int64_t job)
{
	return arena_printf(q->mem, "%" PRId64, job);
}

static void expect_list(struct queuetemp *q, struct job_filter f, int n, int64_t first)
{
	struct job_rows rows;
	struct err err = { 0 };

	OK(job_list(q->mem, q->app, &f, &rows, &err));
	assert_int_equal(rows.n, n);
	assert_true(n == 0 || rows.j[0].id == first);
	for (int i = 1; i < rows.n; i++)
		assert_true(rows.j[i].id < rows.j[i - 1].id);
}

static void lists_of_every_kind(void **state)
{
	struct queuetemp *q = *state;
	struct job_request other = { .queue = "other" }, later = { .delay_ms = 60000 };
	struct job_request held = { .is_paused = true };
	int64_t runs, fails, well, kid, paused, due, pipe, comes;
	struct err err = { 0 }, why = { 0 };
	struct job_claimed c;

	runs = queuetemp_add(q, 0, 1);
	queuetemp_claim(q, runs);
	fails = queuetemp_add_as(q, &other);
	c = queuetemp_claim(q, fails);
	queuetemp_fail(q, &c.lease);
	well = queuetemp_add(q, 0, 1);
	c = queuetemp_claim(q, well);
	queuetemp_settle(q, &c.lease);
	kid = add_child(q, &runs, 1, JOB_ON_FAIL_CANCEL);
	paused = queuetemp_add_as(q, &held);
	due = queuetemp_add_as(q, &later);
	pipe = queuetemp_add(q, q->pipeline, 1);
	comes = queuetemp_add(q, 0, 2);
	c = queuetemp_claim(q, comes);
	err_set(&why, ERR_TIMEOUT, "100%% late_r");
	OK(job_fail(q->engine, &c.lease, &why, &left_none, NULL, &err));
	expect_list(q, (struct job_filter){ 0 }, 8, comes);
	expect_list(q, (struct job_filter){ .ask = { .limit = 3, .after = number(q, pipe) } }, 3,
		    due);
	expect_list(q, (struct job_filter){ .states = 1u << JOB_RUNNING }, 1, runs);
	expect_list(q, (struct job_filter){ .states = 1u << JOB_FAILED }, 1, fails);
	expect_list(q, (struct job_filter){ .states = 1u << JOB_SUCCEEDED }, 1, well);
	expect_list(q, (struct job_filter){ .states = 1u << JOB_WAITING }, 1, kid);
	expect_list(q, (struct job_filter){ .states = 1u << JOB_PAUSED }, 1, paused);
	expect_list(q, (struct job_filter){ .states = 1u << JOB_QUEUED }, 3, comes);
	expect_list(q, (struct job_filter){ .states = 1u << JOB_QUEUED, .ask = {
					    .limit = 1, .after = number(q, comes) } }, 1, pipe);
	expect_list(q, (struct job_filter){ .states = 1u << JOB_FAILED | 1u << JOB_WAITING }, 2,
		    kid);
	expect_list(q, (struct job_filter){ .queue = "other" }, 1, fails);
	expect_list(q, (struct job_filter){ .queue = "other", .states = 1u << JOB_RUNNING }, 0, 0);
	expect_list(q, (struct job_filter){ .kind = "run" }, 1, pipe);
	expect_list(q, (struct job_filter){ .pipeline = "p", .states = 1u << JOB_QUEUED }, 1, pipe);
	expect_list(q, (struct job_filter){ .pipeline = "p", .queue = "other" }, 0, 0);
	expect_list(q, (struct job_filter){ .error = "WENT" }, 1, fails);
	expect_list(q, (struct job_filter){ .error = "input" }, 1, fails);
	expect_list(q, (struct job_filter){ .error = "0% late_" }, 1, comes);
	expect_list(q, (struct job_filter){ .error = "10_%" }, 0, 0);
	expect_list(q, (struct job_filter){ .error = "t", .states = 1u << JOB_QUEUED }, 1, comes);
	expect_list(q, (struct job_filter){ .since_us = 4102444800000000 }, 0, 0);
	expect_list(q, (struct job_filter){ .since_us = 1, .states = 1u << JOB_QUEUED }, 3, comes);
	expect_list(q, (struct job_filter){ .ask.filter = "state=queued", .usual = 2 }, 3, comes);
	expect_list(q, (struct job_filter){ .usual = 1u << JOB_RUNNING }, 1, runs);
}

/* Whatever a list is narrowed by, no kind is left out; messages only where they are asked for. */
static void no_kind_is_left_out(void **state)
{
	static const char *const names[] = { "load", "run", "replay", "alert" };
	struct queuetemp *q = *state;
	int64_t job[4];

	for (int i = 0; i < 4; i++) {
		struct job_request in = { .kind = names[i] };
		struct job_claimed c = queuetemp_claim(q, job[i] = queuetemp_add_as(q, &in));

		queuetemp_fail(q, &c.lease);
	}
	expect_list(q, (struct job_filter){ 0 }, 3, job[2]);
	expect_list(q, (struct job_filter){ .states = 1u << JOB_FAILED }, 3, job[2]);
	expect_list(q, (struct job_filter){ .since_us = 1 }, 3, job[2]);
	expect_list(q, (struct job_filter){ .error = "went" }, 3, job[2]);
	expect_list(q, (struct job_filter){ .queue = "default" }, 3, job[2]);
	expect_list(q, (struct job_filter){ .ask.sort = "failed" }, 3, job[2]);
	expect_list(q, (struct job_filter){ .kind = "" }, 4, job[3]);
	expect_list(q, (struct job_filter){ .kind = "", .since_us = 1 }, 4, job[3]);
	for (int i = 0; i < 4; i++) {
		expect_list(q, (struct job_filter){ .kind = names[i] }, 1, job[i]);
		expect_list(q, (struct job_filter){ .ask.filter = arena_printf(q->mem, "kind=%s",
							 names[i]) }, 1, job[i]);
	}
}

/* Two engines' worth of jobs, and what a filter, an order and a page make of them. */
static const char *listed(struct queuetemp *q, struct list_ask ask, unsigned states)
{
	struct job_filter f = { .ask = ask, .states = states };
	const char *out = "";
	struct job_rows rows;
	struct err err = { 0 };

	OK(job_list(q->mem, q->app, &f, &rows, &err));
	for (int i = 0; i < rows.n; i++)
		out = arena_printf(q->mem, "%s%s%" PRId64, out, i > 0 ? " " : "", rows.j[i].id);
	return out;
}

static void expect_filter(struct queuetemp *q, const char *filter, const char *ids)
{
	const char *got = listed(q, (struct list_ask){ .filter = filter }, 0);

	if (strcmp(got, ids) != 0)
		fail_msg("%s: %s, not %s", filter, got, ids);
}

/* Nine jobs: 1 runs, 2 failed, 3 succeeded, 4 is the pipeline's, 5 waits, 6 to 9 are queued. */
static void fill_lists(struct queuetemp *q)
{
	struct job_request in = { .queue = "other" }, urgent = { .priority = 7 };
	int64_t first = queuetemp_add(q, 0, 1);
	struct job_claimed c = queuetemp_claim(q, first);

	c = queuetemp_claim(q, queuetemp_add_as(q, &in));
	queuetemp_fail(q, &c.lease);
	c = queuetemp_claim(q, queuetemp_add(q, 0, 1));
	queuetemp_settle(q, &c.lease);
	queuetemp_add(q, q->pipeline, 1);
	add_child(q, &first, 1, JOB_ON_FAIL_CANCEL);
	queuetemp_add_as(q, &urgent);
	for (int i = 0; i < 3; i++)
		queuetemp_add_as(q, &in);
	metatemp_run(q->super, "update leat.job set created_at = now() - interval '3 days' "
		     "where id < 3");
}

static void lists_take_filters(void **state)
{
	static const struct { const char *filter, *ids; } list[] = {
		{ "", "9 8 7 6 5 4 3 2 1" }, { "state=queued", "9 8 7 6 4" },
		{ "state=failed,succeeded,running", "3 2 1" }, { "state!=queued", "5 3 2 1" },
		{ "state=queued queue=other", "9 8 7" }, { "queue=other", "9 8 7 2" },
		{ "queue=other state=failed", "2" }, { "queue=other state=succeeded", "" },
		{ "queue=default state=succeeded", "3" }, { "queue=nowhere", "" },
		{ "pipeline=p", "4" }, { "pipeline=p state=running", "" }, { "kind=run", "4" },
		{ "kind=load,run state=running", "1" }, { "kind!=load", "4" }, { "kind=alert", "" },
		{ "id>6", "9 8 7" }, { "id>=6 job<8", "7 6" }, { "job=3..5", "5 4 3" },
		{ "job=3", "3" }, { "job!=3 job<5", "4 2 1" }, { "job<0", "" }, { "id=2.5", "" },
		{ "since 1d", "9 8 7 6 5 4 3" }, { "created<1d", "2 1" },
		{ "created<1d state=failed", "2" }, { "since 4d created<2d queue=default", "1" },
		{ "age>1d", "2 1" }, { "error:went", "2" }, { "error~^it.went", "2" },
		{ "error!~went", "9 8 7 6 5 4 3 1" }, { "error_code=INPUT", "2" },
		{ "went", "2" }, { "succeed", "3" }, { "other !failed", "9 8 7" },
		{ "state=failed | state=running", "2 1" }, { "state=failed state=running", "" },
		{ "priority<100", "6" }, { "rows<5 seconds>=0 !state=running", "3 2" },
		{ "engine:e1", "3 2 1" },
		{ "pending>0", "5" }, { "state=running | (queue=other id>7)", "9 8 1" },
	};
	struct queuetemp *q = *state;

	fill_lists(q);
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		expect_filter(q, list[i].filter, list[i].ids);
}

static void expect_page(struct queuetemp *q, struct list_ask ask, const char *ids)
{
	const char *got = listed(q, ask, 0);

	if (strcmp(got, ids) != 0)
		fail_msg("sort %s after %s before %s: %s, not %s", ask.sort, ask.after, ask.before,
			 got, ids);
}

static void lists_go_page_by_page(void **state)
{
	struct queuetemp *q = *state;
	struct job_filter gone = { .ask.after = "x" };
	struct job_rows rows;
	struct err err = { 0 };

	fill_lists(q);
	expect_page(q, (struct list_ask){ .limit = 3, .after = "7" }, "6 5 4");
	expect_page(q, (struct list_ask){ .limit = 3, .before = "4" }, "7 6 5");
	expect_page(q, (struct list_ask){ .limit = 3, .before = "9" }, "");
	expect_page(q, (struct list_ask){ .limit = 2, .sort = "id" }, "1 2");
	expect_page(q, (struct list_ask){ .limit = 2, .sort = "id", .after = "2" }, "3 4");
	expect_page(q, (struct list_ask){ .limit = 2, .sort = "created", .before = "5" }, "3 4");
	expect_page(q, (struct list_ask){ .limit = 2, .sort = "age" }, "9 8");
	expect_page(q, (struct list_ask){ .limit = 3, .sort = "priority" }, "6 9 8");
	expect_page(q, (struct list_ask){ .limit = 3, .sort = "priority", .after = "8" }, "7 5 4");
	expect_page(q, (struct list_ask){ .limit = 2, .sort = "priority", .before = "7" }, "9 8");
	expect_page(q, (struct list_ask){ .sort = "-queue", .filter = "state=queued,failed" },
		    "9 8 7 2 6 4");
	expect_page(q, (struct list_ask){ .sort = "queue", .filter = "id<4 !other" }, "3 1");
	expect_page(q, (struct list_ask){ .filter = "queue=other", .limit = 2, .after = "8" },
		    "7 2");
	expect_page(q, (struct list_ask){ .filter = "e", .limit = 2, .before = "2" }, "4 3");
	assert_int_equal(job_list(q->mem, q->app, &gone, &rows, &err), ERR_USAGE);
}

/* Jobs 2 and 8 have failed, 7 has used all its attempts; the others come behind them. */
static void what_failed_comes_first(void **state)
{
	static const struct { const char *sort, *first, *second, *rest; } page[] = {
		{ "failed", "8 7", "2 9 6", "6 5 4 3 1" }, { "-failed", "1 3", "4 5 6", "6 9 2 7 8" },
	};
	static const struct { const char *first, *second, *third, *last; } key[] = {
		{ "7", "9", "2", "1" }, { "3", "5", "4", "8" },
	};
	struct queuetemp *q = *state;
	struct job_filter gone = { .ask = { .sort = "failed", .after = "77" } };
	struct err err = { 0 };
	struct job_claimed c;
	struct job_rows rows;

	fill_lists(q);
	c = queuetemp_claim(q, 8);
	queuetemp_fail(q, &c.lease);
	c = queuetemp_claim(q, 7);
	queuetemp_fail(q, &c.lease);
	metatemp_run(q->super, "update leat.done set state = 4 where job_id = 7");
	expect_filter(q, "state=dead", "7");
	expect_page(q, (struct list_ask){ .sort = "failed" }, "8 7 2 9 6 5 4 3 1");
	expect_page(q, (struct list_ask){ .sort = "-failed" }, "1 3 4 5 6 9 2 7 8");
	for (int i = 0; i < 2; i++) {
		struct list_ask ask = { .sort = page[i].sort, .limit = 2 };

		expect_page(q, ask, page[i].first);
		ask.before = key[i].third;
		expect_page(q, ask, page[i].first);
		ask = (struct list_ask){ .sort = page[i].sort, .limit = 3, .after = key[i].first };
		expect_page(q, ask, page[i].second);
		ask = (struct list_ask){ .sort = page[i].sort, .after = key[i].second };
		expect_page(q, ask, page[i].rest);
		ask.after = key[i].last;
		expect_page(q, ask, "");
	}
	expect_page(q, (struct list_ask){ .sort = "failed", .limit = 4, .before = "6" }, "8 7 2 9");
	expect_page(q, (struct list_ask){ .sort = "failed", .filter = "queue=other" }, "8 7 2 9");
	expect_page(q, (struct list_ask){ .sort = "failed", .filter = "state=queued,failed id>3" },
		    "8 9 6 4");
	expect_page(q, (struct list_ask){ .sort = "failed", .filter = "state=queued", .limit = 2 },
		    "9 6");
	expect_page(q, (struct list_ask){ .sort = "failed", .filter = "error:went | kind=run" },
		    "8 7 2 4");
	assert_int_equal(job_list(q->mem, q->app, &gone, &rows, &err), ERR_NOT_FOUND);
	assert_string_equal(err.frame[0].text, "there is no job 77 to go on from");
}

/* What no index finds is looked for as long as was asked, and where to go on is told. */
static void a_list_tells_how_far_it_looked(void **state)
{
	struct queuetemp *q = *state;
	struct list_said said = { 0 };
	struct job_filter f = { .ask = { .filter = "source:zzz", .said = &said }, .look_ms = 1 };
	static const char *body[2000];
	static int64_t jobs[2000];
	struct job_request in = { .kind = "load" };
	struct job_rows rows;
	struct err err = { 0 };

	for (int i = 0; i < 2000; i++)
		body[i] = "{}";
	OK(job_add_many(q->app, &in, body, 2000, jobs, &err));
	OK(job_list(q->mem, q->app, &f, &rows, &err));
	assert_int_equal(rows.n, 0);
	assert_true(said.looked > 0 && said.looked < 2000);
	assert_int_equal(said.go_on, jobs[1999] - said.looked + 1);
	assert_true(said.has_more && said.next == said.go_on);
	f.look_ms = 0;
	memset(&said, 0, sizeof(said));
	OK(job_list(q->mem, q->app, &f, &rows, &err));
	assert_int_equal(said.looked, 0);
	assert_false(said.has_more);
	f.ask.filter = "source:";
	OK(job_list(q->mem, q->app, &f, &rows, &err));
	assert_int_equal(rows.n, 50);
	assert_true(said.has_more && said.next == rows.j[49].id);
	assert_string_equal(said.unfinished, "source:");
	/* The page ends in the middle of what was looked at: the next one begins there. */
	f.ask.filter = "!source:zzz";
	f.ask.limit = 7;
	OK(job_list(q->mem, q->app, &f, &rows, &err));
	assert_true(rows.n == 7 && said.has_more && said.next == rows.j[6].id);

}

static struct job_count count(struct queuetemp *q, const char *filter)
{
	struct job_filter f = { .ask.filter = filter };
	struct job_count out;
	struct err err = { 0 };

	OK(job_count(q->mem, q->app, &f, &out, &err));
	return out;
}

/* Few are counted; of many the statistics tell. */
static void jobs_are_counted(void **state)
{
	static const struct { const char *filter; int n; } list[] = {
		{ "", 9 }, { "state=queued", 5 }, { "queue=other", 4 },
		{ "queue=other state=failed", 1 }, { "state=succeeded", 1 },
		{ "queue=default state=succeeded", 1 }, { "pipeline=p", 1 },
		{ "state=running | state=failed", 2 }, { "since 1d", 7 }, { "kind=alert", 0 },
		{ "error:went", 1 },
	};
	struct queuetemp *q = *state;
	struct job_count c;

	fill_lists(q);
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		c = count(q, list[i].filter);
		if (c.n != list[i].n || !c.is_exact)
			fail_msg("%s: %d", list[i].filter, (int)c.n);
	}
	metatemp_run(q->super, "insert into leat.job (org_id, id, lane_id, kind, max_attempts, body) "
		     "overriding system value select org_id, 9 + i, lane_id, kind, 1, '{}' "
		     "from leat.job, generate_series(1, 12000) i where id = 9");
	metatemp_run(q->super, "insert into leat.done (org_id, job_id, lane_id, run_no, state, attempt, "
		     "lost) select org_id, id, lane_id, 1, 3, 1, 0 from leat.job where id > 9");
	metatemp_run(q->super, "analyze");
	c = count(q, "");
	assert_false(c.is_exact);
	assert_true(c.n > 9000 && c.n < 15000);
	c = count(q, "queue=other state=failed");
	assert_false(c.is_exact);
	assert_true(c.n > 9000 && c.n < 15000);
	c = count(q, "id>5000 id<=5100");
	assert_true(c.is_exact && c.n == 100);
	c = count(q, "queue=default");
	assert_true(c.is_exact && c.n == 5);
	c = count(q, "!source:zzz");
	assert_false(c.is_exact);
	assert_true(c.n > 9000 && c.n < 15000);
	/* The books as they were: the rows above are no jobs that anybody added. */
	metatemp_run(q->super, "delete from leat.done where job_id > 9");
	metatemp_run(q->super, "delete from leat.job where id > 9");
}

/* ---- plans -------------------------------------------------------------------------- */

/* 120,000 jobs in several partitions: two common lanes, a rare one, all states. */
static void fill_history(struct queuetemp *q)
{
	struct job_request rare = { .queue = "rare" };

	queuetemp_add(q, 0, 1);
	queuetemp_add(q, q->pipeline, 1);
	queuetemp_add_as(q, &rare);
	metatemp_run(q->super, "select leat.job_room(130000)");
	metatemp_run(q->super, "insert into leat.job (org_id, id, lane_id, kind, pipeline_id, "
		     "max_attempts, body, created_at) overriding system value "
		     "select j.org_id, i, j.lane_id, j.kind, j.pipeline_id, 1, '{}', "
		     "now() - interval '1 minute' * (120000 - i) from generate_series(10, 120000) i "
		     "join leat.job j on j.id = case when i < 40000 and i % 1000 = 0 then 3 "
		     "else 1 + i % 2 end");
	metatemp_run(q->super, "insert into leat.done (org_id, job_id, lane_id, run_no, state, "
		     "attempt, lost, error) select org_id, id, lane_id, 1, case when id % 50 = 0 "
		     "then 3 else 2 end, 1, 0, 'it failed' from leat.job where id between 10 and 110000");
	metatemp_run(q->super, "insert into leat.ready (org_id, lane_id, job_id) "
		     "select org_id, lane_id, id from leat.job where id > 110000");
	metatemp_run(q->super, "analyze");
}

static const char *explain(struct queuetemp *q, const char *sql, const struct db_param *params,
			   int n)
{
	struct db_result *res = NULL;
	struct err err = { 0 };
	const char *out = "";

	OK(db_query(q->app, arena_printf(q->mem, "explain %s", sql), params, n, &res, &err));
	for (int i = 0; i < db_result_rows(res); i++)
		out = arena_printf(q->mem, "%s%s\n", out, db_result_at(res, i, 0));
	db_result_free(res);
	return out;
}

/* How a list finds its jobs, and how it reads them: never by going through a whole table. */
static void expect_plan(struct queuetemp *q, const char *filter, bool is_down)
{
	static const char *const whole[] = {
		"Seq Scan on job_", "Seq Scan on done_", "Seq Scan on ready", "Gather",
	};
	struct job_filter f = { .ask.filter = filter };
	struct db_param params[JOB_SCOPE_PARAMS];
	struct db_param ids = DB_TEXT("{119999,70000,60000,50}");
	struct job_scope s;
	struct err err = { 0 };
	const char *plan;
	struct buf sql;
	int n;

	OK(db_begin(q->app, &err));
	OK(db_query(q->app, sql_job_list_plan, NULL, 0, NULL, &err));
	OK(job_scope_open(q->mem, q->app, &f, JOB_STATES_ALL, &s, &err));
	buf_init(&sql, 100000);
	job_scope_sql(&s, is_down, false, 50, &sql, params, &n);
	plan = explain(q, buf_str(&sql), params, n);
	plan = arena_printf(q->mem, "%s%s", plan, explain(q, arena_printf(q->mem,
		"%s leat.job_view t where t.id = any ($1::bigint[]) order by t.id + 0",
		sql_job_list),
		&ids, 1));
	buf_release(&sql);
	db_rollback(q->app);
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		if (strstr(plan, whole[i]) != NULL)
			fail_msg("%s, %s: %s\n%s", filter, is_down ? "down" : "up", whole[i],
				 strstr(plan, whole[i]));
}

static void lists_read_by_an_index(void **state)
{
	static const char *const filter[] = {
		"", "state=failed", "state=succeeded", "state=queued", "state=running,paused,waiting",
		"state=failed,queued,dead", "state=failed,dead", "state!=failed,dead",
		"pipeline=p", "pipeline=p state=failed",
		"pipeline=p state=succeeded", "queue=rare", "queue=rare state=failed", "kind=run",
		"kind=run state=queued", "id>100000", "id=60000..60010", "since 1h",
		"state=failed since 1d", "created<60d", "error:failed",
	};
	struct queuetemp *q = *state;

	fill_history(q);
	for (size_t i = 0; i < sizeof(filter) / sizeof(filter[0]); i++) {
		expect_plan(q, filter[i], true);
		expect_plan(q, filter[i], false);
	}
	metatemp_run(q->super, "delete from leat.ready where job_id > 9");
	metatemp_run(q->super, "delete from leat.done where job_id > 9");
	metatemp_run(q->super, "delete from leat.job where id > 9");
}

#define T(f) cmocka_unit_test_setup_teardown(f, queuetemp_up, queuetemp_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lists_of_every_kind),
		T(no_kind_is_left_out),
		T(lists_take_filters),
		T(lists_go_page_by_page),
		T(what_failed_comes_first),
		T(a_list_tells_how_far_it_looked),
		T(jobs_are_counted),
		T(lists_read_by_an_index),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

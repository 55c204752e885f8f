/*
 * tests/unit/core/meta/turn_test.c
 *	Many jobs end at once, and the next ones are claimed with them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/lib/queuetemp.h"

#define T(f) cmocka_unit_test_setup_teardown(f, queuetemp_up, queuetemp_down)

static struct job_claims claim_of(struct queuetemp *q, const char *queues, int n)
{
	struct job_claimer who = { .engine = q->id, .queues = queues };
	struct job_claims got;
	struct err err = { 0 };

	OK(job_claim(q->mem, q->engine, &who, 500, &got, &err));
	assert_int_equal(got.n, n);
	return got;
}

/* So many jobs of a queue, with a body of their own each; their numbers follow each other. */
static int64_t add(struct queuetemp *q, const char *queue, int n)
{
	struct job_request in = { .kind = "load", .queue = queue };
	struct err err = { 0 };
	const char *body[500];
	int64_t job[500];

	for (int i = 0; i < n; i++)
		body[i] = arena_printf(q->mem, "{\"queue\": \"%s\", \"n\": %d}", queue, i);
	OK(job_add_many(q->app, &in, body, n, job, &err));
	return job[0];
}

static void expect_body(const struct job_claimed *c, int64_t job, const char *queue, int n)
{
	char body[100];

	snprintf(body, sizeof(body), "{\"n\": %d, \"queue\": \"%s\"}", n, queue);
	assert_int_equal(c->lease.job, job);
	assert_string_equal(c->body, body);
}

/* Bodies that stand together are read together, others one by one: each gets its own. */
static void every_job_gets_its_body(void **state)
{
	struct queuetemp *q = *state;
	int64_t first = add(q, "a", 1), others = add(q, "b", 300), last = add(q, "a", 2);
	struct job_claims got = claim_of(q, "{a}", 3);

	expect_body(&got.c[0], first, "a", 0);
	expect_body(&got.c[1], last, "a", 0);
	expect_body(&got.c[2], last + 1, "a", 1);
	got = claim_of(q, "{b}", 300);
	for (int i = 0; i < 300; i++)
		expect_body(&got.c[i], others + i, "b", i);
	first = add(q, "a", 20);
	others = add(q, "b", 20);
	got = claim_of(q, NULL, 40);	/* two lanes, whose jobs were added together */
	for (int i = 0; i < 40; i++) {
		int64_t job = got.c[i].lease.job;

		if (job < others)
			expect_body(&got.c[i], job, "a", (int)(job - first));
		else
			expect_body(&got.c[i], job, "b", (int)(job - others));
	}
}

/* Lanes, run numbers and gaps between, told in any order: each ends with its own result. */
static void many_end_wherever_they_stand(void **state)
{
	struct queuetemp *q = *state;
	struct job_lease l[200];
	const char *results[200];
	struct err err = { 0 };
	struct job_claims got;
	int64_t held;
	int n = 0;

	add(q, "a", 2);
	add(q, "idle", 80);
	claim_of(q, "{a}", 2);
	assert_int_equal(queuetemp_lose(q), 2);	/* their next run is the second one */
	for (int i = 0; i < 30; i++) {
		add(q, "a", 1);
		add(q, "b", 2);
	}
	got = claim_of(q, "{a,b}", 92);
	for (int i = got.n - 1; i >= 0; i--) {
		l[n] = got.c[i].lease;
		results[n] = i % 3 == 0 ? NULL : arena_printf(q->mem, "{\"job\": %lld}",
							      (long long)l[n].job);
		n++;
	}
	OK(job_finish(q->engine, l, results, n, &held, &err));
	assert_int_equal(held, n);
	for (int i = 0; i < n; i++) {
		struct job_row row = queuetemp_get(q, l[i].job);

		assert_int_equal(row.state, JOB_SUCCEEDED);
		assert_int_equal(row.run, l[i].run);
		if (results[i] == NULL)
			assert_null(row.result);
		else
			assert_string_equal(row.result, results[i]);
	}
}

/* So many lanes that hardly two jobs stand together; one is somebody else's by now. */
static void many_end_each_by_its_key(void **state)
{
	struct queuetemp *q = *state;
	struct job_lease l[60];
	const char *results[60];
	struct err err = { 0 };
	struct job_claims got;
	int64_t held;

	for (int i = 0; i < 60; i++)
		add(q, arena_printf(q->mem, "q%d", i % 30), 1);
	got = claim_of(q, NULL, 60);
	for (int i = 0; i < 60; i++) {
		l[i] = got.c[i].lease;
		results[i] = arena_printf(q->mem, "{\"job\": %lld}", (long long)l[i].job);
	}
	l[7].run--;
	OK(job_finish(q->engine, l, results, 60, &held, &err));
	assert_int_equal(held, 59);
	for (int i = 0; i < 60; i++) {
		struct job_row row = queuetemp_get(q, l[i].job);

		assert_int_equal(row.state, i == 7 ? JOB_RUNNING : JOB_SUCCEEDED);
		if (i != 7)
			assert_string_equal(row.result, results[i]);
	}
}

static struct job_claims turn(struct queuetemp *q, const struct job_claims *ends, int max)
{
	struct job_lease l[10];
	struct job_turn in = { .max = max, .lease = l };
	struct job_claims got;
	struct err err = { 0 };
	int64_t held;

	for (; ends != NULL && in.n < ends->n; in.n++)
		l[in.n] = ends->c[in.n].lease;
	OK(job_turn(q->mem, q->engine, &q->who, &in, &got, &held, &err));
	assert_int_equal(held, in.n);
	assert_int_equal(got.wait_ms, -1);
	return got;
}

static void a_turn_ends_and_claims_at_once(void **state)
{
	struct queuetemp *q = *state;
	struct job_claims got;

	got = turn(q, NULL, 3);
	assert_int_equal(got.n, 0);
	for (int i = 0; i < 5; i++)
		queuetemp_add(q, 0, 1);
	got = turn(q, NULL, 3);
	assert_int_equal(got.n, 3);
	got = turn(q, &got, 3);
	assert_int_equal(got.n, 2);
	assert_int_equal(metatemp_number(q->super,
		"select count(distinct x) from (select xmin::text as x from leat.done "
		"union select xmin::text from leat.run) y"), 1);
	got = turn(q, &got, 3);
	assert_int_equal(got.n, 0);
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.done"), 5);
}

/* The place that an end leaves is there for the claim of the same turn, and no more than it. */
static void a_turn_keeps_limits(void **state)
{
	struct queuetemp *q = *state;
	struct job_claims got;

	metatemp_run(q->app, "insert into leat.job_limit (scope, name, max_running) "
			     "values ('connection', 'files', 2)");
	for (int i = 0; i < 5; i++)
		queuetemp_add(q, 0, 1);
	for (int i = 0; i < 3; i++) {
		got = turn(q, i > 0 ? &got : NULL, 4);
		assert_int_equal(got.n, i < 2 ? 2 : 1);
		assert_string_equal(queuetemp_faults(q), "none");
	}
	assert_int_equal(turn(q, NULL, 4).n, 0);
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.run"), 1);
}

static void a_turn_of_the_buried_does_nothing(void **state)
{
	struct queuetemp *q = *state;
	struct job_turn in = { .n = 1, .max = 1 };
	struct job_claims got;
	struct job_lease l;
	struct err err = { 0 };
	int64_t held;

	l = queuetemp_claim(q, queuetemp_add(q, 0, 1)).lease;
	queuetemp_add(q, 0, 1);
	in.lease = &l;
	metatemp_run(q->super, "update leat.engine set stopped_at = now()");
	assert_int_equal(job_turn(q->mem, q->engine, &q->who, &in, &got, &held, &err), ERR_FENCED);
	assert_int_equal(got.n, 0);
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.done"), 0);
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.run"), 1);
	metatemp_run(q->super, "update leat.engine set stopped_at = null");
	OK(job_turn(q->mem, q->engine, &q->who, &in, &got, &held, &err));
	assert_int_equal(held, 1);
	assert_int_equal(got.n, 1);
}

static void expect_next(struct queuetemp *q, struct job_claims *got, int64_t job)
{
	struct err err = { 0 };

	OK(job_claim(q->mem, q->engine, &q->who, 10, got, &err));
	assert_int_equal(got->n, job != 0);
	if (job != 0)
		assert_int_equal(got->c[0].lease.job, job);
}

/* What has lost two engines may be what kills them: no other suspect dies with it. */
static void suspects_run_apart(void **state)
{
	struct queuetemp *q = *state;
	struct job_claims a, b, other;

	for (int limited = 0; limited < 2; limited++) {
		int64_t once = queuetemp_add(q, 0, 1), fresh = queuetemp_add(q, 0, 1);
		int64_t twice = queuetemp_add(q, 0, 1), more = queuetemp_add(q, 0, 1);

		if (limited == 1)
			metatemp_run(q->super, "insert into leat.job_limit (org_id, scope, name,"
				     " max_running) select org_id, 'connection', 'files', 9 from"
				     " leat.organization");
		metatemp_run(q->super, arena_printf(q->mem,
			"update leat.ready set lost = case job_id when %lld then 1 when %lld then 0"
			" else 2 end", (long long)once, (long long)fresh));
		expect_next(q, &a, twice);
		expect_next(q, &other, fresh);
		expect_next(q, &b, 0);
		queuetemp_finish(q, &a);
		expect_next(q, &a, more);
		expect_next(q, &b, 0);
		queuetemp_finish(q, &a);
		expect_next(q, &b, once);
		/* Nor does it begin beside one that has lost an engine. */
		twice = queuetemp_add(q, 0, 1);
		metatemp_run(q->super, "update leat.ready set lost = 2");
		expect_next(q, &a, 0);
		queuetemp_finish(q, &b);
		expect_next(q, &a, twice);
		queuetemp_finish(q, &a);
		queuetemp_finish(q, &other);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_job_gets_its_body),
		T(many_end_wherever_they_stand),
		T(many_end_each_by_its_key),
		T(a_turn_ends_and_claims_at_once),
		T(a_turn_keeps_limits),
		T(a_turn_of_the_buried_does_nothing),
		T(suspects_run_apart),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

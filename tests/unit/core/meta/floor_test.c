/*
 * tests/unit/core/meta/floor_test.c
 *	Looks at a lane begin behind what has left it, and miss nothing that is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/queuetemp.h"

#define T(f) cmocka_unit_test_setup_teardown(f, queuetemp_up, queuetemp_down)
#define MANY 10000

/* So many jobs at once; the first one's number. */
static int64_t add(struct db *app, int n)
{
	static const char *body[MANY];
	static int64_t job[MANY];
	struct job_request in = { .kind = "load" };
	struct err err = { 0 };

	for (int i = 0; i < n; i++)
		body[i] = queuetemp_body;
	OK(job_add_many(app, &in, body, n, job, &err));
	return job[0];
}

static int64_t floor_of(struct queuetemp *q)
{
	return metatemp_number(q->super, "select floor from leat.lane");
}

/* Claims until nothing is left, a second for each claim; what comes ends well. How many. */
static int drain(struct queuetemp *q, struct job_claimer *who, int max)
{
	struct job_claims got;
	struct err err = { 0 };
	int n = 0;

	do {
		metatemp_run(q->super, "update leat.lane set raised_at = 'epoch'");
		OK(job_claim(q->mem, q->engine, who, max, &got, &err));
		if (got.n > 0)
			queuetemp_finish(q, &got);
		n += got.n;
	} while (got.n > 0);
	return n;
}

/* How many entries of its index a claim by an engine that knows nothing meets. */
static int64_t entries_read(struct queuetemp *q, int n)
{
	static const char sql[] = "select sum(idx_tup_read) from pg_stat_user_indexes "
				  "where schemaname = 'leat' and relname = 'ready'";
	static const char flush[] = "select pg_stat_force_next_flush()";
	struct job_claimer who = { .engine = q->id };
	struct job_claims got;
	struct err err = { 0 };
	int64_t before;

	metatemp_run(q->engine, flush);
	before = metatemp_number(q->super, sql);
	OK(job_claim(q->mem, q->engine, &who, n, &got, &err));
	assert_int_equal(got.n, n);
	metatemp_run(q->engine, flush);
	queuetemp_finish(q, &got);
	metatemp_run(q->super, "select pg_stat_clear_snapshot()");
	return metatemp_number(q->super, sql) - before;
}

static void a_new_engine_passes_over_dead_rows(void **state)
{
	struct queuetemp *q = *state;
	struct db *reader = metatemp_super(q->conninfo);
	int64_t meets;

	metatemp_run(reader, "begin isolation level repeatable read");
	metatemp_run(reader, "select count(*) from leat.ready");
	add(q->app, MANY);
	assert_int_equal(drain(q, &q->who, 1000), MANY);
	add(q->app, 20);
	meets = entries_read(q, 10);
	if (meets > MANY / 4)
		fail_msg("a claim of 10 read %lld entries", (long long)meets);
	/* So it counts what is meant. */
	metatemp_run(q->super, "update leat.lane set floor = 0");
	assert_true(entries_read(q, 10) > MANY);
	db_close(reader);
}

/* Once a second at most, for each version of a lane stays as long as the snapshot. */
static void a_floor_is_raised_now_and_then(void **state)
{
	struct queuetemp *q = *state;
	struct job_claims got;
	struct err err = { 0 };

	add(q->app, MANY);
	metatemp_run(q->super, "update leat.lane set raised_at = now() + interval '1 hour'");
	for (int i = 0; i < 4; i++) {
		OK(job_claim(q->mem, q->engine, &q->who, 1000, &got, &err));
		queuetemp_finish(q, &got);
	}
	assert_int_equal(floor_of(q), 0);
	metatemp_run(q->super, "update leat.lane set raised_at = now() - interval '2 s'");
	for (int i = 0; i < 4; i++) {
		OK(job_claim(q->mem, q->engine, &q->who, 1000, &got, &err));
		queuetemp_finish(q, &got);
	}
	assert_in_range(floor_of(q), 4001, 8001);
	drain(q, &q->who, 1000);
}

/* ---- what comes in below it ------------------------------------------------------ */

struct below {
	int64_t handed, due, early, resumed, retried, child;
};

/* Jobs that are somewhere else, with the smallest numbers of all. */
static struct below put_aside(struct queuetemp *q, struct job_claimed *handed,
			      struct job_claimed *parent)
{
	struct job_request later = { .delay_ms = 3600000 }, plain = { 0 }, child = { 0 };
	struct below b = { .handed = queuetemp_add_as(q, &plain) };
	struct job_claimed c;
	struct err err = { 0 };
	enum job_state st;
	int64_t first;

	*handed = queuetemp_claim(q, b.handed);
	b.due = queuetemp_add_as(q, &later);
	b.early = queuetemp_add_as(q, &later);
	b.resumed = queuetemp_add_as(q, &plain);
	OK(job_pause(q->app, b.resumed, &st, &err));
	b.retried = queuetemp_add_as(q, &plain);
	c = queuetemp_claim(q, b.retried);
	queuetemp_fail(q, &c.lease);
	first = queuetemp_add_as(q, &plain);
	child = (struct job_request){ .parents = &first, .nparents = 1 };
	b.child = queuetemp_add_as(q, &child);
	*parent = queuetemp_claim(q, first);
	return b;
}

/* That job is the next one of somebody who knows nothing, or has claimed all the time. */
static void expect_next(struct queuetemp *q, bool is_new, int64_t job)
{
	struct job_claimer fresh = { .engine = q->id }, *who = is_new ? &fresh : &q->who;
	struct job_claims got;
	struct err err = { 0 };

	who->engine = q->id;
	assert_true(job < floor_of(q));
	OK(job_claim(q->mem, q->engine, who, 1, &got, &err));
	if (got.n == 0)	/* one that knew where to look: from now on everywhere */
		OK(job_claim(q->mem, q->engine, who, 1, &got, &err));
	assert_int_equal(got.n, 1);
	assert_int_equal(got.c[0].lease.job, job);
	queuetemp_finish(q, &got);
}

static void what_comes_back_is_found(void **state)
{
	struct queuetemp *q = *state;

	for (int is_new = 0; is_new < 2; is_new++) {
		struct job_claimed handed, parent;
		struct below b = put_aside(q, &handed, &parent);
		struct err err = { 0 };
		int64_t ms;

		add(q->app, 5000);
		assert_int_equal(drain(q, &q->who, 500), 5000);
		OK(job_hand_back(q->engine, &handed.lease, JOB_TRACE_NONE, &err));
		expect_next(q, is_new, b.handed);
		metatemp_run(q->super, arena_printf(q->mem, "update leat.scheduled set run_after "
			     "= now() where job_id = %lld", (long long)b.due));
		OK(job_promote(q->engine, &ms, &err));
		expect_next(q, is_new, b.due);
		assert_int_equal(queuetemp_claim(q, b.early).lease.job, b.early);
		assert_int_equal(queuetemp_lose(q), 2);	/* and the parent */
		expect_next(q, is_new, b.early);
		OK(job_resume(q->app, b.resumed, &err));
		expect_next(q, is_new, b.resumed);
		OK(job_retry(q->app, b.retried, true, &err));
		expect_next(q, is_new, b.retried);
		expect_next(q, is_new, parent.lease.job);
		expect_next(q, is_new, b.child);
	}
}

/* What comes back and what was just added go by number, in one lane and in several. */
static void a_lane_still_goes_by_number(void **state)
{
	struct queuetemp *q = *state;
	struct job_request later = { .delay_ms = 3600000 }, other = { .queue = "other" };
	struct job_claimer who = { .engine = q->id };
	int64_t job[6], ms;
	struct job_claims got;
	struct err err = { 0 };

	for (int i = 0; i < 6; i++)
		job[i] = i % 2 == 0 ? queuetemp_add(q, 0, 1) : queuetemp_add_as(q, &later);
	metatemp_run(q->super, "update leat.scheduled set run_after = now()");
	OK(job_promote(q->engine, &ms, &err));
	OK(job_claim(q->mem, q->engine, &who, 2, &got, &err));
	assert_int_equal(got.n, 2);
	assert_int_equal(got.c[0].lease.job, job[0]);
	assert_int_equal(got.c[1].lease.job, job[1]);
	queuetemp_add_as(q, &other);
	who.nhints = 0;
	OK(job_claim(q->mem, q->engine, &who, 4, &got, &err));
	assert_int_equal(got.n, 4);
	for (int i = 0, n = 2; i < 4; i++) {
		if (got.c[i].lease.job < job[5])
			assert_int_equal(got.c[i].lease.job, job[n++]);
	}
}

/* ---- what is committed late ------------------------------------------------------- */

static void who_adds_for_long_is_waited_for(void **state)
{
	struct queuetemp *q = *state;
	struct db *slow = metatemp_open(q->conninfo, META_APP, NULL, NULL);
	struct db *late = metatemp_open(q->conninfo, META_APP, NULL, NULL);
	struct job_claimer who = { .engine = q->id };
	struct err err = { 0 };
	int64_t first, second;

	add(q->app, 1);
	assert_int_equal(drain(q, &q->who, 10), 1);
	OK(db_begin(slow, &err));
	first = add(slow, 1);
	add(q->app, 5000);
	assert_int_equal(drain(q, &q->who, 500), 5000);
	assert_true(floor_of(q) <= first);
	/* Another one begins before the first has ended: there is always one. */
	OK(db_begin(late, &err));
	second = add(late, 1);
	OK(db_commit(slow, &err));
	assert_int_equal(drain(q, &who, 1), 1);
	add(q->app, 5000);
	assert_int_equal(drain(q, &q->who, 500), 5000);
	assert_in_range(floor_of(q), first + 1, second);
	OK(db_commit(late, &err));
	who = (struct job_claimer){ .engine = q->id };
	assert_int_equal(drain(q, &who, 500), 1);
	add(q->app, 5000);
	assert_int_equal(drain(q, &q->who, 500), 5000);
	assert_true(floor_of(q) > second + 5000);
	db_close(slow);
	db_close(late);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_new_engine_passes_over_dead_rows),
		T(a_floor_is_raised_now_and_then),
		T(what_comes_back_is_found),
		T(a_lane_still_goes_by_number),
		T(who_adds_for_long_is_waited_for),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

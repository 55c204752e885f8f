/*
 * tests/unit/core/meta/race_test.c
 *	Two at the same job, or at jobs that have to do with each other, in each order.
 *
 * The first leaves its transaction open; the second waits for it in a thread,
 * seen to wait by the server; then the first commits.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/lib/queuetemp.h"

#define T(f) cmocka_unit_test_setup_teardown(f, queuetemp_up, queuetemp_down)
#define LOOKS 500

static void nap_ms(int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

static int64_t count(struct queuetemp *q, const char *sql)
{
	struct db_result *res = NULL;
	struct err err = { 0 };
	int64_t n;

	OK(db_query(q->super, sql, NULL, 0, &res, &err));
	n = db_result_int8(res, 0, "n");
	db_result_free(res);
	return n;
}

/* Ends well in a thread of its own. */
struct finisher {
	pthread_t thread;
	struct db *db;
	struct job_lease lease;
	int64_t held;
	enum err_code rc;
};

static void *finish(void *arg)
{
	struct finisher *f = arg;
	struct err err = { 0 };

	f->rc = job_finish(f->db, &f->lease, NULL, 1, &f->held, &err);
	return NULL;
}

static void finish_behind(struct queuetemp *q, struct finisher *f, const struct job_lease *l)
{
	int64_t n = 0;

	*f = (struct finisher){ .lease = *l };
	f->db = metatemp_open(q->conninfo, META_ENGINE, NULL, NULL);
	assert_int_equal(pthread_create(&f->thread, NULL, finish, f), 0);
	for (int i = 0; i < LOOKS && n == 0; i++) {
		n = count(q, "select count(*) as n from pg_stat_activity"
			     " where wait_event_type = 'Lock' and query like '%job_finish%'");
		if (n == 0)
			nap_ms(10);
	}
	assert_int_equal(n, 1);
}

static void expect_finished(struct finisher *f)
{
	assert_int_equal(pthread_join(f->thread, NULL), 0);
	assert_int_equal(f->rc, ERR_OK);
	assert_int_equal(f->held, 1);
	db_close(f->db);
}

static int64_t add_child(struct queuetemp *q, const int64_t *parents, int n)
{
	struct job_request in = { .parents = parents, .nparents = n };

	return queuetemp_add_as(q, &in);
}

static void two_parents_end_at_once(void **state)
{
	struct queuetemp *q = *state;
	int64_t parent[2] = { queuetemp_add(q, 0, 1), queuetemp_add(q, 0, 1) };
	int64_t child = add_child(q, parent, 2);
	struct job_claimed one = queuetemp_claim(q, parent[0]), two = queuetemp_claim(q, parent[1]);
	struct finisher f;
	struct err err = { 0 };
	int64_t held;

	OK(db_begin(q->engine, &err));
	OK(job_finish(q->engine, &one.lease, NULL, 1, &held, &err));
	finish_behind(q, &f, &two.lease);
	OK(db_commit(q->engine, &err));
	expect_finished(&f);
	queuetemp_expect(q, child, JOB_QUEUED);
}

static void a_child_is_paused_while_its_parent_ends(void **state)
{
	struct queuetemp *q = *state;
	int64_t parent = queuetemp_add(q, 0, 1), child = add_child(q, &parent, 1);
	struct job_claimed c = queuetemp_claim(q, parent);
	enum job_state st;
	struct finisher f;
	struct err err = { 0 };

	OK(db_begin(q->app, &err));
	OK(job_pause(q->app, child, &st, &err));
	finish_behind(q, &f, &c.lease);
	OK(db_commit(q->app, &err));
	expect_finished(&f);
	queuetemp_expect(q, child, JOB_PAUSED);
	OK(job_resume(q->app, child, &err));
	queuetemp_expect(q, child, JOB_QUEUED);
}

static void expect_armed(struct queuetemp *q, bool wanted)
{
	struct err err = { 0 };
	bool armed;

	OK(job_arm(q->engine, NULL, &armed, &err));
	assert_int_equal(armed, wanted);
}

/* Whoever finds a job in somebody's hands must not sleep: it may be put back in silence. */
static void nobody_sleeps_while_a_job_is_moved(void **state)
{
	struct queuetemp *q = *state;
	struct job_claimer other = { 0 };
	struct db *life = queuetemp_engine(q, "e2", &other.engine);
	struct db *db = metatemp_open(q->conninfo, META_ENGINE, NULL, NULL);
	struct job_claims got;
	enum job_state st;
	struct err err = { 0 };

	queuetemp_add(q, 0, 1);
	OK(db_begin(q->app, &err));
	OK(job_cancel(q->app, 1, &st, &err));
	OK(job_claim(q->mem, q->engine, &q->who, 1, &got, &err));
	assert_int_equal(got.n, 0);
	expect_armed(q, false);
	db_rollback(q->app);
	expect_armed(q, true);

	OK(db_begin(db, &err));
	OK(job_claim(q->mem, db, &other, 1, &got, &err));
	assert_int_equal(got.n, 1);
	OK(job_claim(q->mem, q->engine, &q->who, 1, &got, &err));
	assert_int_equal(got.n, 0);
	expect_armed(q, false);
	db_rollback(db);
	expect_armed(q, true);
	db_close(db);
	db_close(life);
}

/* One that was stopped for too long does not know yet, and asks for more. */
static void the_buried_claim_nothing(void **state)
{
	struct queuetemp *q = *state;
	int64_t job = queuetemp_add(q, 0, 1);
	struct db *own = metatemp_open(q->conninfo, META_ENGINE, NULL, NULL);
	struct job_claims got;
	struct job_claimed one;
	struct err err = { 0 };
	int jobs;

	metatemp_run(q->super, "update leat.engine set lease_until = now() - interval '1 s'");
	OK(engine_row_bury(own, q->id, &jobs, &err));
	assert_int_equal(jobs, 0);
	assert_int_equal(job_claim(q->mem, q->engine, &q->who, 1, &got, &err), ERR_FENCED);
	err_clear(&err);
	assert_int_equal(job_claim_one(q->mem, q->engine, q->id, q->org, job, &one, &err),
			 ERR_FENCED);
	err_clear(&err);
	assert_int_equal(engine_row_rest(q->life, q->id, &err), ERR_FENCED);
	err_clear(&err);
	OK(engine_row_unlock(q->life, q->id, &err));
	db_close(own);
	queuetemp_expect(q, job, JOB_QUEUED);
}

/* A claim on its way shows in the books, or the burial is over first. */
static void a_burial_passes_no_claim(void **state)
{
	struct queuetemp *q = *state;
	int64_t job = queuetemp_add(q, 0, 1);
	struct db *own = metatemp_open(q->conninfo, META_ENGINE, NULL, NULL);
	struct job_claims got;
	struct err err = { 0 };
	int jobs;

	metatemp_run(q->super, "update leat.engine set lease_until = now() - interval '1 s'");
	OK(db_begin(q->engine, &err));
	OK(job_claim(q->mem, q->engine, &q->who, 1, &got, &err));
	assert_int_equal(got.n, 1);
	OK(engine_row_bury(own, q->id, &jobs, &err));
	assert_int_equal(jobs, -1);
	OK(db_commit(q->engine, &err));
	OK(engine_row_bury(own, q->id, &jobs, &err));
	assert_int_equal(jobs, 1);
	db_close(own);
	queuetemp_expect(q, job, JOB_QUEUED);
}

static void what_a_lost_answer_took_goes_back(void **state)
{
	struct queuetemp *q = *state;
	int64_t known = queuetemp_add(q, 0, 1), lost = queuetemp_add(q, 0, 1);
	struct job_claimed c = queuetemp_claim(q, known);
	struct job_row row;
	struct err err = { 0 };
	int jobs;

	queuetemp_claim(q, lost);
	OK(engine_row_strays(q->engine, q->id, &known, 1, &jobs, &err));
	assert_int_equal(jobs, 1);
	row = queuetemp_get(q, lost);
	assert_int_equal(row.state, JOB_QUEUED);
	assert_int_equal(row.attempt, 0);
	queuetemp_expect(q, known, JOB_RUNNING);
	OK(engine_row_strays(q->engine, q->id, &known, 1, &jobs, &err));
	assert_int_equal(jobs, 0);
	queuetemp_settle(q, &c.lease);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(two_parents_end_at_once),
		T(a_child_is_paused_while_its_parent_ends),
		T(nobody_sleeps_while_a_job_is_moved),
		T(the_buried_claim_nothing),
		T(a_burial_passes_no_claim),
		T(what_a_lost_answer_took_goes_back),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

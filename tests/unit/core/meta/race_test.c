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

/* What the second one does, in a session and a thread of its own. */
struct second {
	pthread_t thread;
	struct db *db;
	enum err_code (*act)(struct second *s, struct err *err);
	struct job_lease lease;
	const struct job_request *in;
	int64_t job;		/* to act on, or that was made */
	bool is_new;
	enum err_code rc;
};

static void *act(void *arg)
{
	struct second *s = arg;
	struct err err = { 0 };

	s->rc = s->act(s, &err);
	return NULL;
}

static enum err_code finish(struct second *s, struct err *err)
{
	int64_t held = 0;
	enum err_code rc = job_finish(s->db, &s->lease, NULL, 1, &held, err);

	return rc == ERR_OK && held != 1 ? ERR_FENCED : rc;
}

static enum err_code clear(struct second *s, struct err *err)
{
	return job_clear_found(s->db, &s->lease, err);
}

static enum err_code settle_found(struct second *s, struct err *err)
{
	struct job_done d = { .committed_run = s->lease.run };

	return job_settle_found(s->db, &s->lease, &d, err);
}

static enum err_code resume(struct second *s, struct err *err)
{
	return job_resume(s->db, s->job, err);
}

static enum err_code add(struct second *s, struct err *err)
{
	return job_add(s->db, s->in, &s->job, &s->is_new, err);
}

/* Begins behind the first one's open transaction, and is seen to wait for it. */
static void begin_behind(struct queuetemp *q, struct second *s, enum meta_role role)
{
	int64_t n = 0;

	s->db = metatemp_open(q->conninfo, role, NULL, NULL);
	assert_int_equal(pthread_create(&s->thread, NULL, act, s), 0);
	for (int i = 0; i < LOOKS && n == 0; i++) {
		n = count(q, "select count(*) as n from pg_stat_activity"
			     " where wait_event_type = 'Lock'");
		if (n == 0)
			nap_ms(10);
	}
	assert_int_equal(n, 1);
}

static void expect_done(struct second *s)
{
	assert_int_equal(pthread_join(s->thread, NULL), 0);
	assert_int_equal(s->rc, ERR_OK);
	db_close(s->db);
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
	struct second f = { .act = finish, .lease = two.lease };
	struct err err = { 0 };
	int64_t held;

	OK(db_begin(q->engine, &err));
	OK(job_finish(q->engine, &one.lease, NULL, 1, &held, &err));
	begin_behind(q, &f, META_ENGINE);
	OK(db_commit(q->engine, &err));
	expect_done(&f);
	queuetemp_expect(q, child, JOB_QUEUED);
}

static void a_child_is_paused_while_its_parent_ends(void **state)
{
	struct queuetemp *q = *state;
	int64_t parent = queuetemp_add(q, 0, 1), child = add_child(q, &parent, 1);
	struct job_claimed c = queuetemp_claim(q, parent);
	struct second f = { .act = finish, .lease = c.lease };
	enum job_state st;
	struct err err = { 0 };

	OK(db_begin(q->app, &err));
	OK(job_pause(q->app, child, &st, &err));
	begin_behind(q, &f, META_ENGINE);
	OK(db_commit(q->app, &err));
	expect_done(&f);
	queuetemp_expect(q, child, JOB_PAUSED);
	OK(job_resume(q->app, child, &err));
	queuetemp_expect(q, child, JOB_QUEUED);
}

static void a_child_is_added_while_its_parent_is_retried(void **state)
{
	struct queuetemp *q = *state;
	int64_t parent = queuetemp_add(q, 0, 1);
	struct job_claimed c = queuetemp_claim(q, parent);
	struct job_request in = { .kind = "load", .body = queuetemp_body, .parents = &parent,
				  .nparents = 1, .on_fail = JOB_ON_FAIL_WAIT };
	struct second s = { .act = add, .in = &in };
	struct err err = { 0 };

	queuetemp_fail(q, &c.lease);
	OK(db_begin(q->app, &err));
	OK(job_retry(q->app, parent, true, &err));
	begin_behind(q, &s, META_APP);
	OK(db_commit(q->app, &err));
	expect_done(&s);
	queuetemp_expect(q, s.job, JOB_WAITING);
	c = queuetemp_claim(q, parent);
	queuetemp_settle(q, &c.lease);
	queuetemp_expect(q, s.job, JOB_QUEUED);
}

/* To pause what is paused moves it, too: whoever resumes it meanwhile still finds it. */
static void a_job_is_resumed_while_it_is_paused_again(void **state)
{
	struct queuetemp *q = *state;
	struct second s = { .act = resume, .job = queuetemp_add(q, 0, 1) };
	enum job_state st;
	struct err err = { 0 };

	OK(job_pause(q->app, s.job, &st, &err));
	OK(db_begin(q->app, &err));
	OK(job_pause(q->app, s.job, &st, &err));
	begin_behind(q, &s, META_APP);
	OK(db_commit(q->app, &err));
	expect_done(&s);
	queuetemp_expect(q, s.job, JOB_QUEUED);
}

static void a_job_is_cleared_while_it_is_paused(void **state)
{
	struct queuetemp *q = *state;
	int64_t job = queuetemp_add(q, 0, 1);
	struct job_claimed c = queuetemp_claim(q, job);
	struct second s = { .act = clear, .lease = c.lease };
	enum job_state st;
	struct err err = { 0 };

	OK(job_hand_back(q->engine, &c.lease, JOB_TRACE_UNSURE, &err));
	OK(db_begin(q->app, &err));
	OK(job_pause(q->app, job, &st, &err));
	begin_behind(q, &s, META_ENGINE);
	OK(db_commit(q->app, &err));
	expect_done(&s);
	queuetemp_expect(q, job, JOB_PAUSED);
	assert_int_equal(count(q, "select count(*) as n from leat.waiting where is_unsure"), 0);
}

static void a_job_is_settled_while_it_is_retried(void **state)
{
	struct queuetemp *q = *state;
	int64_t job = queuetemp_add(q, 0, 1);
	struct job_claimed c = queuetemp_claim(q, job);
	struct second s = { .act = settle_found, .lease = c.lease };
	struct job_left left = { .trace = JOB_TRACE_UNSURE };
	struct err why = { 0 }, err = { 0 };

	err_set(&why, ERR_INPUT, "it went wrong");
	OK(job_fail(q->engine, &c.lease, &why, &left, NULL, &err));
	OK(db_begin(q->app, &err));
	OK(job_retry(q->app, job, true, &err));
	begin_behind(q, &s, META_ENGINE);
	OK(db_commit(q->app, &err));
	expect_done(&s);
	queuetemp_expect(q, job, JOB_SUCCEEDED);
}

/* Nobody is told of a job that ended unseen while it was to be replaced. */
static void a_job_is_cancelled_while_it_is_replaced(void **state)
{
	struct queuetemp *q = *state;
	struct job_request in = { .kind = "load", .body = queuetemp_body, .key = "k",
				  .on_clash = JOB_CLASH_REPLACE };
	int64_t old = queuetemp_add_as(q, &in);
	struct second s = { .act = add, .in = &in };
	enum job_state st;
	struct err err = { 0 };

	OK(db_begin(q->app, &err));
	OK(job_pause(q->app, old, &st, &err));
	begin_behind(q, &s, META_APP);
	OK(job_cancel(q->app, old, &st, &err));
	OK(db_commit(q->app, &err));
	expect_done(&s);
	assert_true(s.is_new);
	queuetemp_expect(q, old, JOB_CANCELLED);
	queuetemp_expect(q, s.job, JOB_QUEUED);
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
	int jobs, left;

	metatemp_run(q->super, "update leat.engine set lease_until = now() - interval '1 s'");
	OK(engine_row_bury(own, q->id, &jobs, &left, &err));
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
	int jobs, left;

	metatemp_run(q->super, "update leat.engine set lease_until = now() - interval '1 s'");
	OK(db_begin(q->engine, &err));
	OK(job_claim(q->mem, q->engine, &q->who, 1, &got, &err));
	assert_int_equal(got.n, 1);
	OK(engine_row_bury(own, q->id, &jobs, &left, &err));
	assert_int_equal(jobs, -1);
	OK(db_commit(q->engine, &err));
	OK(engine_row_bury(own, q->id, &jobs, &left, &err));
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
		T(a_child_is_added_while_its_parent_is_retried),
		T(a_job_is_resumed_while_it_is_paused_again),
		T(a_job_is_cleared_while_it_is_paused),
		T(a_job_is_settled_while_it_is_retried),
		T(a_job_is_cancelled_while_it_is_replaced),
		T(nobody_sleeps_while_a_job_is_moved),
		T(the_buried_claim_nothing),
		T(a_burial_passes_no_claim),
		T(what_a_lost_answer_took_goes_back),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

/*
 * tests/unit/core/meta/engine_row_test.c
 *	Who lives, who is dead, and what the dead have left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/lib/queuetemp.h"

static int bury(struct queuetemp *q, int id)
{
	struct err err = { 0 };
	int jobs, left;

	OK(engine_row_bury(q->engine, id, &jobs, &left, &err));
	return jobs;
}

/* Once its session is gone; the server needs a moment to notice. */
static int bury_dead(struct queuetemp *q, int id)
{
	struct timespec nap = { .tv_nsec = 10000000 };
	int jobs = -1;

	for (int i = 0; i < 500 && jobs < 0; i++) {
		jobs = bury(q, id);
		if (jobs < 0)
			nanosleep(&nap, NULL);
	}
	return jobs;
}

static enum err_code beat(struct queuetemp *q, int id, int lease_ms, bool *drain)
{
	struct err err = { 0 };

	return engine_row_beat(q->engine, id, lease_ms, NULL, 0, drain, &err);
}

static void the_living_are_not_buried(void **state)
{
	struct queuetemp *q = *state;
	struct job_claimed c = queuetemp_claim(q, queuetemp_add(q, 0, 1));
	bool drain;

	assert_int_equal(bury(q, q->id), -1);	/* runs something, has not beaten yet */
	assert_int_equal(beat(q, q->id, 60000, &drain), ERR_OK);
	assert_int_equal(bury(q, q->id), -1);
	assert_int_equal(bury(q, 999), -1);
	queuetemp_settle(q, &c.lease);
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.engine "
					 "where stopped_at is not null"), 0);
}

/* Its session is there, but nobody has heard of it: the machine cannot be reached. */
static void a_lease_runs_out(void **state)
{
	struct queuetemp *q = *state;
	int64_t job = queuetemp_add(q, 0, 1);
	struct job_claimed c = queuetemp_claim(q, job);
	struct engine_others others;
	struct err err = { 0 };
	bool drain;

	assert_int_equal(beat(q, q->id, -1000, &drain), ERR_OK);
	OK(engine_row_others(q->mem, q->engine, 0, &others, &err));
	assert_int_equal(others.n, 1);
	assert_int_equal(others.e[0].id, q->id);
	assert_true(others.e[0].lease_ms < 0);
	assert_false(others.e[0].is_gone);
	assert_int_equal(bury(q, q->id), 1);
	assert_int_equal(bury(q, q->id), -1);	/* once */
	queuetemp_expect(q, job, JOB_QUEUED);
	assert_int_equal(queuetemp_get(q, job).lost, 1);
	/* It comes back, and learns that it was given up. */
	assert_int_equal(beat(q, q->id, 5000, &drain), ERR_FENCED);
	assert_int_equal(engine_row_lock(q->life, q->id, &err), ERR_FENCED);
	err_clear(&err);
	assert_int_equal(job_hand_back(q->engine, &c.lease, JOB_TRACE_NONE, &err), ERR_FENCED);
}

static void the_dead_leave_their_jobs(void **state)
{
	struct queuetemp *q = *state;
	struct engine_others others;
	struct err err = { 0 };
	struct job_claimer who = { 0 };
	struct job_claims got;
	struct db *life = queuetemp_engine(q, "e2", &who.engine);
	int64_t mine = queuetemp_add(q, 0, 1), theirs[2];

	queuetemp_claim(q, mine);
	for (int i = 0; i < 2; i++)
		theirs[i] = queuetemp_add(q, 0, 1);
	OK(job_claim(q->mem, q->engine, &who, 10, &got, &err));
	assert_int_equal(got.n, 2);
	OK(engine_row_others(q->mem, q->engine, q->id, &others, &err));
	assert_int_equal(others.n, 1);
	assert_int_equal(others.e[0].id, who.engine);
	assert_false(others.e[0].is_gone);
	db_close(life);
	assert_int_equal(bury_dead(q, who.engine), 2);
	for (int i = 0; i < 2; i++)
		queuetemp_expect(q, theirs[i], JOB_QUEUED);
	queuetemp_expect(q, mine, JOB_RUNNING);
	OK(engine_row_others(q->mem, q->engine, q->id, &others, &err));
	assert_int_equal(others.n, 0);
}

/* The server has not yet noticed that one of its sessions, with a job locked, is gone. */
static void what_the_dead_have_locked_is_left_for_later(void **state)
{
	struct queuetemp *q = *state;
	struct err err = { 0 };
	struct job_claimer who = { 0 };
	struct job_claims got;
	struct db *life = queuetemp_engine(q, "e2", &who.engine);
	int jobs, left;

	queuetemp_add(q, 0, 1);
	queuetemp_add(q, 0, 1);
	OK(job_claim(q->mem, q->engine, &who, 10, &got, &err));
	assert_int_equal(got.n, 2);
	metatemp_run(q->super, "begin");
	metatemp_run(q->super, "select from leat.run order by job_id limit 1 for update");
	db_close(life);
	assert_int_equal(bury_dead(q, who.engine), 1);
	OK(engine_row_bury(q->engine, who.engine, &jobs, &left, &err));
	assert_int_equal(jobs, 0);
	assert_int_equal(left, 1);
	metatemp_run(q->super, "rollback");
	OK(engine_row_bury(q->engine, who.engine, &jobs, &left, &err));
	assert_int_equal(jobs, 1);
	assert_int_equal(left, 0);
}

/* The session broke, the engine lives: a new one holds the lock again. */
static void a_lock_moves_to_a_new_session(void **state)
{
	struct queuetemp *q = *state;
	struct db *again = metatemp_open(q->conninfo, META_ENGINE, NULL, NULL);
	struct timespec nap = { .tv_nsec = 10000000 };
	struct err err = { 0 };
	enum err_code rc = ERR_TRANSIENT;

	assert_int_equal(engine_row_lock(again, q->id, &err), ERR_TRANSIENT);
	db_close(q->life);
	for (int i = 0; i < 500 && rc == ERR_TRANSIENT; i++) {
		err_clear(&err);
		rc = engine_row_lock(again, q->id, &err);
		nanosleep(&nap, NULL);
	}
	OK(rc);
	q->life = again;
	assert_int_equal(bury(q, q->id), -1);
}

static void an_engine_rests_and_stops(void **state)
{
	struct queuetemp *q = *state;
	struct engine_others others;
	struct err err = { 0 };
	bool drain;

	assert_int_equal(beat(q, q->id, 5000, &drain), ERR_OK);
	OK(engine_row_others(q->mem, q->engine, 0, &others, &err));
	assert_int_equal(others.n, 1);
	assert_in_range(others.e[0].lease_ms, 1, 5000);
	OK(engine_row_rest(q->engine, q->id, &err));
	OK(engine_row_others(q->mem, q->engine, 0, &others, &err));
	assert_int_equal(others.n, 0);	/* nobody need watch it */
	OK(engine_row_stop(q->engine, q->id, &err));
	assert_int_equal(beat(q, q->id, 5000, &drain), ERR_FENCED);
	assert_int_equal(bury(q, q->id), -1);
}

static void engines_are_listed_and_drained(void **state)
{
	struct queuetemp *q = *state;
	struct engine_self self = { "h:2", "9.9", 7, "{\"a\",\"b\"}" };
	struct db *life = metatemp_open(q->conninfo, META_ENGINE, NULL, NULL);
	struct engine_rows rows;
	struct err err = { 0 };
	int id;
	bool drain;

	OK(engine_row_start(life, &self, &id, &err));
	queuetemp_claim(q, queuetemp_add(q, 0, 1));
	OK(engine_row_list(q->mem, q->app, NULL, false, &rows, &err));
	assert_int_equal(rows.n, 2);
	assert_string_equal(rows.e[0].name, "e1");
	assert_null(rows.e[0].queues);
	assert_int_equal(rows.e[0].jobs, 1);
	assert_string_equal(rows.e[0].ids, "1");
	assert_string_equal(rows.e[1].name, "h:2");
	assert_string_equal(rows.e[1].version, "9.9");
	assert_int_equal(rows.e[1].slots, 7);
	assert_string_equal(rows.e[1].queues, "a,b");
	assert_int_equal(rows.e[1].jobs, 0);
	assert_false(rows.e[1].is_draining);
	OK(engine_row_drain(q->app, id, &err));
	assert_int_equal(beat(q, id, 5000, &drain), ERR_OK);
	assert_true(drain);
	assert_int_equal(beat(q, q->id, 5000, &drain), ERR_OK);
	assert_false(drain);
	OK(engine_row_stop(q->engine, id, &err));
	assert_int_equal(engine_row_drain(q->app, id, &err), ERR_NOT_FOUND);
	err_clear(&err);
	OK(engine_row_list(q->mem, q->app, NULL, false, &rows, &err));
	assert_int_equal(rows.n, 1);
	OK(engine_row_list(q->mem, q->app, NULL, true, &rows, &err));
	assert_int_equal(rows.n, 2);
	assert_non_null(rows.e[1].stopped_at);
	db_close(life);
}

static void a_pulse_tells_of_each_job(void **state)
{
	struct queuetemp *q = *state;
	struct engine_pulse p[3] = { { .is_new = true, .counts = { 9, 5, 1, 2, 1, 77 },
				       .total_bytes = -1, .phase = "reading \"x\" \xff" } };
	struct err err = { 0 };
	enum job_state st;
	struct job_row row;
	int64_t job[3];
	bool drain;

	for (int i = 0; i < 3; i++) {
		job[i] = queuetemp_add(q, 0, 1);
		p[i].lease = queuetemp_claim(q, job[i]).lease;
	}
	OK(job_cancel(q->app, job[1], &st, &err));
	OK(job_pause(q->app, job[2], &st, &err));
	OK(engine_row_beat(q->engine, q->id, 5000, p, 3, &drain, &err));
	for (int i = 0; i < 3; i++) {
		assert_true(p[i].is_held);
		assert_int_equal(p[i].is_cancelled, i == 1);
		assert_int_equal(p[i].is_paused, i == 2);
	}
	row = queuetemp_get(q, job[0]);
	assert_int_equal(row.counts.read, 9);
	assert_int_equal(row.counts.bytes, 77);
	assert_int_equal(row.total_bytes, -1);
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.progress"), 1);
	/* A run that is over gets no progress, and its job's end keeps what was told. */
	queuetemp_fail(q, &p[0].lease);
	OK(engine_row_beat(q->engine, q->id, 5000, p, 3, &drain, &err));
	assert_false(p[0].is_held);
	assert_int_equal(queuetemp_get(q, job[0]).counts.read, 9);
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.progress"), 0);
}

static void what_does_not_stop_is_taken(void **state)
{
	struct queuetemp *q = *state;
	struct job_request in = { .time_limit_ms = 60000 };
	int64_t job = queuetemp_add_as(q, &in);
	struct job_claimed c = queuetemp_claim(q, job);
	struct err err = { 0 };
	int jobs;

	assert_int_equal(c.time_limit_ms, 60000);
	OK(engine_row_overdue(q->engine, &jobs, &err));
	assert_int_equal(jobs, 0);
	metatemp_run(q->super, "update leat.run set deadline_at = now() - interval '5 s'");
	OK(engine_row_overdue(q->engine, &jobs, &err));
	assert_int_equal(jobs, 0);	/* its engine still has a moment to stop it */
	metatemp_run(q->super, "update leat.run set deadline_at = now() - interval '20 s'");
	OK(engine_row_overdue(q->engine, &jobs, &err));
	assert_int_equal(jobs, 1);
	queuetemp_expect(q, job, JOB_QUEUED);
	assert_non_null(strstr(queuetemp_get(q, job).error, "time"));
}

#define TIMED "select count(*) from leat.run where deadline_at > now() + interval '30 s'"

/* However a job comes back to the queue, each of its attempts has its time. */
static void every_attempt_has_its_time(void **state)
{
	struct queuetemp *q = *state;
	struct job_request in = { .time_limit_ms = 60000, .max_attempts = 3 };
	struct job_request later = { .time_limit_ms = 60000, .delay_ms = 1 };
	int64_t job = queuetemp_add_as(q, &in), free = queuetemp_add(q, 0, 1);
	struct job_claimed c = queuetemp_claim(q, job);
	struct err err = { 0 };
	int64_t ms;

	queuetemp_claim(q, free);
	assert_int_equal(metatemp_number(q->super, TIMED), 1);
	OK(job_hand_back(q->engine, &c.lease, JOB_TRACE_NONE, &err));
	c = queuetemp_claim(q, job);
	assert_int_equal(metatemp_number(q->super, TIMED), 1);
	assert_int_equal(queuetemp_lose(q), 2);
	c = queuetemp_claim(q, job);
	assert_int_equal(metatemp_number(q->super, TIMED), 1);
	queuetemp_fail(q, &c.lease);
	job = queuetemp_add_as(q, &later);
	do
		OK(job_promote(q->engine, &ms, &err));
	while (ms >= 0);
	queuetemp_claim(q, job);
	assert_int_equal(metatemp_number(q->super, TIMED), 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, queuetemp_up, queuetemp_down)
	const struct CMUnitTest tests[] = {
		T(the_living_are_not_buried),
		T(a_lease_runs_out),
		T(the_dead_leave_their_jobs),
		T(what_the_dead_have_locked_is_left_for_later),
		T(a_lock_moves_to_a_new_session),
		T(an_engine_rests_and_stops),
		T(engines_are_listed_and_drained),
		T(a_pulse_tells_of_each_job),
		T(what_does_not_stop_is_taken),
		T(every_attempt_has_its_time),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

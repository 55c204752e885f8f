/*
 * tests/unit/core/meta/job_test.c
 *	The books of the queue: claims, fences, ends, and what was left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/meta/bookmark.h"
#include "core/meta/job_file.h"
#include "core/meta/job_log.h"
#include "core/meta/job_run.h"
#include "core/meta/reject.h"
#include "tests/lib/queuetemp.h"

static const struct job_left left_none = { .trace = JOB_TRACE_NONE };
static const struct job_left left_unsure = { .trace = JOB_TRACE_UNSURE };
static const struct job_left left_as_before = { .trace = JOB_TRACE_AS_BEFORE };

static struct job_done all_good(const struct job_lease *l)
{
	return (struct job_done){ .committed_run = l->run,
				  .counts = { 10, 6, 2, 1, 1, 500 },
				  .bookmark = "{\"v\":1}", .result = "{\"a\":1}" };
}

static void reject_one(struct queuetemp *b, const struct job_lease *l, int64_t row)
{
	struct reject_problem p = { "f", SLICE("x"), "type", "is not a number", NULL };
	struct reject_in in = { "a.csv", row, row + 1, 10, SLICE("x,y"), 1, &p };
	struct reject_writer *w;
	struct err err = { 0 };

	OK(reject_writer_open(b->engine, l, &w, &err));
	OK(reject_writer_add(w, &in, &err));
	OK(reject_writer_flush(w, &err));
	reject_writer_close(w);
}

/* ---- tests ------------------------------------------------------------------- */

static void a_job_from_asking_to_success(void **state)
{
	struct queuetemp *b = *state;
	int64_t job = queuetemp_add(b, b->pipeline, 3);
	struct job_row row = queuetemp_get(b, job);
	struct engine_pulse p = { .is_new = true, .counts = { 5, 4, 0, 0, 1, 99 },
				  .total_bytes = 1000, .phase = "reading" };
	struct job_attempts tries;
	struct job_claimed c;
	struct job_done done;
	struct err err = { 0 };
	const char *value;
	bool drain;

	assert_int_equal(row.state, JOB_QUEUED);
	assert_string_equal(row.pipeline, "p");
	assert_string_equal(row.source, "files:a.csv");
	assert_string_equal(row.target, "public.t");
	assert_string_equal(row.mode, "append");
	assert_true(row.seconds < 0);
	assert_int_equal(strlen(row.created_at), 24);
	c = queuetemp_claim(b, job);
	assert_int_equal(c.lease.org_id, b->org);
	assert_int_equal(c.lease.run, 1);
	assert_int_equal(c.attempt, 1);
	assert_int_equal(c.max_attempts, 3);
	assert_int_equal(c.pipeline_id, b->pipeline);
	assert_non_null(strstr(c.body, "a.csv"));
	p.lease = c.lease;
	OK(engine_row_beat(b->engine, b->id, 5000, &p, 1, &drain, &err));
	assert_true(p.is_held);
	assert_false(p.is_cancelled || p.is_paused || drain);
	row = queuetemp_get(b, job);
	assert_int_equal(row.state, JOB_RUNNING);
	assert_int_equal(row.counts.read, 5);
	assert_int_equal(row.total_bytes, 1000);
	assert_string_equal(row.phase, "reading");
	assert_string_equal(row.engine, "e1");
	assert_true(row.seconds >= 0);
	done = all_good(&c.lease);
	OK(job_settle(b->engine, &c.lease, &done, &err));
	OK(job_settle(b->engine, &c.lease, &done, &err));	/* again: nothing changes */
	row = queuetemp_get(b, job);
	assert_int_equal(row.state, JOB_SUCCEEDED);
	assert_int_equal(row.committed_run, 1);
	assert_int_equal(row.counts.written, 6);
	assert_string_equal(row.result, "{\"a\": 1}");
	assert_non_null(row.finished_at);
	OK(bookmark_get(b->mem, b->app, b->pipeline, &value, &err));
	assert_string_equal(value, "{\"v\": 1}");
	OK(job_attempts(b->mem, b->app, job, &tries, &err));
	assert_int_equal(tries.n, 1);
	assert_string_equal(tries.a[0].outcome, "succeeded");
	assert_string_equal(tries.a[0].engine, "e1");
	assert_int_equal(metatemp_number(b->super, "select count(*) from leat.progress"), 0);
}

static void a_late_attempt_changes_nothing(void **state)
{
	struct queuetemp *b = *state;
	int64_t job = queuetemp_add(b, b->pipeline, 1);
	struct job_claimed old = queuetemp_claim(b, job), now;
	struct job_file f = { "/a", 1, "h", false, 0 };
	struct reject_writer *w, *w2;
	struct reject_problem p = { "f", SLICE("x"), "type", "r", NULL };
	struct reject_in in = { "a", 1, 1, 1, SLICE("x"), 1, &p };
	struct err err = { 0 }, why = { .code = ERR_TIMEOUT, .nframes = 1 };
	struct job_done done;
	const char *before, *result = "{}";
	struct engine_pulse pulse = { .lease = old.lease, .is_new = true, .phase = "reading" };
	int64_t held;
	int gone = b->id;
	bool drain;
	static const char all[] = "select md5(string_agg(x, '' order by x)) from ("
		"select s::text as x from leat.ready s union all "
		"select s::text from leat.scheduled s union all "
		"select s::text from leat.waiting s union all select s::text from leat.run s "
		"union all select s::text from leat.done s union all "
		"select s::text from leat.progress s union all "
		"select a::text from leat.attempt a "
		"union all select r::text from leat.reject r union all "
		"select f::text from leat.loaded_file f union all "
		"select k::text from leat.bookmark k) t";

	OK(reject_writer_open(b->engine, &old.lease, &w, &err));
	OK(reject_writer_add(w, &in, &err));
	assert_int_equal(queuetemp_lose(b), 1);
	queuetemp_expect(b, job, JOB_QUEUED);
	now = queuetemp_claim(b, job);
	assert_int_equal(now.lease.run, 2);
	assert_int_equal(now.attempt, 1);
	assert_int_equal(now.lost, 1);
	before = metatemp_one(b->super, all);
	done = all_good(&old.lease);
	assert_int_equal(job_settle(b->engine, &old.lease, &done, &err), ERR_FENCED);
	assert_int_equal(job_settle_found(b->engine, &old.lease, &done, &err), ERR_FENCED);
	OK(job_finish(b->engine, &old.lease, &result, 1, &held, &err));
	assert_int_equal(held, 0);
	assert_int_equal(engine_row_beat(b->engine, gone, 1000, &pulse, 1, &drain, &err),
			 ERR_FENCED);
	err_clear(&err);
	/* A guess that was wrong: the engine lives on, under another number. */
	OK(engine_row_beat(b->engine, b->id, 1000, &pulse, 1, &drain, &err));
	assert_false(pulse.is_held);
	metatemp_run(b->engine, "update leat.engine set lease_until = null");
	assert_int_equal(job_fail(b->engine, &old.lease, &why, &left_none, NULL, &err),
			 ERR_FENCED);
	assert_int_equal(job_hand_back(b->engine, &old.lease, JOB_TRACE_NONE, &err), ERR_FENCED);
	assert_int_equal(job_files_add(b->engine, &old.lease, b->pipeline, &f, 1, &err),
			 ERR_FENCED);
	assert_int_equal(reject_writer_flush(w, &err), ERR_FENCED);
	assert_int_equal(reject_writer_open(b->engine, &old.lease, &w2, &err), ERR_FENCED);
	assert_null(w2);
	assert_int_equal(job_clear_found(b->engine, &old.lease, &err), ERR_FENCED);
	assert_string_equal(metatemp_one(b->super, all), before);
	reject_writer_close(w);
	queuetemp_settle(b, &now.lease);
}

static void what_a_lost_attempt_committed_is_settled(void **state)
{
	struct queuetemp *b = *state;
	int64_t job = queuetemp_add(b, b->pipeline, 1);
	struct job_claimed first = queuetemp_claim(b, job), second;
	struct job_done done;
	struct reject_filter f = { .job = job };
	struct err err = { 0 };
	int64_t rows;

	reject_one(b, &first.lease, 7);
	OK(reject_count(b->app, &f, &rows, &err));
	assert_int_equal(rows, 0);	/* pending: nobody sees it */
	assert_int_equal(queuetemp_lose(b), 1);
	second = queuetemp_claim(b, job);
	reject_one(b, &second.lease, 8);
	done = all_good(&first.lease);	/* the target said: run 1 is committed */
	OK(job_settle(b->engine, &second.lease, &done, &err));
	OK(reject_count(b->app, &f, &rows, &err));
	assert_int_equal(rows, 1);
	assert_int_equal(metatemp_number(b->engine, "select row_no from leat.reject"), 7);
	assert_int_equal(queuetemp_get(b, job).committed_run, 1);
	assert_int_equal(queuetemp_get(b, job).run, 2);
}

static void an_unsettled_job_is_found_by_the_next(void **state)
{
	struct queuetemp *b = *state;
	int64_t one = queuetemp_add(b, b->pipeline, 1), two;
	struct job_claimed c = queuetemp_claim(b, one);
	struct job_unsettleds left;
	struct job_done done;
	struct err err = { 0 };
	const char *value;

	assert_int_equal(queuetemp_lose(b), 1);
	two = queuetemp_add(b, b->pipeline, 1);
	queuetemp_claim(b, two);
	OK(job_unsettled(b->mem, b->engine, b->org, b->pipeline, &left, &err));
	assert_int_equal(left.n, 1);
	assert_int_equal(left.j[0].lease.job, one);
	assert_non_null(strstr(left.j[0].body, "public.t"));
	done = all_good(&c.lease);
	OK(job_settle_found(b->engine, &left.j[0].lease, &done, &err));
	assert_int_equal(queuetemp_get(b, one).state, JOB_SUCCEEDED);
	OK(bookmark_get(b->mem, b->app, b->pipeline, &value, &err));
	assert_string_equal(value, "{\"v\": 1}");
	OK(job_unsettled(b->mem, b->engine, b->org, b->pipeline, &left, &err));
	assert_int_equal(left.n, 0);
}

static void an_unsettled_job_that_never_was_is_cleared(void **state)
{
	struct queuetemp *b = *state;
	int64_t one = queuetemp_add(b, b->pipeline, 1);
	struct job_unsettleds left;
	struct job_claimed c;
	struct err err = { 0 }, why = { .code = ERR_UNREACHABLE, .nframes = 1 };
	enum job_state st;

	c = queuetemp_claim(b, one);
	OK(job_fail(b->engine, &c.lease, &why, &left_unsure, &st, &err));
	assert_int_equal(st, JOB_FAILED);
	OK(job_unsettled(b->mem, b->engine, b->org, b->pipeline, &left, &err));
	assert_int_equal(left.n, 1);
	OK(job_retry(b->app, one, true, &err));
	c = queuetemp_claim(b, one);
	OK(job_fail(b->engine, &c.lease, &why, &left_as_before, &st, &err));
	OK(job_unsettled(b->mem, b->engine, b->org, b->pipeline, &left, &err));
	assert_int_equal(left.n, 1);
	OK(job_clear_found(b->engine, &left.j[0].lease, &err));
	OK(job_unsettled(b->mem, b->engine, b->org, b->pipeline, &left, &err));
	assert_int_equal(left.n, 0);
}

static void an_older_commit_moves_no_bookmark_back(void **state)
{
	struct queuetemp *b = *state;
	int64_t one = queuetemp_add(b, b->pipeline, 1), two;
	struct job_claimed c = queuetemp_claim(b, one), d;
	struct job_done done = all_good(&c.lease);
	struct err err = { 0 };
	const char *value;

	assert_int_equal(queuetemp_lose(b), 1);
	two = queuetemp_add(b, b->pipeline, 1);
	d = queuetemp_claim(b, two);
	done = all_good(&d.lease);
	done.bookmark = "2";
	OK(job_settle(b->engine, &d.lease, &done, &err));
	done = all_good(&c.lease);
	done.bookmark = "1";
	OK(job_settle_found(b->engine, &c.lease, &done, &err));
	OK(bookmark_get(b->mem, b->app, b->pipeline, &value, &err));
	assert_string_equal(value, "2");
}

static void one_job_of_a_pipeline_at_a_time(void **state)
{
	struct queuetemp *b = *state;
	int64_t one = queuetemp_add(b, b->pipeline, 1), two = queuetemp_add(b, b->pipeline, 1);
	int64_t load = queuetemp_add(b, 0, 1);
	struct job_claims got;
	struct job_claimed c;
	struct job_done done;
	struct err err = { 0 };

	OK(job_claim(b->mem, b->engine, &b->who, 10, &got, &err));
	assert_int_equal(got.n, 2);
	assert_int_equal(got.c[0].lease.job, one);	/* the oldest */
	assert_int_equal(got.c[1].lease.job, load);
	assert_int_equal(job_claim_one(b->mem, b->engine, b->id, b->org, two, &c, &err),
			 ERR_CONFLICT);
	assert_non_null(strstr(err.frame[0].text, "same pipeline"));
	assert_int_equal(job_claim_one(b->mem, b->engine, b->id, b->org, load, &c, &err),
			 ERR_CONFLICT);
	assert_int_equal(job_claim_one(b->mem, b->engine, b->id, b->org, 999, &c, &err),
			 ERR_NOT_FOUND);
	err_clear(&err);
	done = all_good(&got.c[0].lease);
	OK(job_settle(b->engine, &got.c[0].lease, &done, &err));
	OK(job_claim(b->mem, b->engine, &b->who, 10, &got, &err));
	assert_int_equal(got.n, 1);
	assert_int_equal(got.c[0].lease.job, two);
	metatemp_run(b->app, "insert into leat.queue (name, is_paused) values ('default', true)");
	queuetemp_add(b, 0, 1);
	OK(job_claim(b->mem, b->engine, &b->who, 10, &got, &err));
	assert_int_equal(got.n, 0);	/* the queue is paused */
}

#define RACERS 4
#define RACE_JOBS 120

static void race(const char *conninfo, int fd)
{
	struct db *db = metatemp_open(conninfo, META_ENGINE, NULL, NULL);
	struct arena *mem = arena_new(NULL, "race");
	struct engine_self self = { "racer", "test", 3, NULL };
	struct job_claimer who = { 0 };
	struct job_claims got;
	struct err err = { 0 };
	int idle = 0;

	if (engine_row_start(db, &self, &who.engine, &err) != ERR_OK)
		_exit(4);
	while (idle < 20) {
		if (job_claim(mem, db, &who, 3, &got, &err) != ERR_OK)
			_exit(2);
		idle = got.n > 0 ? 0 : idle + 1;
		for (int i = 0; i < got.n; i++) {
			struct job_done d = { .committed_run = got.c[i].lease.run };

			if (write(fd, &got.c[i].lease.job, 8) != 8 ||
			    job_settle(db, &got.c[i].lease, &d, &err) != ERR_OK)
				_exit(3);
		}
	}
	db_close(db);
	_exit(0);
}

/* Several claimers, jobs with and without a pipeline: each job once, whoever gets it. */
static void claims_never_double(void **state)
{
	struct queuetemp *b = *state;
	int pipes[2], status, times[RACE_JOBS + 1] = { 0 };
	pid_t pid[RACERS];
	int64_t job, seen = 0;

	for (int i = 0; i < RACE_JOBS; i++)
		queuetemp_add(b, i % 3 == 0 ? b->pipeline : 0, 1);
	assert_int_equal(pipe(pipes), 0);
	for (int i = 0; i < RACERS; i++) {
		pid[i] = fork();
		assert_true(pid[i] >= 0);
		if (pid[i] == 0)
			race(b->conninfo, pipes[1]);
	}
	close(pipes[1]);
	while (read(pipes[0], &job, 8) == 8) {
		assert_in_range(job, 1, RACE_JOBS);
		times[job]++;
		seen++;
	}
	close(pipes[0]);
	for (int i = 0; i < RACERS; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	for (int i = 1; i <= RACE_JOBS; i++)
		assert_int_equal(times[i], 1);
	assert_int_equal(seen, RACE_JOBS);
	assert_int_equal(metatemp_number(b->engine, "select count(*) from leat.done "
					 "where run_no = 1 and state = 2"), RACE_JOBS);
}

static enum job_state fail_with(struct queuetemp *b, int64_t job, enum err_code code)
{
	struct job_claimed c = queuetemp_claim(b, job);
	struct err err = { 0 }, why = { 0 };
	enum job_state st;

	err_set(&why, code, "it went wrong");
	err_hint(&why, "Do better.");
	OK(job_fail(b->engine, &c.lease, &why, &left_none, &st, &err));
	return st;
}

static void retries_follow_the_class_of_the_error(void **state)
{
	struct queuetemp *b = *state;
	int64_t job = queuetemp_add(b, 0, 3);
	struct job_attempts tries;
	struct err err = { 0 };
	int64_t ms = 0;

	assert_int_equal(fail_with(b, job, ERR_UNREACHABLE), JOB_QUEUED);
	OK(job_promote(b->engine, &ms, &err));
	assert_in_range(ms, JOB_BACKOFF_MS / 2 - 500, JOB_BACKOFF_MS);
	OK(job_due(b->engine, b->org, job, &ms, &err));
	assert_in_range(ms, JOB_BACKOFF_MS / 2 - 500, JOB_BACKOFF_MS);
	assert_string_equal(queuetemp_get(b, job).error_code, "UNREACHABLE");
	assert_string_equal(queuetemp_get(b, job).hint, "Do better.");
	assert_int_equal(fail_with(b, job, ERR_TRANSIENT), JOB_QUEUED);
	OK(job_promote(b->engine, &ms, &err));
	assert_in_range(ms, JOB_BACKOFF_MS - 500, 2 * JOB_BACKOFF_MS);
	assert_int_equal(fail_with(b, job, ERR_TIMEOUT), JOB_DEAD);
	assert_non_null(queuetemp_get(b, job).finished_at);
	OK(job_attempts(b->mem, b->app, job, &tries, &err));
	assert_int_equal(tries.n, 3);
	assert_string_equal(tries.a[1].outcome, "failed");
	assert_string_equal(tries.a[1].error_code, "TRANSIENT");
	assert_int_equal(fail_with(b, queuetemp_add(b, 0, 3), ERR_CONFIG), JOB_FAILED);
	assert_int_equal(fail_with(b, queuetemp_add(b, 0, 3), ERR_DENIED), JOB_FAILED);
	assert_int_equal(fail_with(b, queuetemp_add(b, 0, 1), ERR_TIMEOUT), JOB_FAILED);
	assert_int_equal(fail_with(b, queuetemp_add(b, 0, 3), ERR_CANCELLED), JOB_CANCELLED);
	OK(job_retry(b->app, job, true, &err));
	assert_int_equal(queuetemp_get(b, job).state, JOB_QUEUED);
	assert_int_equal(queuetemp_get(b, job).attempt, 0);
	assert_int_equal(job_retry(b->app, job, true, &err), ERR_CONFLICT);
	assert_int_equal(job_retry(b->app, 999, true, &err), ERR_NOT_FOUND);
	err_clear(&err);
	OK(job_promote(b->engine, &ms, &err));
	assert_int_equal(ms, -1);
	OK(job_due(b->engine, b->org, job, &ms, &err));
	assert_int_equal(ms, -1);
}

static void a_job_handed_back_counts_no_attempt(void **state)
{
	struct queuetemp *b = *state;
	int64_t job = queuetemp_add(b, 0, 1);
	struct job_claimed c = queuetemp_claim(b, job);
	struct job_attempts tries;
	struct err err = { 0 };

	OK(job_hand_back(b->engine, &c.lease, JOB_TRACE_NONE, &err));
	assert_int_equal(queuetemp_get(b, job).state, JOB_QUEUED);
	assert_int_equal(queuetemp_get(b, job).attempt, 0);
	c = queuetemp_claim(b, job);
	assert_int_equal(c.attempt, 1);
	assert_int_equal(c.lease.run, 2);
	OK(job_attempts(b->mem, b->app, job, &tries, &err));
	assert_int_equal(tries.n, 2);
	assert_string_equal(tries.a[0].outcome, "handed back");
	assert_string_equal(tries.a[1].outcome, "running");
}

static void a_cancel_reaches_waiting_and_running(void **state)
{
	struct queuetemp *b = *state;
	int64_t waits = queuetemp_add(b, 0, 1), runs = queuetemp_add(b, 0, 5);
	struct job_claimed c = queuetemp_claim(b, runs);
	enum job_state st;
	struct err err = { 0 }, why = { .code = ERR_TIMEOUT, .nframes = 1 };
	struct engine_pulse p = { .lease = c.lease };
	bool drain;

	OK(job_cancel(b->app, waits, &st, &err));
	assert_int_equal(st, JOB_CANCELLED);
	OK(job_cancel(b->app, runs, &st, &err));
	assert_int_equal(st, JOB_RUNNING);
	assert_true(queuetemp_get(b, runs).is_cancel_asked);
	OK(engine_row_beat(b->engine, b->id, 5000, &p, 1, &drain, &err));
	assert_true(p.is_held && p.is_cancelled);
	OK(job_fail(b->engine, &c.lease, &why, &left_none, &st, &err));
	assert_int_equal(st, JOB_CANCELLED);
	assert_int_equal(job_cancel(b->app, runs, &st, &err), ERR_CONFLICT);
	assert_int_equal(job_cancel(b->app, 999, &st, &err), ERR_NOT_FOUND);
}

/* Cancelled would mean that its rows are not there, which nobody knows. */
static void a_cancel_waits_for_what_the_target_says(void **state)
{
	struct queuetemp *b = *state;
	int64_t job = queuetemp_add(b, 0, 5);
	struct job_claimed c = queuetemp_claim(b, job);
	struct err err = { 0 }, why = { .code = ERR_UNREACHABLE, .nframes = 1 };
	enum job_state st;

	assert_false(c.is_cancelled);
	OK(job_cancel(b->app, job, &st, &err));
	assert_int_equal(queuetemp_lose(b), 1);
	assert_int_equal(queuetemp_get(b, job).state, JOB_QUEUED);
	c = queuetemp_claim(b, job);
	assert_true(c.is_cancelled);
	OK(job_fail(b->engine, &c.lease, &why, &left_as_before, &st, &err));
	assert_int_equal(st, JOB_QUEUED);
	OK(job_cancel(b->app, job, &st, &err));
	assert_int_equal(st, JOB_QUEUED);
	c = queuetemp_claim(b, job);
	OK(job_hand_back(b->engine, &c.lease, JOB_TRACE_AS_BEFORE, &err));
	assert_int_equal(queuetemp_get(b, job).state, JOB_QUEUED);
	c = queuetemp_claim(b, job);
	why.code = ERR_CANCELLED;
	OK(job_fail(b->engine, &c.lease, &why, &left_none, &st, &err));
	assert_int_equal(st, JOB_CANCELLED);
}

static void a_poison_job_is_dead_in_the_end(void **state)
{
	struct queuetemp *b = *state;
	int64_t job = queuetemp_add(b, 0, 1);
	struct job_attempts tries;
	struct err err = { 0 };
	int jobs, left;

	for (int i = 1; i <= JOB_MAX_LOST; i++) {
		queuetemp_claim(b, job);
		OK(engine_row_bury(b->engine, b->id, &jobs, &left, &err));
		assert_int_equal(jobs, -1);	/* it lives */
		assert_int_equal(queuetemp_lose(b), 1);
		queuetemp_expect(b, job, i < JOB_MAX_LOST ? JOB_QUEUED : JOB_DEAD);
	}
	assert_int_equal(queuetemp_get(b, job).lost, JOB_MAX_LOST);
	assert_string_equal(queuetemp_get(b, job).error_code, "FENCED");
	OK(job_attempts(b->mem, b->app, job, &tries, &err));
	assert_int_equal(tries.n, JOB_MAX_LOST);
}

static void files_count_once_settled(void **state)
{
	struct queuetemp *b = *state;
	int64_t job = queuetemp_add(b, b->pipeline, 1);
	struct job_claimed c = queuetemp_claim(b, job);
	struct job_file f[3] = { { "/in/\"a\".csv", 5, "h1", false, 0 },
				 { "/in/b.csv", 6, "h2", false, 0 },
				 { "/in/b.csv", 7, "h2", false, 0 } };
	struct job_done done = all_good(&c.lease);
	struct err err = { 0 };

	OK(job_files_add(b->engine, &c.lease, b->pipeline, f, 2, &err));
	OK(job_files_known(b->engine, b->org, b->pipeline, f, 3, &err));
	assert_false(f[0].is_loaded);
	OK(job_settle(b->engine, &c.lease, &done, &err));
	OK(job_files_known(b->engine, b->org, b->pipeline, f, 3, &err));
	assert_true(f[0].is_loaded);
	assert_int_equal(f[0].loaded_by, job);
	assert_true(f[1].is_loaded);
	assert_false(f[2].is_loaded);	/* another size: it has changed */
	OK(job_files_known(b->engine, b->org, b->pipeline + 1, f, 3, &err));
	assert_false(f[0].is_loaded);
}

static void log_lines_keep_their_order(void **state)
{
	struct queuetemp *b = *state;
	int64_t job = queuetemp_add(b, 0, 1), last;
	struct job_claimed c = queuetemp_claim(b, job);
	struct job_log_line in[2501];
	struct job_log_lines out;
	struct job_log_filter all = { .since_ms = -1, .level = 3 }, f = all;
	struct job_log_batch batch = { .lease = c.lease, .lines = in, .n = 2500 };
	int64_t now_us = metatemp_number(b->super, "select extract(epoch from now()) * 1000000");
	struct err err = { 0 };

	for (int i = 0; i < 2500; i++)
		in[i] = (struct job_log_line){ .level = i % 4, .n = i + 1,
					       .said_us = clock_mono_us() - 3600000000 + i,
					       .line = i == 7 ? "a \"b\" \\ \xff\n" : "line" };
	in[2499].said_us = 0;
	OK(job_log_add(b->engine, &batch, 1, false, &err));
	assert_int_equal(batch.done, 2500);
	last = batch.last_id;
	OK(job_log_list(b->mem, b->app, job, &all, 10, &out, &err));
	assert_int_equal(out.n, 10);
	assert_string_equal(out.l[7].line, "a \"b\" \\ \xef\xbf\xbd\n");
	assert_int_equal(out.l[7].level, 3);
	/* An hour ago by the database's clock, whatever ours shows. */
	assert_true(llabs(out.l[9].at_us + 3600000000 - now_us) < 20000000);
	f.after = out.l[9].id;
	OK(job_log_list(b->mem, b->app, job, &f, 5000, &out, &err));
	assert_int_equal(out.n, 2490);
	f.level = 1;
	OK(job_log_list(b->mem, b->app, job, &f, 5000, &out, &err));
	assert_int_equal(out.n, 1244);
	OK(job_log_tail(b->mem, b->app, job, &all, 3, &out, &err));
	assert_int_equal(out.n, 3);
	assert_int_equal(out.l[2].id, last);
	assert_int_equal(out.l[2].n, 2500);
	all.since_ms = 600000;
	OK(job_log_list(b->mem, b->app, job, &all, 5000, &out, &err));
	assert_int_equal(out.n, 1);
	/* Nobody knows whether they were written: those that are there are passed over. */
	batch = (struct job_log_batch){ .lease = c.lease, .lines = in + 2490, .n = 11 };
	in[2500] = (struct job_log_line){ .n = 2501, .line = "new" };
	OK(job_log_add(b->engine, &batch, 1, true, &err));
	assert_true(batch.last_id > last);
	all.since_ms = -1;
	OK(job_log_tail(b->mem, b->app, job, &all, 2, &out, &err));
	assert_int_equal(out.l[0].id, last);
	assert_string_equal(out.l[1].line, "new");
}

static void lists_filter_and_page(void **state)
{
	struct queuetemp *b = *state;
	struct job_filter f = { .ask = { .limit = 2 } };
	struct job_rows rows;
	struct err err = { 0 };
	int64_t one = queuetemp_add(b, b->pipeline, 1), two = queuetemp_add(b, 0, 1);
	int64_t three = queuetemp_add(b, 0, 1);

	assert_int_equal(fail_with(b, two, ERR_CONFIG), JOB_FAILED);
	OK(job_list(b->mem, b->app, &f, &rows, &err));
	assert_int_equal(rows.n, 2);
	assert_int_equal(rows.j[0].id, three);
	assert_null(rows.j[0].body);
	f.ask.after = arena_printf(b->mem, "%lld", (long long)rows.j[1].id);
	OK(job_list(b->mem, b->app, &f, &rows, &err));
	assert_int_equal(rows.n, 1);
	assert_int_equal(rows.j[0].id, one);
	f = (struct job_filter){ .states = 1u << JOB_FAILED };
	OK(job_list(b->mem, b->app, &f, &rows, &err));
	assert_int_equal(rows.n, 1);
	assert_int_equal(rows.j[0].id, two);
	f = (struct job_filter){ .pipeline = "p" };
	OK(job_list(b->mem, b->app, &f, &rows, &err));
	assert_int_equal(rows.n, 1);
	assert_int_equal(rows.j[0].id, one);
	f = (struct job_filter){ .since_us = 4102444800000000 };
	OK(job_list(b->mem, b->app, &f, &rows, &err));
	assert_int_equal(rows.n, 0);
	f = (struct job_filter){ .pipeline = "no such" };
	assert_int_equal(job_list(b->mem, b->app, &f, &rows, &err), ERR_NOT_FOUND);
	assert_int_equal(job_state_of("dead"), JOB_DEAD);
	assert_int_equal(job_state_of("no such"), -1);
	assert_true(job_state_is_final(JOB_CANCELLED));
	assert_false(job_state_is_final(JOB_RUNNING));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, queuetemp_up, queuetemp_down)
	const struct CMUnitTest tests[] = {
		T(a_job_from_asking_to_success),
		T(a_late_attempt_changes_nothing),
		T(what_a_lost_attempt_committed_is_settled),
		T(an_unsettled_job_is_found_by_the_next),
		T(an_unsettled_job_that_never_was_is_cleared),
		T(an_older_commit_moves_no_bookmark_back),
		T(one_job_of_a_pipeline_at_a_time),
		T(claims_never_double),
		T(retries_follow_the_class_of_the_error),
		T(a_job_handed_back_counts_no_attempt),
		T(a_cancel_reaches_waiting_and_running),
		T(a_cancel_waits_for_what_the_target_says),
		T(a_poison_job_is_dead_in_the_end),
		T(files_count_once_settled),
		T(log_lines_keep_their_order),
		T(lists_filter_and_page),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

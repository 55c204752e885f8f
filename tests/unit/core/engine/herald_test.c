/*
 * tests/unit/core/engine/herald_test.c
 *	What an engine tells: in batches, in order, within bounds, and nothing twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/db/db.h"
#include "core/engine/herald.h"
#include "core/meta/job_log.h"
#include "tests/lib/queuetemp.h"

static struct event_inbox inbox;

static struct job_log_lines lines_of(struct queuetemp *q, int64_t job)
{
	struct job_log_filter all = { .since_ms = -1, .level = LOG_DEBUG };
	struct job_log_lines out;
	struct err err = { 0 };

	OK(job_log_list(q->mem, q->app, job, &all, 5000, &out, &err));
	return out;
}

static struct db *listen_to(struct queuetemp *q)
{
	struct meta_login how = { .role = META_ENGINE, .app_name = "leat test",
				  .is_listener = true };
	struct meta_place *place;
	struct err err = { 0 };
	struct db *db;

	OK(meta_place_open(q->conninfo, &place, &err));
	OK(meta_open(place, &how, &db, NULL, &err));
	meta_place_close(place);
	OK(event_listen(db, q->org, &err));
	inbox = (struct event_inbox){ 0 };
	return db;
}

static bool next(struct db *ear, struct event *e)
{
	struct err err = { 0 };
	bool got;

	OK(event_next(ear, &inbox, -1, 1000, e, &got, &err));
	return got;
}

static struct event of(struct queuetemp *q, enum event_kind kind, int64_t job, int64_t n)
{
	return (struct event){ .kind = kind, .org_id = q->org, .job = job, .run = 1,
			       .state = kind == EVENT_STATE ? (enum job_state)n : JOB_RUNNING,
			       .counts.read = n, .total_bytes = -1, .eta_ms = -1 };
}

static void progress_is_replaced_and_states_are_not(void **state)
{
	struct queuetemp *q = *state;
	struct herald *h = herald_new(-1);
	struct db *ear = listen_to(q);
	struct event e;

	assert_int_equal(herald_due_ms(h), -1);
	for (int i = 0; i < 1000; i++) {
		e = of(q, EVENT_PROGRESS, 1 + i % 2, i);
		herald_tell(h, &e);
	}
	assert_int_equal(herald_due_ms(h), 0);	/* at once: nothing left for long */
	e = of(q, EVENT_STATE, 1, JOB_RUNNING);
	herald_tell(h, &e);
	e = of(q, EVENT_PROGRESS, 1, 5000);
	herald_tell(h, &e);
	e = of(q, EVENT_STATE, 1, JOB_SUCCEEDED);
	herald_tell(h, &e);
	herald_flush(h, q->engine);
	assert_int_equal(herald_due_ms(h), -1);
	/* The other job's newest, then state, what came between, state. */
	assert_true(next(ear, &e));
	assert_int_equal(e.job, 2);
	assert_int_equal(e.counts.read, 999);
	assert_true(next(ear, &e));
	assert_int_equal(e.state, JOB_RUNNING);
	assert_int_equal(e.kind, EVENT_STATE);
	assert_true(next(ear, &e));
	assert_int_equal(e.counts.read, 5000);
	assert_true(next(ear, &e));
	assert_int_equal(e.state, JOB_SUCCEEDED);
	assert_false(next(ear, &e));
	herald_tell(h, &e);
	herald_flush(h, q->engine);
	herald_tell(h, &e);
	assert_in_range(herald_due_ms(h), 1, 50);
	db_close(ear);
	herald_free(h);
}

static void many_share_notices_and_too_many_are_read_again(void **state)
{
	struct queuetemp *q = *state;
	struct herald *h = herald_new(-1);
	struct db *ear = listen_to(q);
	struct event e;

	for (int i = 1; i <= 3000; i++) {
		e = of(q, EVENT_STATE, i, JOB_RUNNING);
		herald_tell(h, &e);
	}
	herald_flush(h, q->engine);
	for (int i = 1; i <= 3000; i++) {
		assert_true(next(ear, &e));
		assert_int_equal(e.kind, EVENT_STATE);
		assert_int_equal(e.job, i);
		if (i == 1)
			assert_true(inbox.n > 20);
	}
	assert_false(next(ear, &e));
	for (int i = 1; i <= 4097; i++) {
		e = of(q, EVENT_STATE, i, JOB_RUNNING);
		herald_tell(h, &e);
	}
	herald_flush(h, q->engine);
	assert_true(next(ear, &e));
	assert_int_equal(e.kind, EVENT_RESYNC);
	assert_true(next(ear, &e));
	assert_int_equal(e.job, 4097);
	assert_false(next(ear, &e));
	db_close(ear);
	herald_free(h);
}

/* As with a full queue of notices: the lines are kept, the listeners read again. */
static void what_is_refused_is_read_again(void **state)
{
	struct queuetemp *q = *state;
	struct herald *h = herald_new(-1);
	struct db *ear = listen_to(q);
	struct job_claimed c = queuetemp_claim(q, queuetemp_add(q, 0, 1));
	struct herald_log *log = herald_log_open(h, &c.lease, NULL);
	struct event e = of(q, EVENT_STATE, c.lease.job, JOB_RUNNING);

	setenv("LEAT_FAULT", "event-send:error", 1);
	herald_log_say(log, LOG_INFO, "said");
	herald_tell(h, &e);
	herald_flush(h, q->engine);
	unsetenv("LEAT_FAULT");
	assert_int_equal(lines_of(q, c.lease.job).n, 1);
	assert_true(herald_due_ms(h) > 500);	/* not at once again */
	usleep(1100000);
	assert_int_equal(herald_due_ms(h), 0);
	herald_flush(h, q->engine);
	assert_true(next(ear, &e));
	assert_int_equal(e.kind, EVENT_RESYNC);
	assert_false(next(ear, &e));
	herald_log_close(log, q->engine);
	db_close(ear);
	herald_free(h);
}

static void a_long_log_keeps_both_ends(void **state)
{
	struct queuetemp *q = *state;
	struct herald *h = herald_new(-1);
	struct herald_bounds bounds = { .lines = 10, .bytes = 100000 };
	struct job_claimed c = queuetemp_claim(q, queuetemp_add(q, 0, 1));
	struct herald_log *log = herald_log_open(h, &c.lease, &bounds);
	struct job_log_lines out;
	char text[60];

	for (int i = 1; i <= 1000; i++) {
		snprintf(text, sizeof(text), "line %d", i);
		herald_log_say(log, LOG_INFO, text);
		if (i == 500)
			herald_flush(h, q->engine);
	}
	herald_flush(h, q->engine);
	out = lines_of(q, c.lease.job);
	assert_int_equal(out.n, 11);
	assert_string_equal(out.l[9].line, "line 10");
	assert_non_null(strstr(out.l[10].line, "the last 10 lines are kept"));
	assert_true(herald_log_end(log, q->engine));
	out = lines_of(q, c.lease.job);
	assert_int_equal(out.n, 22);
	assert_string_equal(out.l[11].line, "980 lines (7751 bytes) are left out here");
	assert_string_equal(out.l[12].line, "line 991");
	assert_string_equal(out.l[21].line, "line 1000");
	/* What is said behind the end is bounded as well. */
	herald_log_say(log, LOG_INFO, "late");
	herald_log_close(log, q->engine);
	out = lines_of(q, c.lease.job);
	assert_int_equal(out.n, 23);
	assert_string_equal(out.l[22].line, "late");
	herald_free(h);
}

static void bytes_bound_a_log_as_well(void **state)
{
	struct queuetemp *q = *state;
	struct herald *h = herald_new(-1);
	struct herald_bounds bounds = { .lines = 1000, .bytes = 30000 };
	struct job_claimed c = queuetemp_claim(q, queuetemp_add(q, 0, 1));
	struct herald_log *log = herald_log_open(h, &c.lease, &bounds);
	struct job_log_lines out;
	char *text = arena_alloc(q->mem, 20001);

	memset(text, 'x', 20000);
	for (int i = 0; i < 50; i++)
		herald_log_say(log, LOG_INFO, text);
	herald_log_close(log, q->engine);
	out = lines_of(q, c.lease.job);
	/* The first, the word about it, the gap, and 3 cut ones of 8 kB. */
	assert_int_equal(out.n, 6);
	assert_non_null(strstr(out.l[2].line, "46 lines"));
	assert_true(strlen(out.l[5].line) <= JOB_LOG_LINE_BYTES + 3);
	herald_free(h);
}

/* All jobs at once; each line once, whatever happens to the session in between. */
static void lines_survive_a_lost_session(void **state)
{
	struct queuetemp *q = *state;
	struct herald *h = herald_new(-1);
	struct herald_log *log[3];
	int64_t job[3];
	char text[60];
	struct err err = { 0 };
	struct db *ear = listen_to(q);
	struct event e;

	for (int i = 0; i < 3; i++) {
		struct job_claimed c = queuetemp_claim(q, queuetemp_add(q, 0, 1));

		job[i] = c.lease.job;
		log[i] = herald_log_open(h, &c.lease, NULL);
		herald_log_say(log[i], LOG_INFO, "one");
		herald_log_say(log[i], LOG_INFO, "two");
	}
	snprintf(text, sizeof(text), "select pg_terminate_backend(%d)",
		 db_backend_pid(q->engine));
	metatemp_run(q->super, text);
	herald_flush(h, q->engine);
	assert_true(db_is_broken(q->engine));
	OK(db_reconnect(q->engine, 5000, &err));
	herald_log_close(log[0], NULL);	/* its run is over, its lines are not */
	herald_flush(h, q->engine);
	for (int i = 0; i < 3; i++) {
		struct job_log_lines out = lines_of(q, job[i]);

		assert_int_equal(out.n, 2);
		assert_string_equal(out.l[0].line, "one");
		assert_int_equal(out.l[1].n, 2);
	}
	while (next(ear, &e))
		assert_int_equal(e.kind, EVENT_LOG);
	herald_log_close(log[1], q->engine);
	herald_log_close(log[2], q->engine);
	db_close(ear);
	herald_free(h);
}

/* A writer that is late takes no number before one that is seen already. */
static void numbers_grow_as_lines_are_seen(void **state)
{
	struct queuetemp *q = *state;
	struct job_claimed c = queuetemp_claim(q, queuetemp_add(q, 0, 1));
	struct job_log_line line = { .n = 1, .line = "late" }, other = { .n = 2, .line = "other" };
	struct job_log_batch late = { .lease = c.lease, .lines = &line, .n = 1 };
	struct job_log_batch soon = { .lease = c.lease, .lines = &other, .n = 1 };
	struct err err = { 0 };

	OK(db_begin(q->engine, &err));
	OK(job_log_add(q->engine, &late, 1, false, &err));
	/* The same job's next writer waits for the first one's commit. */
	metatemp_run(q->super, "set role leat_engine");
	db_set_deadline(q->super, 1000);
	metatemp_run(q->super, "set lock_timeout = '200ms'");
	assert_int_equal(job_log_add(q->super, &soon, 1, false, &err), ERR_TRANSIENT);
	assert_int_equal(soon.done, 0);
	OK(db_commit(q->engine, &err));
	OK(job_log_add(q->super, &soon, 1, false, &err));
	assert_true(soon.last_id > late.last_id);
	metatemp_run(q->super, "reset lock_timeout");
	metatemp_run(q->super, "reset role");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, queuetemp_up, queuetemp_down)
	const struct CMUnitTest tests[] = {
		T(progress_is_replaced_and_states_are_not),
		T(many_share_notices_and_too_many_are_read_again),
		T(what_is_refused_is_read_again),
		T(a_long_log_keeps_both_ends),
		T(bytes_bound_a_log_as_well),
		T(lines_survive_a_lost_session),
		T(numbers_grow_as_lines_are_seen),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

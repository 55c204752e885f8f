/*
 * tests/unit/core/meta/queue_test.c
 *	Who goes first, how many at once, who waits for whom, and what is forgotten.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/meta/org.h"
#include "core/meta/pipeline_store.h"
#include "core/meta/reject.h"
#include "tests/lib/queuetemp.h"

static const struct job_left left_unsure = { .trace = JOB_TRACE_UNSURE };

#define T(f) cmocka_unit_test_setup_teardown(f, queuetemp_up, queuetemp_down)

static struct job_claims claim_some(struct queuetemp *q, int max)
{
	struct job_claims got;
	struct err err = { 0 };

	OK(job_claim(q->mem, q->engine, &q->who, max, &got, &err));
	return got;
}

static void expect_claims(struct queuetemp *q, int max, int n)
{
	struct job_claims got = claim_some(q, max);

	assert_int_equal(got.n, n);
}

/* With a number at its end. */
static void run_sql(struct queuetemp *q, const char *sql, int64_t v)
{
	metatemp_run(q->super, arena_printf(q->mem, "%s%lld", sql, (long long)v));
}

/* ---- order ------------------------------------------------------------------ */

/* A point of priority is ten seconds of age, so nothing waits for ever. */
static void age_outweighs_priority(void **state)
{
	struct queuetemp *q = *state;
	struct job_request bad = { .priority = 110 }, good = { .priority = 100 };
	int64_t old = queuetemp_add_as(q, &bad), young = queuetemp_add_as(q, &good);
	struct job_claims got;

	got = claim_some(q, 1);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.c[0].lease.job, young);	/* 10 points are 100 s */
	young = queuetemp_add_as(q, &good);
	run_sql(q, "update leat.ready set since = now() - interval '90 s' where job_id = ", old);
	got = claim_some(q, 1);
	assert_int_equal(got.c[0].lease.job, young);
	young = queuetemp_add_as(q, &good);
	run_sql(q, "update leat.ready set since = now() - interval '110 s' where job_id = ",
		old);
	got = claim_some(q, 1);
	assert_int_equal(got.c[0].lease.job, old);
	assert_int_equal(claim_some(q, 1).c[0].lease.job, young);
}

static void a_lane_goes_by_number(void **state)
{
	struct queuetemp *q = *state;
	struct job_claims got;
	int64_t job[6];

	for (int i = 0; i < 6; i++)
		job[i] = queuetemp_add(q, 0, 1);
	for (int i = 0; i < 6; i += 2) {
		got = claim_some(q, 2);
		assert_int_equal(got.n, 2);
		assert_int_equal(got.c[0].lease.job, job[i]);
		assert_int_equal(got.c[1].lease.job, job[i + 1]);
	}
	expect_claims(q, 2, 0);
}

static struct db *second_org(struct queuetemp *q, int64_t *org)
{
	struct db *owner = metatemp_open(q->conninfo, META_OWNER, NULL, NULL), *app;
	struct err err = { 0 };

	OK(org_add(owner, "acme", org, &err));
	db_close(owner);
	app = metatemp_open(q->conninfo, META_APP, "acme", org);
	return app;
}

static const char **many_bodies(struct queuetemp *q, int n)
{
	const char **body = arena_array(q->mem, (size_t)n, sizeof(*body));

	for (int i = 0; i < n; i++)
		body[i] = "{}";
	return body;
}

/* Somebody with a thousand jobs keeps nobody from having three done. */
static void organizations_take_turns(void **state)
{
	struct queuetemp *q = *state;
	struct job_request in = { .kind = "load", .body = "{}" };
	struct err err = { 0 };
	int64_t other, jobs[1000], mine[2] = { 0, 0 };
	struct db *app = second_org(q, &other);

	OK(job_add_many(q->app, &in, many_bodies(q, 1000), 1000, jobs, &err));
	for (int i = 0; i < 3; i++)
		OK(job_add(app, &in, &jobs[i], NULL, &err));
	for (int i = 0; i < 6; i++) {
		struct job_claims got = claim_some(q, 1);

		assert_int_equal(got.n, 1);
		mine[got.c[0].lease.org_id == other]++;
	}
	assert_int_equal(mine[0], 3);
	assert_int_equal(mine[1], 3);
	/* In one claim they share as well; what one leaves the other takes next. */
	for (int i = 0; i < 3; i++)
		OK(job_add(app, &in, &jobs[i], NULL, &err));
	mine[0] = mine[1] = 0;
	for (int turn = 0; turn < 2; turn++) {
		struct job_claims got = claim_some(q, 10);

		for (int i = 0; i < got.n; i++)
			mine[got.c[i].lease.org_id == other]++;
	}
	assert_int_equal(mine[1], 3);
	assert_true(mine[0] >= 10);
	db_close(app);
}

/* ---- limits ------------------------------------------------------------------- */

#define CLAIMERS 4

struct crowd {
	struct queuetemp *q;
	const char *count;	/* what must not pass most */
	int64_t most;
	atomic_int done, wrong;
	int goal;
};

static void *claim_and_look(void *arg)
{
	struct crowd *c = arg;
	struct err err = { 0 };
	struct db *db = NULL;
	struct engine_self self = { "crowd", "test", 8, NULL };
	struct job_claimer who = { 0 };
	struct arena *mem = arena_new(NULL, "crowd");
	struct db_options opt = { .conninfo = c->q->conninfo, .role = "leat_engine",
				  .app_name = "leat test" };

	if (db_open(&opt, &db, &err) != ERR_OK ||
	    engine_row_start(db, &self, &who.engine, &err) != ERR_OK)
		atomic_fetch_add(&c->wrong, 1000);
	for (int turn = 0; turn < 4000 && atomic_load(&c->wrong) < 1000 &&
			   atomic_load(&c->done) < c->goal; turn++) {
		struct job_claims got;
		struct db_result *res = NULL;
		struct job_lease l[JOB_CLAIM_MAX];
		int64_t held;

		if (job_claim(mem, db, &who, 3, &got, &err) != ERR_OK ||
		    db_query(db, c->count, NULL, 0, &res, &err) != ERR_OK) {
			atomic_fetch_add(&c->wrong, 1000);
			break;
		}
		if (strtoll(db_result_at(res, 0, 0), NULL, 10) > c->most)
			atomic_fetch_add(&c->wrong, 1);
		db_result_free(res);
		for (int i = 0; i < got.n; i++)
			l[i] = got.c[i].lease;
		if (got.n > 0 && job_finish(db, l, NULL, got.n, &held, &err) != ERR_OK)
			atomic_fetch_add(&c->wrong, 1000);
		atomic_fetch_add(&c->done, got.n);
		arena_reset(mem);
	}
	db_close(db);
	arena_free(mem);
	return NULL;
}

/* Several claimers at once; looked at after each claim, and never too many. */
static void crowd(struct queuetemp *q, const char *count, int64_t most, int goal)
{
	struct crowd c = { .q = q, .count = count, .most = most, .goal = goal };
	pthread_t t[CLAIMERS];

	for (int i = 0; i < CLAIMERS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, claim_and_look, &c), 0);
	for (int i = 0; i < CLAIMERS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(atomic_load(&c.wrong), 0);
	assert_int_equal(atomic_load(&c.done), goal);
}

static void limit(struct queuetemp *q, const char *scope, const char *name, int most)
{
	metatemp_run(q->app, arena_printf(q->mem, "insert into leat.job_limit (scope, name, "
					  "max_running) values ('%s', '%s', %d)", scope, name,
					  most));
}

static void limits_are_never_passed(void **state)
{
	struct queuetemp *q = *state;
	struct job_request slow = { .queue = "slow", .kind = "load", .body = "{}" };
	struct job_request files = { .kind = "load", .body = queuetemp_body };

	limit(q, "queue", "slow", 2);
	for (int i = 0; i < 60; i++)
		queuetemp_add_as(q, &slow);
	crowd(q, "select count(*) from leat.run r join leat.lane l on l.org_id = r.org_id and "
	      "l.id = r.lane_id where l.queue = 'slow'", 2, 60);
	limit(q, "connection", "files", 3);
	for (int i = 0; i < 60; i++)
		queuetemp_add_as(q, &files);
	crowd(q, "select count(*) from leat.run r join leat.lane l on l.org_id = r.org_id and "
	      "l.id = r.lane_id where 'files' = any (l.connections)", 3, 60);
	limit(q, "organization", "", 4);
	for (int i = 0; i < 60; i++)
		queuetemp_add_as(q, i % 2 == 0 ? &files : &slow);
	crowd(q, "select count(*) from leat.run", 4, 60);
}

static void a_limit_fills_exactly(void **state)
{
	struct queuetemp *q = *state;
	struct job_request slow = { .queue = "slow" };
	struct job_claims got;
	struct job_claimed c;
	struct err err = { 0 };
	int64_t last;

	limit(q, "queue", "slow", 3);
	for (int i = 0; i < 5; i++)
		last = queuetemp_add_as(q, &slow);
	got = claim_some(q, 10);
	assert_int_equal(got.n, 3);
	expect_claims(q, 10, 0);
	assert_int_equal(job_claim_one(q->mem, q->engine, q->id, q->org, last, &c, &err),
			 ERR_TRANSIENT);
	queuetemp_settle(q, &got.c[1].lease);
	expect_claims(q, 10, 1);
	metatemp_run(q->app, "update leat.job_limit set max_running = 0");
	got.n = 1;
	queuetemp_finish(q, &got);
	expect_claims(q, 10, 0);
	/* One that says nothing limits nothing. */
	metatemp_run(q->app, "update leat.job_limit set max_running = null");
	expect_claims(q, 10, 1);
}

static void a_rate_hands_out_tokens(void **state)
{
	struct queuetemp *q = *state;
	struct job_claims got;

	metatemp_run(q->app, "insert into leat.job_limit (scope, name, rate_per_s, burst) values "
		     "('queue', 'default', 0.01, 4)");
	for (int i = 0; i < 10; i++)
		queuetemp_add(q, 0, 1);
	got = claim_some(q, 3);
	assert_int_equal(got.n, 3);
	got = claim_some(q, 3);
	assert_int_equal(got.n, 1);
	got = claim_some(q, 3);
	assert_int_equal(got.n, 0);
	assert_in_range(got.wait_ms, 90000, 100001);
	metatemp_run(q->super, "update leat.job_limit set tokens_at = tokens_at - "
		     "interval '250 s'");
	got = claim_some(q, 9);
	assert_int_equal(got.n, 2);	/* 2.5 came in 250 s */
	metatemp_run(q->super, "update leat.job_limit set tokens_at = tokens_at - "
		     "interval '1 day'");
	got = claim_some(q, 9);
	assert_int_equal(got.n, 4);	/* the burst, and no more */
}

static void pipelines_one_at_a_time(void **state)
{
	struct queuetemp *q = *state;
	struct job_request urgent = { .pipeline_id = q->pipeline, .priority = 1 };

	for (int i = 0; i < 40; i++) {
		queuetemp_add(q, q->pipeline, 1);
		queuetemp_add_as(q, &urgent);	/* another lane of the same pipeline */
	}
	crowd(q, "select count(*) from leat.run", 1, 80);
}

/* What the unlimited way sees may have got a limit since it was chosen. */
static void the_way_without_limits_keeps_off_them(void **state)
{
	struct queuetemp *q = *state;
	static const char pick[] = "select cardinality(leat.pick(10, null, 0, '{}', '{}', 0, 1))";

	queuetemp_add(q, q->pipeline, 1);
	assert_int_equal(metatemp_number(q->engine, pick), 0);
	queuetemp_add(q, 0, 1);
	assert_int_equal(metatemp_number(q->engine, pick), 1);
	limit(q, "connection", "files", 1);
	assert_int_equal(metatemp_number(q->engine, pick), 0);
}

static void what_is_paused_starts_nothing(void **state)
{
	struct queuetemp *q = *state;
	int64_t run = queuetemp_add(q, q->pipeline, 1), load = queuetemp_add(q, 0, 1);
	struct job_claims got;

	metatemp_run(q->app, "insert into leat.queue (name, is_paused) values ('default', true)");
	expect_claims(q, 10, 0);
	metatemp_run(q->app, "update leat.queue set is_paused = false");
	metatemp_run(q->super, "insert into leat.pipeline_pause (org_id, pipeline_id) "
			       "select org_id, id from leat.pipeline");
	got = claim_some(q, 10);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.c[0].lease.job, load);
	metatemp_run(q->super, "delete from leat.pipeline_pause");
	got = claim_some(q, 10);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.c[0].lease.job, run);
}

static void an_engine_of_some_queues_takes_those(void **state)
{
	struct queuetemp *q = *state;
	struct job_request other = { .queue = "other" };
	int64_t job = queuetemp_add_as(q, &other);
	struct job_claims got;

	queuetemp_add(q, 0, 1);
	q->who.queues = "{other,third}";
	got = claim_some(q, 10);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.c[0].lease.job, job);
	q->who.queues = NULL;
	expect_claims(q, 10, 1);
}

/* ---- keys ------------------------------------------------------------------------- */

static enum err_code add_keyed(struct queuetemp *q, enum job_clash clash, bool until_start,
			       int64_t *job, bool *is_new)
{
	struct job_request in = { .kind = "load", .body = "{}", .key = "k", .on_clash = clash,
				  .key_until_start = until_start };
	struct err err = { 0 };

	return job_add(q->app, &in, job, is_new, &err);
}

static void a_key_holds_until_the_end(void **state)
{
	struct queuetemp *q = *state;
	struct job_claimed c;
	int64_t one, two;
	bool is_new;

	assert_int_equal(add_keyed(q, JOB_CLASH_KEEP, false, &one, &is_new), ERR_OK);
	assert_true(is_new);
	assert_int_equal(add_keyed(q, JOB_CLASH_KEEP, false, &two, &is_new), ERR_OK);
	assert_false(is_new);
	assert_int_equal(two, one);
	assert_int_equal(add_keyed(q, JOB_CLASH_REFUSE, false, &two, &is_new), ERR_CONFLICT);
	assert_int_equal(add_keyed(q, JOB_CLASH_REPLACE, false, &two, &is_new), ERR_OK);
	assert_true(is_new);
	queuetemp_expect(q, one, JOB_CANCELLED);
	c = queuetemp_claim(q, two);
	assert_int_equal(add_keyed(q, JOB_CLASH_REPLACE, false, &one, &is_new), ERR_OK);
	assert_false(is_new);	/* what runs is not replaced */
	assert_int_equal(one, two);
	queuetemp_settle(q, &c.lease);
	assert_int_equal(add_keyed(q, JOB_CLASH_REFUSE, false, &one, &is_new), ERR_OK);
	assert_true(is_new);
	c = queuetemp_claim(q, one);
	queuetemp_fail(q, &c.lease);
	assert_int_equal(add_keyed(q, JOB_CLASH_REFUSE, false, &one, &is_new), ERR_OK);
	queuetemp_finish(q, &(struct job_claims){ 1, &(struct job_claimed){ .lease =
			 queuetemp_claim(q, one).lease }, -1 });
	assert_int_equal(add_keyed(q, JOB_CLASH_REFUSE, false, &one, &is_new), ERR_OK);
}

static void a_key_holds_until_the_start(void **state)
{
	struct queuetemp *q = *state;
	struct err err = { 0 };
	struct job_claimed c;
	int64_t one, two;
	bool is_new;

	assert_int_equal(add_keyed(q, JOB_CLASH_REFUSE, true, &one, &is_new), ERR_OK);
	assert_int_equal(add_keyed(q, JOB_CLASH_REFUSE, true, &two, &is_new), ERR_CONFLICT);
	c = queuetemp_claim(q, one);
	assert_int_equal(add_keyed(q, JOB_CLASH_REFUSE, true, &two, &is_new), ERR_OK);
	/* It comes back without its key: the other one has it. */
	OK(job_hand_back(q->engine, &c.lease, JOB_TRACE_NONE, &err));
	c = queuetemp_claim(q, one);
	queuetemp_settle(q, &c.lease);
	assert_int_equal(add_keyed(q, JOB_CLASH_REFUSE, true, &one, &is_new), ERR_CONFLICT);
	assert_int_equal(one, two);
}

struct key_race {
	struct queuetemp *q;
	atomic_int made, failed;
};

static void *add_same_key(void *arg)
{
	struct key_race *k = arg;
	struct job_request in = { .kind = "load", .body = "{}", .key = "k" };
	struct db_options opt = { .conninfo = k->q->conninfo, .role = "leat_app",
				  .app_name = "leat test" };
	struct err err = { 0 };
	struct db *db = NULL;
	int64_t job;
	bool is_new = false;

	if (db_open(&opt, &db, &err) != ERR_OK)
		atomic_fetch_add(&k->failed, 1);
	else
		db_set_org(db, k->q->org);
	for (int i = 0; db != NULL && i < 20; i++) {
		if (job_add(db, &in, &job, &is_new, &err) != ERR_OK)
			atomic_fetch_add(&k->failed, 1);
		atomic_fetch_add(&k->made, is_new);
	}
	db_close(db);
	return NULL;
}

static void a_key_is_given_once(void **state)
{
	struct key_race k = { .q = *state };
	pthread_t t[CLAIMERS];

	for (int i = 0; i < CLAIMERS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, add_same_key, &k), 0);
	for (int i = 0; i < CLAIMERS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(atomic_load(&k.failed), 0);
	assert_int_equal(atomic_load(&k.made), 1);
	assert_int_equal(metatemp_number(k.q->super, "select count(*) from leat.job"), 1);
}

/* ---- jobs that wait for jobs ------------------------------------------------------------ */

static int64_t add_child(struct queuetemp *q, const int64_t *parents, int n,
			 enum job_on_fail on_fail)
{
	struct job_request in = { .parents = parents, .nparents = n, .on_fail = on_fail };

	return queuetemp_add_as(q, &in);
}

static void children_start_when_all_is_well(void **state)
{
	struct queuetemp *q = *state;
	int64_t parent[2] = { queuetemp_add(q, 0, 1), queuetemp_add(q, 0, 1) }, child;
	struct job_claims got;

	child = add_child(q, parent, 2, JOB_ON_FAIL_CANCEL);
	queuetemp_expect(q, child, JOB_WAITING);
	assert_int_equal(queuetemp_get(q, child).pending, 2);
	got = claim_some(q, 10);
	assert_int_equal(got.n, 2);
	queuetemp_settle(q, &got.c[0].lease);
	queuetemp_expect(q, child, JOB_WAITING);
	assert_int_equal(queuetemp_get(q, child).pending, 1);
	got.c++;
	got.n = 1;
	queuetemp_finish(q, &got);	/* the other way to end */
	queuetemp_expect(q, child, JOB_QUEUED);
	got = claim_some(q, 10);
	assert_int_equal(got.n, 1);
	queuetemp_settle(q, &got.c[0].lease);
}

static void a_failed_parent_means_what_was_said(void **state)
{
	struct queuetemp *q = *state;
	int64_t parent = queuetemp_add(q, 0, 1), cancels, cascades, runs, waits;
	struct job_claimed c;
	struct err err = { 0 };

	cancels = add_child(q, &parent, 1, JOB_ON_FAIL_CANCEL);
	cascades = add_child(q, &cancels, 1, JOB_ON_FAIL_CANCEL);
	runs = add_child(q, &parent, 1, JOB_ON_FAIL_RUN);
	waits = add_child(q, &parent, 1, JOB_ON_FAIL_WAIT);
	c = queuetemp_claim(q, parent);
	queuetemp_fail(q, &c.lease);
	queuetemp_expect(q, cancels, JOB_CANCELLED);
	assert_non_null(strstr(queuetemp_get(q, cancels).error, "did not succeed"));
	queuetemp_expect(q, cascades, JOB_CANCELLED);
	queuetemp_expect(q, runs, JOB_QUEUED);
	queuetemp_expect(q, waits, JOB_WAITING);
	/* A second failure changes nothing for who waits; success does. */
	OK(job_retry(q->app, parent, true, &err));
	c = queuetemp_claim(q, parent);
	queuetemp_fail(q, &c.lease);
	queuetemp_expect(q, waits, JOB_WAITING);
	OK(job_retry(q->app, parent, true, &err));
	c = queuetemp_claim(q, parent);
	queuetemp_settle(q, &c.lease);
	queuetemp_expect(q, waits, JOB_QUEUED);
	queuetemp_expect(q, cancels, JOB_CANCELLED);
}

static void parents_that_have_ended(void **state)
{
	struct queuetemp *q = *state;
	int64_t well = queuetemp_add(q, 0, 1), badly = queuetemp_add(q, 0, 1), child, none = 999;
	struct job_request in = { .kind = "load", .body = "{}", .parents = &badly, .nparents = 1 };
	struct job_claimed c = queuetemp_claim(q, well);
	struct err err = { 0 };

	queuetemp_settle(q, &c.lease);
	c = queuetemp_claim(q, badly);
	queuetemp_fail(q, &c.lease);
	queuetemp_expect(q, add_child(q, &well, 1, JOB_ON_FAIL_CANCEL), JOB_QUEUED);
	queuetemp_expect(q, add_child(q, &badly, 1, JOB_ON_FAIL_RUN), JOB_QUEUED);
	assert_int_equal(job_add(q->app, &in, &child, NULL, &err), ERR_CONFLICT);
	err_clear(&err);
	in.parents = &none;
	assert_int_equal(job_add(q->app, &in, &child, NULL, &err), ERR_NOT_FOUND);
	err_clear(&err);
	child = add_child(q, &badly, 1, JOB_ON_FAIL_WAIT);
	queuetemp_expect(q, child, JOB_WAITING);
	OK(job_retry(q->app, badly, true, &err));
	c = queuetemp_claim(q, badly);
	queuetemp_settle(q, &c.lease);
	queuetemp_expect(q, child, JOB_QUEUED);
}

static void a_cancelled_parent_takes_its_children(void **state)
{
	struct queuetemp *q = *state;
	int64_t parent = queuetemp_add(q, 0, 1), child, grandchild, other;
	struct err err = { 0 };
	enum job_state st;

	child = add_child(q, &parent, 1, JOB_ON_FAIL_CANCEL);
	grandchild = add_child(q, &child, 1, JOB_ON_FAIL_CANCEL);
	other = add_child(q, &parent, 1, JOB_ON_FAIL_RUN);
	OK(job_cancel(q->app, child, &st, &err));
	assert_int_equal(st, JOB_CANCELLED);
	queuetemp_expect(q, grandchild, JOB_CANCELLED);
	queuetemp_expect(q, parent, JOB_QUEUED);
	OK(job_cancel(q->app, parent, &st, &err));
	queuetemp_expect(q, other, JOB_QUEUED);
}

/* ---- pause, resume, cancel ------------------------------------------------------------------ */

static void a_pause_reaches_waiting_and_running(void **state)
{
	struct queuetemp *q = *state;
	struct job_request later = { .delay_ms = 3600000 }, held = { .is_paused = true };
	int64_t ready = queuetemp_add(q, 0, 1), due = queuetemp_add_as(q, &later);
	int64_t born = queuetemp_add_as(q, &held), runs = queuetemp_add(q, 0, 1);
	struct job_claimed c = queuetemp_claim(q, runs);
	struct engine_pulse p = { .lease = c.lease };
	struct err err = { 0 };
	enum job_state st;
	bool drain;

	queuetemp_expect(q, born, JOB_PAUSED);
	OK(job_pause(q->app, ready, &st, &err));
	assert_int_equal(st, JOB_PAUSED);
	OK(job_pause(q->app, due, &st, &err));
	assert_int_equal(st, JOB_PAUSED);
	OK(job_pause(q->app, runs, &st, &err));
	assert_int_equal(st, JOB_RUNNING);
	assert_true(queuetemp_get(q, runs).is_pause_asked);
	OK(engine_row_beat(q->engine, q->id, 5000, &p, 1, &drain, &err));
	assert_true(p.is_paused && !p.is_cancelled);
	OK(job_hand_back(q->engine, &c.lease, JOB_TRACE_NONE, &err));
	queuetemp_expect(q, runs, JOB_PAUSED);
	expect_claims(q, 10, 0);
	assert_int_equal(job_claim_one(q->mem, q->engine, q->id, q->org, born, &c, &err),
			 ERR_CONFLICT);
	err_clear(&err);
	OK(job_resume(q->app, due, &err));
	queuetemp_expect(q, due, JOB_QUEUED);
	expect_claims(q, 10, 0);	/* its moment has not come */
	OK(job_resume(q->app, ready, &err));
	OK(job_resume(q->app, born, &err));
	OK(job_resume(q->app, runs, &err));
	expect_claims(q, 10, 3);
	assert_int_equal(job_resume(q->app, ready, &err), ERR_CONFLICT);
	assert_int_equal(job_resume(q->app, 999, &err), ERR_NOT_FOUND);
	assert_int_equal(job_pause(q->app, 999, &st, &err), ERR_NOT_FOUND);
	err_clear(&err);
	/* Asked and taken back while it runs. */
	OK(job_pause(q->app, ready, &st, &err));
	OK(job_resume(q->app, ready, &err));
	assert_false(queuetemp_get(q, ready).is_pause_asked);
}

static void a_paused_child_still_waits(void **state)
{
	struct queuetemp *q = *state;
	int64_t parent = queuetemp_add(q, 0, 1), child = add_child(q, &parent, 1, 0);
	struct job_claimed c = queuetemp_claim(q, parent);
	struct err err = { 0 };
	enum job_state st;

	OK(job_pause(q->app, child, &st, &err));
	queuetemp_expect(q, child, JOB_PAUSED);
	OK(job_resume(q->app, child, &err));
	queuetemp_expect(q, child, JOB_WAITING);
	OK(job_pause(q->app, child, &st, &err));
	queuetemp_settle(q, &c.lease);
	queuetemp_expect(q, child, JOB_PAUSED);
	OK(job_resume(q->app, child, &err));
	queuetemp_expect(q, child, JOB_QUEUED);
}

static void a_cancel_in_each_state(void **state)
{
	struct queuetemp *q = *state;
	struct job_request later = { .delay_ms = 3600000 }, held = { .is_paused = true };
	int64_t ready = queuetemp_add(q, 0, 1), runs = queuetemp_add(q, 0, 1);
	int64_t waits = add_child(q, &runs, 1, JOB_ON_FAIL_CANCEL);
	int64_t still[] = { ready, queuetemp_add_as(q, &later), queuetemp_add_as(q, &held), waits };
	struct job_claimed c = queuetemp_claim(q, runs);
	struct err err = { 0 };
	enum job_state st;

	for (size_t i = 0; i < sizeof(still) / sizeof(still[0]); i++) {
		OK(job_cancel(q->app, still[i], &st, &err));
		assert_int_equal(st, JOB_CANCELLED);
		queuetemp_expect(q, still[i], JOB_CANCELLED);
		assert_int_equal(job_cancel(q->app, still[i], &st, &err), ERR_CONFLICT);
		err_clear(&err);
	}
	OK(job_cancel(q->app, runs, &st, &err));
	assert_int_equal(st, JOB_RUNNING);
	/* The engine gives way: nothing is committed, so it is cancelled. */
	OK(job_hand_back(q->engine, &c.lease, JOB_TRACE_NONE, &err));
	queuetemp_expect(q, runs, JOB_CANCELLED);
	expect_claims(q, 10, 0);
	OK(job_retry(q->app, runs, true, &err));
	expect_claims(q, 10, 1);
}

/* ---- moments -------------------------------------------------------------------------------- */

static void delayed_jobs_come_when_due(void **state)
{
	struct queuetemp *q = *state;
	struct job_request soon = { .delay_ms = 400 }, later = { .delay_ms = 60000 };
	int64_t one = queuetemp_add_as(q, &soon), two = queuetemp_add_as(q, &later), ms;
	struct job_claims got;
	struct err err = { 0 };

	expect_claims(q, 10, 0);
	OK(job_promote(q->engine, &ms, &err));
	assert_in_range(ms, 1, 400);
	OK(job_due(q->engine, q->org, two, &ms, &err));
	assert_in_range(ms, 55000, 60000);
	run_sql(q, "update leat.scheduled set run_after = now() where job_id = ", one);
	OK(job_promote(q->engine, &ms, &err));
	assert_in_range(ms, 50000, 60000);	/* the other one */
	got = claim_some(q, 10);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.c[0].lease.job, one);
	/* By name it is had before its time. */
	assert_int_equal(queuetemp_claim(q, two).lease.job, two);
	OK(job_promote(q->engine, &ms, &err));
	assert_int_equal(ms, -1);
}

static void *promote_often(void *arg)
{
	struct crowd *c = arg;
	struct db_options opt = { .conninfo = c->q->conninfo, .role = "leat_engine",
				  .app_name = "leat test" };
	struct err err = { 0 };
	struct db *db = NULL;
	int64_t ms;

	if (db_open(&opt, &db, &err) != ERR_OK)
		atomic_fetch_add(&c->wrong, 1);
	for (int i = 0; db != NULL && i < 150; i++) {
		if (job_promote(db, &ms, &err) != ERR_OK)
			atomic_fetch_add(&c->wrong, 1);
	}
	db_close(db);
	return NULL;
}

/* All engines look at the same moment. */
static void several_promote_at_once(void **state)
{
	struct crowd c = { .q = *state };
	struct job_request in = { .delay_ms = 300 };
	pthread_t t[CLAIMERS];

	for (int i = 0; i < 100; i++) {
		in.delay_ms = 20 + 10 * i;
		queuetemp_add_as(c.q, &in);
	}
	for (int i = 0; i < CLAIMERS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, promote_often, &c), 0);
	for (int i = 0; i < CLAIMERS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(atomic_load(&c.wrong), 0);
}

/* ---- ends ------------------------------------------------------------------------------------ */

static void a_fenced_one_in_a_batch(void **state)
{
	struct queuetemp *q = *state;
	int64_t job[3];
	struct job_lease l[3];
	const char *results[3] = { "{\"n\":1}", NULL, "{\"t\":\"a\\\"b\\\\\"}" };
	struct err err = { 0 };
	int64_t held;

	for (int i = 0; i < 3; i++)
		job[i] = queuetemp_add(q, 0, 1);
	l[1] = queuetemp_claim(q, job[1]).lease;
	assert_int_equal(queuetemp_lose(q), 1);
	for (int i = 0; i < 3; i++) {
		struct job_lease now = queuetemp_claim(q, job[i]).lease;

		if (i != 1)
			l[i] = now;
	}
	OK(job_finish(q->engine, l, results, 3, &held, &err));
	assert_int_equal(held, 2);
	queuetemp_expect(q, job[0], JOB_SUCCEEDED);
	queuetemp_expect(q, job[1], JOB_RUNNING);
	assert_string_equal(queuetemp_get(q, job[0]).result, "{\"n\": 1}");
	assert_string_equal(queuetemp_get(q, job[2]).result, "{\"t\": \"a\\\"b\\\\\"}");
	OK(job_finish(q->engine, l, results, 3, &held, &err));
	assert_int_equal(held, 0);
	OK(job_finish(q->engine, l, NULL, 0, &held, &err));
	assert_int_equal(held, 0);
}

/* What the target said of an earlier run says nothing of the one that came after. */
static void an_old_answer_settles_nothing(void **state)
{
	struct queuetemp *q = *state;
	int64_t job = queuetemp_add(q, q->pipeline, 3);
	struct job_lease old = queuetemp_claim(q, job).lease, now;
	struct job_done d = { .committed_run = old.run };
	struct err err = { 0 }, why = { 0 };

	assert_int_equal(queuetemp_lose(q), 1);
	now = queuetemp_claim(q, job).lease;
	err_set(&why, ERR_TIMEOUT, "late");
	OK(job_fail(q->engine, &now, &why, &left_unsure, NULL, &err));
	queuetemp_expect(q, job, JOB_QUEUED);
	assert_int_equal(job_clear_found(q->engine, &old, &err), ERR_FENCED);
	assert_int_equal(job_settle_found(q->engine, &old, &d, &err), ERR_FENCED);
	err_clear(&err);
	queuetemp_expect(q, job, JOB_QUEUED);
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.scheduled "
					 "where is_unsure"), 1);
	OK(job_clear_found(q->engine, &now, &err));
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.scheduled "
					 "where is_unsure"), 0);
}

/* ---- history --------------------------------------------------------------------------------- */

static void room_is_made_for_many(void **state)
{
	struct queuetemp *q = *state;
	struct job_request in = { .kind = "load", .body = "{}" };
	int n = 50000;
	int64_t *jobs = arena_array(q->mem, (size_t)n, sizeof(*jobs)), hi;
	struct err err = { 0 };

	OK(job_add_many(q->app, &in, many_bodies(q, n), n, jobs, &err));
	hi = metatemp_number(q->super, "select max(hi) from leat.job_range");
	assert_true(hi > jobs[n - 1] + 20000);
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.ready"), n);
	/* Numbers that were drawn in vain leave no hole that nobody fills. */
	metatemp_run(q->super, "select setval('leat.job_id_seq', max(hi) + 70000) "
		     "from leat.job_range");
	assert_true(queuetemp_add(q, 0, 1) > hi);
}

/* Ranges of ten, all of it long ago: as many as there are jobs for. */
static void shrink_ranges(struct queuetemp *q)
{
	metatemp_run(q->super, "delete from leat.job_range");
	metatemp_run(q->super, "drop table leat.job_1, leat.done_1, leat.attempt_1, "
		     "leat.job_log_1");
	metatemp_run(q->super, "insert into leat.job_range select 1 + 10 * i, 11 + 10 * i from "
		     "generate_series(0, 9) i");
	metatemp_run(q->super, "do $$ declare p text; begin for i in 0 .. 9 loop foreach p in array "
		     "array['job', 'done', 'attempt', 'job_log'] loop execute format('create table "
		     "leat.%s_%s partition of leat.%s for values from (%s) to (%s)', p, 1 + 10 * i, "
		     "p, 1 + 10 * i, 11 + 10 * i); execute format('alter table leat.%s_%s owner to "
		     "leat_owner', p, 1 + 10 * i); end loop; end loop; end $$");
}

static int64_t ranges(struct queuetemp *q)
{
	return metatemp_number(q->super, "select count(*) from leat.job_range where lo <= 100");
}

static void sweep(struct queuetemp *q)
{
	struct err err = { 0 };

	OK(job_sweep(q->engine, 30, &err));
}

static void old_history_goes_whole(void **state)
{
	struct queuetemp *q = *state;
	struct reject_problem p = { "f", SLICE("x"), "type", "r", NULL };
	struct reject_in in = { "a", 1, 1, 1, SLICE("x"), 1, &p };
	struct job_request later = { .delay_ms = 86400000 };
	struct reject_writer *w;
	struct err err = { 0 };
	int64_t waits = 0, pinned = 0, bad = 0, child;
	enum job_state st;

	shrink_ranges(q);
	for (int i = 1; i <= 59; i++) {
		int64_t job = i == 15 ? queuetemp_add_as(q, &later) : queuetemp_add(q, 0, 1);
		struct job_claimed c;

		assert_int_equal(job, i);
		if (i == 15) {
			waits = job;
			continue;
		}
		c = queuetemp_claim(q, job);
		if (i == 25) {
			pinned = job;
			OK(reject_writer_open(q->engine, &c.lease, &w, &err));
			OK(reject_writer_add(w, &in, &err));
			OK(reject_writer_flush(w, &err));
			reject_writer_close(w);
		}
		if (i == 35)
			queuetemp_fail(q, &c.lease), bad = job;
		else
			queuetemp_settle(q, &c.lease);
	}
	child = add_child(q, &bad, 1, JOB_ON_FAIL_WAIT);
	sweep(q);
	assert_int_equal(ranges(q), 10);	/* all of it is new */
	metatemp_run(q->super, "update leat.done set finished_at = now() - interval '31 days'");
	sweep(q);
	/* A job that waits, a reject, a job that is waited for, and the newest stay. */
	assert_string_equal(metatemp_one(q->super, "select string_agg(lo::text, ' ' order by lo) "
					 "from leat.job_range where lo < 60"), "11 21 31 51");
	OK(job_cancel(q->app, waits, &st, &err));
	OK(job_cancel(q->app, child, &st, &err));
	metatemp_run(q->super, arena_printf(q->mem, "insert into leat.repair "
					    "(org_id, reject_id, state, act_id) select org_id, id, "
					    "3, 1 from leat.reject where job_id = %lld",
					    (long long)pinned));
	sweep(q);
	assert_string_equal(metatemp_one(q->super, "select string_agg(lo::text, ' ' order by lo) "
					 "from leat.job_range where lo < 60"), "11 51");
	assert_int_equal(metatemp_number(q->super, "select min(id) from leat.job"), 11);
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.reject"), 0);
	assert_int_equal(metatemp_number(q->super, "select count(*) from pg_class where relname "
					 "in ('job_1', 'done_21', 'attempt_41', 'job_log_31')"), 0);
}

/* Acts of every organization, and slots, but for those that are still looked at. */
static void old_acts_and_slots_go(void **state)
{
	struct queuetemp *q = *state;
	int64_t job = queuetemp_add(q, 0, 1);

	metatemp_run(q->super, "select leat.make_org('other')");
	metatemp_run(q->super, "delete from leat.audit");
	metatemp_run(q->super, "insert into leat.audit (org_id, at, action, object) select o.org_id, "
		     "now() - interval '1 hour' * (2500 - i), 'test', i::text "
		     "from leat.organization o, generate_series(1, 2500) i");
	metatemp_run(q->super, "insert into leat.pipeline (org_id, project_id, name, body) select org_id, "
		     "id, 'swept', '{}' from leat.project");
	metatemp_run(q->super, "insert into leat.schedule (org_id, name, pipeline_id, spec, tz) "
		     "select p.org_id, s.name, p.id, '@daily', 'UTC' from leat.pipeline p, "
		     "(values ('daily'), ('yearly')) s (name) where p.name = 'swept'");
	metatemp_run(q->super, "insert into leat.tick (org_id, schedule_id, due_at, outcome) select "
		     "s.org_id, s.id, now() - interval '1 day' * (i - 1), 'skipped' "
		     "from leat.schedule s, generate_series(1, 60) i where s.name = 'daily'");
	metatemp_run(q->super, "insert into leat.tick (org_id, schedule_id, due_at, outcome) select "
		     "s.org_id, s.id, now() - interval '1 year', 'skipped' "
		     "from leat.schedule s where s.name = 'yearly'");
	/* One of forty days waits on. */
	metatemp_run(q->super, arena_printf(q->mem, "update leat.tick set job_id = %lld where org_id = "
		     "1 and due_at < now() - interval '40 days' and due_at > now() - interval '41 days'",
		     (long long)job));
	sweep(q);
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.organization"), 2);
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.audit where at < now() - "
					 "interval '30 days'"), 0);
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.audit where action = "
					 "'test'"), 2 * 720);
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.tick t join leat.schedule "
					 "s on s.id = t.schedule_id where s.name = 'daily'"),
			 2 * 30 + 1);
	assert_int_equal(metatemp_number(q->super, "select count(*) from leat.tick t join leat.schedule "
					 "s on s.id = t.schedule_id where s.name = 'yearly'"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(age_outweighs_priority),
		T(a_lane_goes_by_number),
		T(organizations_take_turns),
		T(limits_are_never_passed),
		T(a_limit_fills_exactly),
		T(a_rate_hands_out_tokens),
		T(pipelines_one_at_a_time),
		T(the_way_without_limits_keeps_off_them),
		T(what_is_paused_starts_nothing),
		T(an_engine_of_some_queues_takes_those),
		T(a_key_holds_until_the_end),
		T(a_key_holds_until_the_start),
		T(a_key_is_given_once),
		T(children_start_when_all_is_well),
		T(a_failed_parent_means_what_was_said),
		T(parents_that_have_ended),
		T(a_cancelled_parent_takes_its_children),
		T(a_pause_reaches_waiting_and_running),
		T(a_paused_child_still_waits),
		T(a_cancel_in_each_state),
		T(delayed_jobs_come_when_due),
		T(several_promote_at_once),
		T(a_fenced_one_in_a_batch),
		T(an_old_answer_settles_nothing),
		T(room_is_made_for_many),
		T(old_history_goes_whole),
		T(old_acts_and_slots_go),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

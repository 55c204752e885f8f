/*
 * tests/unit/core/meta/repair_test.c
 *	Fixes, discards, undo and redo; rejects that a replay has; how a replay settles.
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
#include "core/meta/reject.h"
#include "core/meta/repair.h"
#include "tests/lib/queuetemp.h"

#define N 6

struct bench {
	struct queuetemp *q;
	struct job_lease lease;
	int64_t id[N];
};

static void write_row(struct bench *b, struct reject_writer *w, int64_t row, const char *reason)
{
	struct reject_problem p = { "amount", SLICE("x"), "type", reason, NULL };
	struct reject_in r = { "f.csv", row, row, -1, SLICE("1;x"), 1, &p };
	struct err err = { 0 };

	(void)b;
	OK(reject_writer_add(w, &r, &err));
}

static int set_up(void **state)
{
	struct bench *b = test_calloc(1, sizeof(*b));
	struct reject_filter f = { 0 };
	struct reject_writer *w;
	struct reject_rows got;
	struct err err = { 0 };
	void *q;

	queuetemp_up(&q);
	b->q = q;
	b->lease = queuetemp_claim(b->q, queuetemp_add(b->q, b->q->pipeline, 1)).lease;
	OK(reject_writer_open(b->q->engine, &b->lease, &w, &err));
	OK(reject_writer_shape(w, "f.csv", "{}", &err));
	for (int i = 0; i < N; i++)
		write_row(b, w, i + 1, "is not a number");
	OK(reject_writer_flush(w, &err));
	reject_writer_close(w);
	queuetemp_settle(b->q, &b->lease);
	f.job = b->lease.job;
	OK(reject_list(b->q->mem, b->q->app, &f, &got, &err));
	for (int i = 0; i < N; i++)
		b->id[i] = got.r[i].id;
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;
	void *q = b->q;

	test_free(b);
	return queuetemp_down(&q);
}

/* One letter a reject: its state, a capital when it has a fix; then its version. */
static const char *states(struct bench *b)
{
	return metatemp_one(b->q->super, "select string_agg(case when fix is not null "
			    "then upper(substr('osrd', state + 1, 1)) "
			    "else substr('osrd', state + 1, 1) end || version, ' ' order by id) "
			    "from leat.reject_view where job_id = 1");
}

/* In a transaction; "why why" of those that were not changed. */
static const char *change(struct bench *b, const char *reason, int first, int n, int64_t version,
			  const char *fix)
{
	struct repair_change c[N];
	struct repair_verdicts v = { 0 };
	struct err err = { 0 };
	const char *out = "";
	int64_t act;

	for (int i = 0; i < n; i++)
		c[i] = (struct repair_change){ b->id[first + i], version, fix, 0 };
	OK(db_begin(b->q->app, &err));
	OK(repair_act(b->q->app, reason != NULL ? "discard" : "fix", "x", NULL, &act, &err));
	OK(repair_change(b->q->mem, b->q->app, act, reason, c, n, &v, &err));
	OK(db_commit(b->q->app, &err));
	for (int i = 0; i < v.n; i++)
		out = arena_printf(b->q->mem, "%s%s%s", out, i > 0 ? " " : "", v.v[i].why);
	return out;
}

static enum err_code undo(struct bench *b, int64_t act, bool is_again, struct repair_undone *out)
{
	struct err err = { 0 };
	enum err_code rc;

	OK(db_begin(b->q->app, &err));
	rc = repair_undo(b->q->app, act, is_again, out, &err);
	if (rc == ERR_OK)
		OK(db_commit(b->q->app, &err));
	db_rollback(b->q->app);
	return rc;
}

static void changes_are_steps_and_can_be_undone(void **state)
{
	struct bench *b = *state;
	struct repair_undone u;
	struct repair_steps steps;
	struct repair_acts acts;
	struct err err = { 0 };

	assert_string_equal(change(b, NULL, 0, 3, -1, "{\"amount\":\"1\"}"), "");
	assert_string_equal(change(b, NULL, 2, 2, -1, "{\"name\":\"y\"}"), "");
	assert_string_equal(change(b, "test", 3, 2, -1, NULL), "");
	assert_string_equal(states(b), "S1 S1 S2 D2 d1 o0");
	/* The same again, another version, what is discarded. */
	assert_string_equal(change(b, NULL, 0, 1, -1, "{\"amount\":\"1\"}"), "same");
	assert_string_equal(change(b, NULL, 0, 1, 7, "{\"amount\":\"2\"}"), "changed");
	assert_string_equal(change(b, NULL, 3, 1, -1, "{\"amount\":\"1\"}"), "discarded");
	assert_string_equal(change(b, "again", 4, 1, -1, NULL), "discarded");
	assert_int_equal(undo(b, 0, false, &u), ERR_OK);
	assert_int_equal(u.rejects, 2);
	assert_string_equal(states(b), "S1 S1 S2 S3 o2 o0");
	assert_int_equal(undo(b, 0, false, &u), ERR_OK);
	assert_string_equal(states(b), "S1 S1 S3 o4 o2 o0");
	assert_int_equal(undo(b, 0, true, &u), ERR_OK);
	assert_string_equal(states(b), "S1 S1 S4 S5 o2 o0");
	/* The first act is taken back where nothing has happened since. */
	assert_int_equal(undo(b, 1, false, &u), ERR_OK);
	assert_int_equal(u.rejects, 2);
	assert_int_equal(u.kept, 1);
	assert_string_equal(states(b), "o2 o2 S4 S5 o2 o0");
	assert_int_equal(undo(b, 1, false, &u), ERR_NOT_FOUND);
	/* What comes new ends the way back to what was undone before. */
	assert_string_equal(change(b, NULL, 5, 1, -1, "{\"amount\":\"1\"}"), "");
	assert_int_equal(undo(b, 0, true, &u), ERR_NOT_FOUND);
	OK(repair_history(b->q->mem, b->q->app, b->id[3], &steps, &err));
	assert_int_equal(steps.n, 5);
	assert_string_equal(steps.s[0].what, "fix");
	assert_string_equal(steps.s[1].what, "discard");
	assert_string_equal(steps.s[1].reason, "test");
	assert_string_equal(steps.s[2].what, "undo");
	assert_string_equal(steps.s[4].what, "redo");
	assert_string_equal(steps.s[4].fix, "{\"name\": \"y\"}");
	OK(repair_acts(b->q->mem, b->q->app, 0, 2, &acts, &err));
	assert_int_equal(acts.n, 2);
	assert_int_equal(acts.a[0].rejects, 1);
	/* The rows themselves are as they were. */
	assert_int_equal(metatemp_number(b->q->super, "select count(*) from leat.reject "
					 "where raw = '1;x' and problems->0->>'reason' = "
					 "'is not a number'"), N);
}

/* A replay of rejects from first on; n of them were to be had. */
static int64_t add_replay(struct bench *b, int first, int n, int64_t *rows)
{
	struct job_request in = { .kind = "replay", .pipeline_id = b->q->pipeline,
				  .max_attempts = 1 };
	struct err err = { 0 };
	int64_t job = queuetemp_add_as(b->q, &in);

	OK(repair_assign(b->q->app, job, b->id + first, n, rows, &err));
	return job;
}

static void a_reject_is_of_one_replay(void **state)
{
	struct bench *b = *state;
	struct repair_undone u;
	struct job_lease l;
	struct err err = { 0 };
	int64_t first, second, rows, *id;
	int n;

	assert_string_equal(change(b, NULL, 0, 2, -1, "{\"amount\":\"1\"}"), "");
	first = add_replay(b, 0, 4, &rows);
	assert_int_equal(rows, 4);
	second = add_replay(b, 2, 4, &rows);
	assert_int_equal(rows, 2);
	assert_string_equal(change(b, NULL, 0, 1, -1, "{\"amount\":\"2\"}"), "in replay");
	assert_string_equal(change(b, "no", 3, 1, -1, NULL), "in replay");
	assert_int_equal(undo(b, 0, false, &u), ERR_OK);
	assert_int_equal(u.rejects, 0);
	assert_int_equal(u.kept, 2);
	/* The first one fails for good: what it had can be had. */
	l = queuetemp_claim(b->q, first).lease;
	queuetemp_fail(b->q, &l);
	assert_string_equal(change(b, NULL, 0, 1, -1, "{\"amount\":\"2\"}"), "");
	add_replay(b, 0, 6, &rows);
	assert_int_equal(rows, 4);
	/* Tried again, it has nothing left. */
	OK(job_retry(b->q->app, first, true, &err));
	OK(repair_of_job(b->q->mem, b->q->app, first, &id, &n, &err));
	assert_int_equal(n, 0);
	OK(repair_of_job(b->q->mem, b->q->app, second, &id, &n, &err));
	assert_int_equal(n, 2);
	assert_int_equal(id[1], b->id[5]);
}

/* It has them by blocks of numbers; what lies between them is nobody's yet. */
static void a_replay_gets_what_was_asked_for_and_no_neighbour(void **state)
{
	struct bench *b = *state;
	struct job_request in = { .kind = "replay", .pipeline_id = b->q->pipeline,
				  .max_attempts = 1 };
	int64_t job = queuetemp_add_as(b->q, &in), rows, *id;
	int64_t asked[] = { b->id[0], b->id[1], b->id[3], b->id[5] };
	struct job_lease l;
	struct err err = { 0 };
	int n;

	assert_string_equal(change(b, NULL, 0, 5, -1, "{\"amount\":\"1\"}"), "");
	OK(repair_assign(b->q->app, job, asked, 4, &rows, &err));
	assert_int_equal(rows, 4);
	OK(repair_of_job(b->q->mem, b->q->app, job, &id, &n, &err));
	assert_int_equal(n, 4);
	for (int i = 0; i < n; i++)
		assert_int_equal(id[i], asked[i]);
	l = queuetemp_claim(b->q, job).lease;
	queuetemp_settle(b->q, &l);
	assert_string_equal(states(b), "R1 R1 S1 R1 S1 r0");
	/* One row says so, and none of repair was touched. */
	assert_int_equal(metatemp_number(b->q->super, "select count(*) from leat.replay_block "
					 "where is_replayed"), 1);
	assert_int_equal(metatemp_number(b->q->super, "select count(*) from leat.repair "
					 "where version > 1"), 0);
}

/* Of 2,000 all but every 7th, and one that comes later: what is asked for is what is there. */
static void many_come_back_as_they_were_asked_for(void **state)
{
	struct bench *b = *state;
	struct job_request in = { .kind = "replay", .pipeline_id = b->q->pipeline,
				  .max_attempts = 1 };
	struct reject_filter f = { .job = b->lease.job };
	int64_t job = queuetemp_add_as(b->q, &in), rows, *id, *of, *got;
	struct job_lease l;
	struct err err = { 0 };
	int n, k = 0, m;

	metatemp_run(b->q->super, "insert into leat.reject (org_id, job_id, run, part, row_no, "
		     "line_no, byte_offset, problems) select org_id, job_id, run, part, i, i, -1, "
		     "problems from leat.reject, generate_series(10, 2003) i where row_no = 1");
	OK(reject_ids(b->q->mem, b->q->app, &f, &id, &of, &n, &err));
	assert_int_equal(n, 2000);
	for (int i = 0; i < n; i++)
		if (i % 7 != 0 || i == n - 1)
			id[k++] = id[i];
	OK(repair_assign(b->q->app, job, id, k, &rows, &err));
	assert_int_equal(rows, k);
	OK(repair_of_job(b->q->mem, b->q->app, job, &got, &m, &err));
	assert_int_equal(m, k);
	assert_memory_equal(got, id, (size_t)k * sizeof(*id));
	l = queuetemp_claim(b->q, job).lease;
	queuetemp_settle(b->q, &l);
	f.states = 1u << REJECT_REPLAYED;
	OK(reject_ids(b->q->mem, b->q->app, &f, &got, &of, &m, &err));
	assert_int_equal(m, k);
	assert_memory_equal(got, id, (size_t)k * sizeof(*id));
	/* One row for each 512 numbers. */
	assert_true(metatemp_number(b->q->super, "select count(*) from leat.replay_block") <= 5);
}

/* While nobody knows whether a replay has committed, its rejects are its own. */
static void an_unsure_replay_keeps_its_rejects(void **state)
{
	struct bench *b = *state;
	struct job_left left = { .trace = JOB_TRACE_UNSURE };
	struct err why = { 0 }, err = { 0 };
	struct job_lease l;
	int64_t rows;

	l = queuetemp_claim(b->q, add_replay(b, 0, 3, &rows)).lease;
	assert_int_equal(err_set(&why, ERR_UNREACHABLE, "lost"), ERR_UNREACHABLE);
	OK(job_fail(b->q->engine, &l, &why, &left, NULL, &err));
	add_replay(b, 0, 6, &rows);
	assert_int_equal(rows, 3);
	assert_string_equal(change(b, "no", 0, 1, -1, NULL), "in replay");
}

static void settling_parts_what_passed_from_what_did_not(void **state)
{
	struct bench *b = *state;
	struct repair_steps steps;
	struct reject_writer *w;
	struct reject_row row;
	struct job_lease l;
	struct err err = { 0 };
	int64_t rows;

	assert_string_equal(change(b, NULL, 0, 3, -1, "{\"amount\":\"1\"}"), "");
	l = queuetemp_claim(b->q, add_replay(b, 0, 4, &rows)).lease;
	OK(reject_writer_open(b->q->engine, &l, &w, &err));
	write_row(b, w, b->id[1], "is too small");
	write_row(b, w, b->id[3], "is too small");
	OK(reject_writer_flush(w, &err));
	reject_writer_close(w);
	/* Until then nothing has happened. */
	assert_string_equal(states(b), "S1 S1 S1 o0 o0 o0");
	queuetemp_settle(b->q, &l);
	assert_string_equal(states(b), "R1 O2 R1 o1 o0 o0");
	queuetemp_settle(b->q, &l);
	assert_string_equal(states(b), "R1 O2 R1 o1 o0 o0");
	assert_int_equal(metatemp_number(b->q->super, "select count(*) from leat.reject"), N);
	OK(reject_get(b->q->mem, b->q->app, b->id[1], &row, &err));
	assert_string_equal(row.problem[0].reason, "is too small");
	assert_string_equal(row.fix, "{\"amount\": \"1\"}");
	assert_int_equal(row.replay_job, 0);
	OK(repair_history(b->q->mem, b->q->app, b->id[1], &steps, &err));
	assert_string_equal(steps.s[1].what, "replay");
	assert_int_equal(steps.s[1].job, l.job);
	assert_non_null(strstr(steps.s[1].problems, "is not a number"));
	/* What is in the target stays so, whoever asks. */
	add_replay(b, 0, 6, &rows);
	assert_int_equal(rows, 4);
	assert_string_equal(change(b, "no", 0, 1, -1, NULL), "replayed");
}

/* Nothing of it stays when a replay fails: its rejects have the reasons they had. */
static void a_failed_replay_changes_nothing(void **state)
{
	struct bench *b = *state;
	struct reject_writer *w;
	struct job_lease l;
	struct err err = { 0 };
	int64_t rows;

	l = queuetemp_claim(b->q, add_replay(b, 0, 4, &rows)).lease;
	OK(reject_writer_open(b->q->engine, &l, &w, &err));
	write_row(b, w, b->id[1], "is too small");
	OK(reject_writer_flush(w, &err));
	reject_writer_close(w);
	queuetemp_fail(b->q, &l);
	assert_string_equal(states(b), "o0 o0 o0 o0 o0 o0");
	assert_int_equal(metatemp_number(b->q->super, "select count(*) from leat.reject"), N);
}

/* What was discarded meanwhile stays so, whatever becomes of the replay that had it. */
static void a_retried_replay_leaves_what_was_discarded(void **state)
{
	struct bench *b = *state;
	struct job_lease l;
	struct err err = { 0 };
	int64_t job, rows, *id;
	int n;

	job = add_replay(b, 0, 4, &rows);
	l = queuetemp_claim(b->q, job).lease;
	queuetemp_fail(b->q, &l);
	assert_string_equal(change(b, "no", 1, 1, -1, NULL), "");
	OK(job_retry(b->q->app, job, true, &err));
	OK(repair_of_job(b->q->mem, b->q->app, job, &id, &n, &err));
	assert_int_equal(n, 3);
	assert_int_equal(id[1], b->id[2]);
	l = queuetemp_claim(b->q, job).lease;
	queuetemp_settle(b->q, &l);
	assert_string_equal(states(b), "r0 d1 r0 r0 o0 o0");
}

/* Whoever comes second waits for the first one, and finds what that one has left. */
static void two_who_ask_at_once_share_nothing(void **state)
{
	struct bench *b = *state;
	struct db *other = metatemp_open(b->q->conninfo, META_APP, NULL, NULL);
	struct repair_change c = { b->id[2], -1, "{\"amount\":\"1\"}", 0 };
	struct repair_verdicts v = { 0 };
	struct err err = { 0 };
	int64_t rows, act;

	OK(db_exec(other, "set lock_timeout = '100ms'", &err));
	OK(repair_act(other, "fix", "x", NULL, &act, &err));
	OK(db_begin(b->q->app, &err));
	add_replay(b, 0, 4, &rows);
	assert_int_equal(repair_assign(other, 1000, b->id, N, &rows, &err), ERR_TRANSIENT);
	err_clear(&err);
	assert_int_equal(repair_change(b->q->mem, other, act, NULL, &c, 1, &v, &err),
			 ERR_TRANSIENT);
	err_clear(&err);
	OK(db_commit(b->q->app, &err));
	OK(repair_change(b->q->mem, other, act, NULL, &c, 1, &v, &err));
	assert_int_equal(v.n, 1);
	assert_string_equal(v.v[0].why, "in replay");
	OK(repair_assign(other, 1000, b->id, N, &rows, &err));
	assert_int_equal(rows, 2);
	db_close(other);
}

/* A failed replay that goes lets go of its rejects; blocks go with the last reject in them. */
static void what_goes_with_the_history(void **state)
{
	struct bench *b = *state;
	struct job_lease l;
	struct reject_row row;
	struct err err = { 0 };
	int64_t rows;

	l = queuetemp_claim(b->q, add_replay(b, 0, 4, &rows)).lease;
	queuetemp_settle(b->q, &l);
	l = queuetemp_claim(b->q, add_replay(b, 4, 2, &rows)).lease;
	queuetemp_fail(b->q, &l);
	assert_string_equal(metatemp_one(b->q->super, "select leat.reject_is_open(1, 2)"), "t");
	metatemp_run(b->q->super, "select leat.reject_forget(2, 4)");
	OK(reject_get(b->q->mem, b->q->app, b->id[5], &row, &err));
	assert_int_equal(row.replay_job, 0);
	assert_string_equal(states(b), "r0 r0 r0 r0 o0 o0");
	assert_string_equal(change(b, "no", 4, 2, -1, NULL), "");
	assert_string_equal(metatemp_one(b->q->super, "select leat.reject_is_open(1, 2)"), "f");
	metatemp_run(b->q->super, "select leat.reject_forget(1, 2)");
	assert_int_equal(metatemp_number(b->q->super, "select (select count(*) from leat.replay_block) "
					 "+ (select count(*) from leat.repair_block)"), 0);
}

static void rows_and_shapes_are_read_again(void **state)
{
	struct bench *b = *state;
	struct repair_origin *o;
	struct repair_shapes shapes;
	struct repair_rows rows;
	struct err err = { 0 };
	int n;

	assert_string_equal(change(b, NULL, 1, 1, -1, "{\"amount\":\"1\"}"), "");
	OK(repair_rows(b->q->mem, b->q->app, b->id, 3, &rows, &err));
	assert_int_equal(rows.n, 3);
	assert_true(slice_is(rows.r[0].raw, "1;x"));
	assert_null(rows.r[0].fix);
	assert_string_equal(rows.r[1].fix, "{\"amount\": \"1\"}");
	assert_int_equal(rows.r[1].version, 1);
	OK(repair_shapes(b->q->mem, b->q->app, b->id, N, &shapes, &err));
	assert_int_equal(shapes.n, 1);
	assert_string_equal(shapes.s[0].part, "f.csv");
	OK(repair_origins(b->q->mem, b->q->app, b->id, N, &o, &n, &err));
	assert_int_equal(n, N);
	assert_int_equal(o[0].pipeline_id, b->q->pipeline);
	/* Nobody is asked for: nothing comes. */
	OK(repair_origins(b->q->mem, b->q->app, b->id, 0, &o, &n, &err));
	assert_int_equal(n, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(changes_are_steps_and_can_be_undone),
		T(a_reject_is_of_one_replay),
		T(a_replay_gets_what_was_asked_for_and_no_neighbour),
		T(many_come_back_as_they_were_asked_for),
		T(an_unsure_replay_keeps_its_rejects),
		T(settling_parts_what_passed_from_what_did_not),
		T(a_failed_replay_changes_nothing),
		T(a_retried_replay_leaves_what_was_discarded),
		T(two_who_ask_at_once_share_nothing),
		T(what_goes_with_the_history),
		T(rows_and_shapes_are_read_again),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

/*
 * tests/unit/core/meta/reject_test.c
 *	Rejected rows: written by the thousand, read, grouped, discarded.
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
#include "core/base/clock.h"
#include "core/meta/reject.h"
#include "tests/lib/queuetemp.h"

struct bench {
	struct queuetemp *q;
	struct db *app, *engine;
	struct arena *mem;
	struct job_lease lease;
};

static int set_up(void **state)
{
	struct bench *b = test_calloc(1, sizeof(*b));
	void *q;

	queuetemp_up(&q);
	b->q = q;
	b->app = b->q->app;
	b->engine = b->q->engine;
	b->mem = b->q->mem;
	b->lease = queuetemp_claim(b->q, queuetemp_add(b->q, 0, 1)).lease;
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

static void settle(struct bench *b)
{
	queuetemp_settle(b->q, &b->lease);
}

/* n rows: every one with an amount that is no number, every third also without a customer. */
static void write_rows(struct bench *b, int n)
{
	struct reject_writer *w;
	struct err err = { 0 };

	OK(reject_writer_open(b->engine, &b->lease, &w, &err));
	for (int i = 1; i <= n; i++) {
		char reason[60], raw[60];
		struct reject_problem p[2] = {
			{ "amount", SLICE("1,2,3"), "type", reason, NULL },
			{ "customer", SLICE(""), "required", "is missing", NULL },
		};
		struct reject_in r = { "sales \"1\".csv", i, i + 1, 40 * i, { raw, 0 },
				       i % 3 == 0 ? 2 : 1, p };

		snprintf(reason, sizeof(reason), "'%d,2' is not a number of %d digits", i, i);
		r.raw.n = (size_t)snprintf(raw, sizeof(raw), "row %d;\"a\nb\";\x01\xff", i);
		raw[3] = '\0';	/* NUL stands in files too */
		OK(reject_writer_add(w, &r, &err));
	}
	OK(reject_writer_flush(w, &err));
	assert_int_equal(reject_writer_rows(w), n);
	reject_writer_close(w);
}

static void rows_come_back_byte_for_byte(void **state)
{
	struct bench *b = *state;
	struct reject_filter f = { .job = b->lease.job, .limit = 5000 };
	struct reject_rows got;
	struct reject_row one;
	struct err err = { 0 };
	char raw[60];
	int64_t rows;

	write_rows(b, 4500);	/* several statements */
	OK(reject_count(b->app, &f, &rows, &err));
	assert_int_equal(rows, 0);
	settle(b);
	OK(reject_count(b->app, &f, &rows, &err));
	assert_int_equal(rows, 4500);
	OK(reject_list(b->mem, b->app, &f, &got, &err));
	assert_int_equal(got.n, 4500);
	for (int i = 0; i < got.n; i++) {
		const struct reject_row *r = &got.r[i];
		size_t n = (size_t)snprintf(raw, sizeof(raw), "row %d;\"a\nb\";\x01\xff", i + 1);

		raw[3] = '\0';
		assert_int_equal(r->row, i + 1);
		assert_int_equal(r->offset, 40 * (i + 1));
		assert_int_equal(r->raw.n, n);
		assert_memory_equal(r->raw.p, raw, n);
		assert_int_equal(r->nproblems, (i + 1) % 3 == 0 ? 2 : 1);
	}
	OK(reject_get(b->mem, b->app, got.r[2].id, &one, &err));
	assert_string_equal(one.part, "sales \"1\".csv");
	assert_string_equal(one.problem[0].field, "amount");
	assert_string_equal(one.problem[0].reason, "'3,2' is not a number of 3 digits");
	assert_true(slice_is(one.problem[0].value, "1,2,3"));
	assert_string_equal(one.problem[1].rule, "required");
	assert_int_equal(reject_get(b->mem, b->app, 99999, &one, &err), ERR_NOT_FOUND);
	f.rule = "required";
	err_clear(&err);
	OK(reject_count(b->app, &f, &rows, &err));
	assert_int_equal(rows, 1500);
}

static void groups_forget_the_numbers(void **state)
{
	struct bench *b = *state;
	struct reject_filter f = { .job = b->lease.job };
	struct reject_groups g;
	struct err err = { 0 };

	write_rows(b, 30);
	settle(b);
	OK(reject_groups(b->mem, b->app, &f, &g, &err));
	assert_int_equal(g.n, 2);
	assert_string_equal(g.g[0].field, "amount");
	assert_string_equal(g.g[0].reason, "\xe2\x80\xa6 is not a number of N digits");
	assert_int_equal(g.g[0].rows, 30);
	assert_int_equal(g.g[0].first_row, 1);
	assert_int_equal(g.g[0].last_row, 30);
	assert_string_equal(g.g[0].sample, "1,2,3");
	assert_true(g.g[0].sample_id > 0);
	assert_int_equal(g.g[1].rows, 10);
}

static void a_group_of_one_mind_keeps_its_numbers(void **state)
{
	struct bench *b = *state;
	struct reject_filter f = { .job = b->lease.job };
	struct reject_problem p = { .field = "name", .value = SLICE("x"), .rule = "encoding",
				    .reason = "is not UTF-8, needs 'a' to 8" };
	struct reject_in r = { .part = "f.csv", .nproblems = 1, .problem = &p };
	struct reject_writer *w;
	struct reject_groups g;
	struct err err = { 0 };

	OK(reject_writer_open(b->engine, &b->lease, &w, &err));
	for (r.row = 1; r.row <= 3; r.row++)
		OK(reject_writer_add(w, &r, &err));
	p.rule = "place";
	p.reason = "is not UTF-8: byte 17";
	OK(reject_writer_add(w, &r, &err));
	p.reason = "is not UTF-8: byte 23";
	OK(reject_writer_add(w, &r, &err));
	OK(reject_writer_flush(w, &err));
	reject_writer_close(w);
	settle(b);
	OK(reject_groups(b->mem, b->app, &f, &g, &err));
	assert_int_equal(g.n, 2);
	assert_string_equal(g.g[0].reason, "is not UTF-8, needs 'a' to 8");
	assert_string_equal(g.g[1].reason, "is not UTF-8: byte N");
}

/* What somebody did is in other tables; lists show it all the same. */
static void lists_know_what_was_done(void **state)
{
	struct bench *b = *state;
	struct reject_filter f = { .job = b->lease.job };
	struct reject_rows got;
	struct err err = { 0 };
	int64_t rows, *id, *job, some[2];
	struct reject_rows few;
	int n;

	write_rows(b, 30);
	settle(b);
	metatemp_run(b->q->super, "insert into leat.repair (org_id, reject_id, state, version, fix, "
		     "reason, act_id) select 1, id, case when row_no % 3 = 0 then 3 else 1 end, 2, "
		     "'{\"amount\":\"1\"}', 'known', 1 from leat.reject where row_no % 3 <> 1");
	metatemp_run(b->q->super, "insert into leat.replay_block (org_id, block, job_id, ids, is_replayed) "
		     "select 1, block, 1, int8multirange(int8range(id, id, '[]')), true "
		     "from leat.reject order by id desc limit 1");
	OK(reject_count(b->app, &f, &rows, &err));
	assert_int_equal(rows, 20);
	f.states = REJECT_ALIVE | 1u << REJECT_DISCARDED;
	OK(reject_list(b->mem, b->app, &f, &got, &err));
	assert_int_equal(got.n, 29);
	assert_int_equal(got.r[0].state, REJECT_OPEN);
	assert_null(got.r[0].fix);
	assert_int_equal(got.r[1].state, REJECT_STAGED);
	assert_string_equal(got.r[1].fix, "{\"amount\": \"1\"}");
	assert_int_equal(got.r[1].version, 2);
	assert_string_equal(got.r[2].discard_reason, "known");
	assert_non_null(got.r[2].discarded_at);
	/* Some of them at once; one that is not there is named. */
	some[0] = got.r[0].id;
	some[1] = got.r[2].id;
	OK(reject_some(b->mem, b->app, some, 2, &few, &err));
	assert_int_equal(few.n, 2);
	assert_int_equal(few.r[1].id, some[1]);
	assert_string_equal(few.r[1].discard_reason, "known");
	some[1] = got.r[28].id + 1000000;
	assert_int_equal(reject_some(b->mem, b->app, some, 2, &few, &err), ERR_NOT_FOUND);
	assert_non_null(strstr(err.frame[0].text, "there is no reject"));
	err_clear(&err);
	/* A filter that speaks of states looks at all of them. */
	f.states = 0;
	f.ask.filter = "state=replayed,staged";
	OK(reject_ids(b->mem, b->app, &f, &id, &job, &n, &err));
	assert_int_equal(n, 11);
	assert_int_equal(id[10], got.r[28].id + 1);
	assert_int_equal(job[10], got.r[28].job);
	f.ask.filter = "state=";
	assert_int_equal(reject_ids(b->mem, b->app, &f, &id, &job, &n, &err), ERR_USAGE);
}

/* A load over its budget stores nothing: its rejects are to be looked at, and hold up nobody. */
static void rejects_of_a_load_over_its_budget_are_void(void **state)
{
	struct bench *b = *state;
	struct job_counts seen = { .read = 90, .rejected = 30 };
	struct job_left left = { .trace = JOB_TRACE_NONE, .seen = &seen };
	struct reject_filter f = { .job = b->lease.job };
	struct reject_rows got;
	struct err err = { 0 }, why = { 0 };
	enum job_state st;
	const char *causes;
	int64_t rows;

	write_rows(b, 30);
	OK(reject_causes(b->mem, b->engine, &b->lease, b->lease.run, &causes, &err));
	assert_string_equal(causes, "amount type (30), customer required (10)");
	OK(reject_causes(b->mem, b->engine, &b->lease, b->lease.run + 1, &causes, &err));
	assert_string_equal(causes, "");
	err_set(&why, ERR_BUDGET, "30 of 90 rows");
	OK(job_fail(b->engine, &b->lease, &why, &left, &st, &err));
	assert_int_equal(st, JOB_FAILED);
	assert_int_equal(metatemp_number(b->q->super, "select rows_read from leat.done"), 90);
	OK(reject_count(b->app, &f, &rows, &err));
	assert_int_equal(rows, 0);
	f.with_void = true;
	OK(reject_list(b->mem, b->app, &f, &got, &err));
	assert_int_equal(got.n, 30);
	assert_int_equal(got.r[0].state, REJECT_VOID);
	assert_string_equal(metatemp_one(b->q->super, "select leat.reject_is_open(0, 1000000)"), "f");
	/* Tried again and given up: nobody looks at them any more. */
	metatemp_run(b->q->super, "update leat.done set state = 5");
	OK(reject_count(b->app, &f, &rows, &err));
	assert_int_equal(rows, 0);
}

static void a_part_has_a_shape(void **state)
{
	struct bench *b = *state;
	struct reject_problem p = { "n", SLICE("x"), "type", "is wrong", "23505" };
	struct reject_in r = { "f.csv", 1, 1, -1, SLICE("x"), 1, &p };
	struct reject_filter f = { .job = b->lease.job };
	struct reject_writer *w;
	struct reject_groups g;
	struct err err = { 0 };
	const char *shape;

	OK(reject_writer_open(b->engine, &b->lease, &w, &err));
	OK(reject_writer_shape(w, "f.csv", "{\"a\":1}", &err));
	OK(reject_writer_add(w, &r, &err));
	OK(reject_writer_flush(w, &err));
	/* Once more, by a load that starts over, twice. */
	OK(reject_writer_forget(w, &err));
	OK(reject_writer_shape(w, "f.csv", "{\"a\":3}", &err));
	OK(reject_writer_forget(w, &err));
	OK(reject_writer_shape(w, "f.csv", "{\"a\":2}", &err));
	OK(reject_writer_add(w, &r, &err));
	OK(reject_writer_flush(w, &err));
	reject_writer_close(w);
	settle(b);
	OK(reject_shape(b->mem, b->app, b->lease.job, "f.csv", &shape, &err));
	assert_string_equal(shape, "{\"a\": 2}");
	OK(reject_shape(b->mem, b->app, b->lease.job, "other", &shape, &err));
	assert_null(shape);
	OK(reject_groups(b->mem, b->app, &f, &g, &err));
	assert_string_equal(g.g[0].sqlstate, "23505");
	assert_non_null(g.g[0].first_at);
}

static enum err_code add_up(void *ctx, const struct reject_row *r, struct err *err)
{
	int64_t *sum = ctx;

	*sum += r->row;
	return r->row == 1501 ? err_set(err, ERR_DISK, "full") : ERR_OK;
}

static void an_export_reads_page_by_page(void **state)
{
	struct bench *b = *state;
	struct reject_filter f = { .job = b->lease.job, .limit = 1200 };
	struct err err = { 0 };
	int64_t sum = 0;

	write_rows(b, 1600);
	settle(b);
	OK(reject_each(b->app, &f, add_up, &sum, &err));
	assert_int_equal(sum, 1200 * 1201 / 2);
	f.limit = 0;
	assert_int_equal(reject_each(b->app, &f, add_up, &sum, &err), ERR_DISK);
}

static void a_giant_row_is_kept_whole(void **state)
{
	struct bench *b = *state;
	size_t n = 20u << 20;
	char *raw = test_malloc(n);
	struct reject_problem p = { "f", { raw, n }, "length", "is too long", NULL };
	struct reject_in r = { "f", 1, 1, -1, { raw, n }, 1, &p };
	struct reject_in none = { NULL, 2, 0, -1, { NULL, 0 }, 0, NULL };
	struct reject_filter f = { .job = b->lease.job };
	struct reject_writer *w;
	struct reject_rows got;
	struct err err = { 0 };

	memset(raw, 'x', n);
	OK(reject_writer_open(b->engine, &b->lease, &w, &err));
	OK(reject_writer_add(w, &none, &err));
	OK(reject_writer_add(w, &r, &err));
	OK(reject_writer_flush(w, &err));
	reject_writer_close(w);
	settle(b);
	OK(reject_list(b->mem, b->app, &f, &got, &err));
	assert_int_equal(got.n, 2);
	assert_null(got.r[0].raw.p);
	assert_int_equal(got.r[1].raw.n, n);
	assert_in_range(got.r[1].problem[0].value.n, REJECT_VALUE_MAX, REJECT_VALUE_MAX + 3);
	test_free(raw);
}

/* LEAT_REJECTS=N measures N of them; the test itself is content with a few thousand. */
static void many_are_quick(void **state)
{
	struct bench *b = *state;
	const char *asked = getenv("LEAT_REJECTS");
	int n = asked != NULL ? (int)strtol(asked, NULL, 10) : 20000;
	int64_t start = clock_mono_us(), written, ended;
	struct reject_filter f = { .job = b->lease.job };
	struct reject_groups g;
	struct err err = { 0 };

	write_rows(b, n);
	written = clock_mono_us();
	settle(b);
	ended = clock_mono_us();
	OK(reject_groups(b->mem, b->app, &f, &g, &err));
	assert_int_equal(g.g[0].rows, n);
	print_message("%d rejects: written in %lld ms, settled in %lld ms, grouped in %lld ms\n", n,
		      (long long)(written - start) / 1000, (long long)(ended - written) / 1000,
		      (long long)(clock_mono_us() - ended) / 1000);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(rows_come_back_byte_for_byte),
		T(groups_forget_the_numbers),
		T(a_group_of_one_mind_keeps_its_numbers),
		T(lists_know_what_was_done),
		T(rejects_of_a_load_over_its_budget_are_void),
		T(a_part_has_a_shape),
		T(an_export_reads_page_by_page),
		T(a_giant_row_is_kept_whole),
		T(many_are_quick),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

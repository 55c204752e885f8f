/*
 * tests/unit/core/flow/preview_test.c
 *	A mapping over a sample: what each field is made of, what is wrong, which rows fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/plan.h"
#include "core/flow/preview.h"

static struct field source_fields[] = {
	{ .name = "order_id", .type = { .type = TYPE_INT, .bytes = 8 } },
	{ .name = "amt", .type = { .type = TYPE_TEXT } },
	{ .name = "note", .type = { .type = TYPE_TEXT, .max_chars = 40, .pg_oid = 1043 } },
	{ .name = "spare", .type = { .type = TYPE_TEXT } },
};
static const struct schema source = { 4, source_fields };

static struct field target_fields[] = {
	{ .name = "order_id", .type = { .type = TYPE_INT, .bytes = 8 }, .is_required = true,
	  .refuses_null = true, .is_key = true },
	{ .name = "amount", .type = { .type = TYPE_DECIMAL, .precision = 5, .scale = 2 },
	  .is_required = true, .refuses_null = true },
	{ .name = "currency", .type = { .type = TYPE_TEXT, .max_chars = 3 }, .is_required = true,
	  .refuses_null = true },
	{ .name = "note", .type = { .type = TYPE_TEXT, .max_chars = 10 } },
	{ .name = "extra", .type = { .type = TYPE_TEXT } },
	{ .name = "made", .type = { .type = TYPE_INT, .bytes = 4 }, .is_generated = true },
};
static const struct schema target = { 6, target_fields };

/* By turns: a number, one with a comma, none at all, one that is too large, a long note. */
static const char *const amounts[] = { "7.00", "12,50", NULL, "123456.00", "8.25" };

struct fixture {
	struct arena *mem;
	struct preview *preview;
	struct pipeline p;
	struct map_rule map[6];
	const char *check[4];
	struct preview_ask ask;
	struct preview_result r;
	struct err err;
};

static struct batch *rows(int64_t first, uint32_t n)
{
	struct batch *b = batch_new(&source, 4, n);

	b->nrows = n;
	for (uint32_t i = 0; i < n; i++) {
		int kind = (int)((first + i) % 5);
		const char *amt = amounts[kind];

		b->at[i] = (struct row_at){ .row = first + i + 1, .raw = SLICE("") };
		for (int c = 0; c < 4; c++)
			b->col[c].null[i] = c == 3;
		b->col[0].v.i64[i] = first + i;
		b->col[1].null[i] = amt == NULL;
		b->col[1].v.text[i] = amt != NULL ? slice_of(amt) : SLICE("");
		b->col[2].v.text[i] = kind == 4 ? SLICE("a note that is long") : SLICE("note");
	}
	return b;
}

static void begin(struct fixture *f, int64_t n)
{
	*f = (struct fixture){ .mem = arena_new(NULL, "test") };
	pipeline_init(&f->p);
	f->p.map = f->map;
	f->p.check = f->check;
	f->p.drift = DRIFT_IGNORE;
	f->ask = (struct preview_ask){ .pipeline = &f->p, .target = &target, .shown = 6 };
	f->preview = preview_new(&source, n);
	for (int64_t at = 0; !preview_is_full(f->preview); at += 700) {
		struct batch *b = rows(at, 700);

		assert_int_equal(preview_take(f->preview, b, &f->err), ERR_OK);
		batch_free(b);	/* the sample has its own copy */
	}
}

static void end(struct fixture *f)
{
	preview_free(f->preview);
	arena_free(f->mem);
}

static void map(struct fixture *f, const char *to, const char *expr)
{
	f->map[f->p.nmaps++] = (struct map_rule){ to, expr };
}

static void run(struct fixture *f, const char *only)
{
	f->ask.only = only;
	if (preview_run(f->mem, f->preview, &f->ask, &f->r, &f->err) != ERR_OK)
		fail_msg("%s", f->err.frame[0].text);
}

static const struct preview_field *field(struct fixture *f, const char *name)
{
	int at = preview_find(&f->r, name);

	if (at < 0)
		fail_msg("no field %s", name);
	return &f->r.f[at];
}

static void every_field_has_its_status(void **state)
{
	const struct preview_field *a;
	struct fixture f;

	(void)state;
	begin(&f, 1000);
	map(&f, "amount", "amt");
	run(&f, NULL);
	assert_int_equal(f.r.n, 5);	/* what the target fills itself is no line */
	assert_int_equal(f.r.rows, 1000);
	assert_int_equal(field(&f, "order_id")->status, PREVIEW_OK);
	assert_int_equal(field(&f, "order_id")->origin, PREVIEW_BY_NAME);
	assert_int_equal(field(&f, "currency")->status, PREVIEW_MISSING);
	assert_int_equal(field(&f, "extra")->status, PREVIEW_EMPTY);
	a = field(&f, "amount");
	assert_int_equal(a->status, PREVIEW_LOSSY);
	assert_int_equal(a->failed, 600);	/* commas, too large ones, nothing at all */
	assert_int_equal(a->nulls, 200);
	assert_int_equal(a->nrules, 2);
	assert_int_equal(a->rule[0].rows + a->rule[1].rows, 600);
	assert_int_equal(a->source, 1);
	assert_int_equal(field(&f, "note")->failed, 200);	/* 19 characters into 10 */
	assert_int_equal(f.r.failed, 800);
	assert_int_equal(f.r.used[1], 1);
	assert_int_equal(f.r.used[3], 0);
	assert_int_equal(preview_nulls(f.preview, 1), 200);
	end(&f);
}

static void what_cannot_be_computed_has_a_place(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 100);
	map(&f, "amount", "amt | to_decimla(',')");
	map(&f, "currency", "1 = ");
	map(&f, "made", "1");
	map(&f, "other", "1");
	map(&f, "NOTE", "order_id = 1 and amt");
	f.p.filter = "nobody";
	run(&f, NULL);
	assert_int_equal(field(&f, "amount")->status, PREVIEW_ERROR);
	assert_int_equal(field(&f, "amount")->at, 7);
	assert_int_equal(field(&f, "currency")->at, 5);
	assert_int_equal(field(&f, "made")->status, PREVIEW_ERROR);
	assert_non_null(strstr(field(&f, "other")->problem, "no such field"));
	assert_int_equal(field(&f, "note")->origin, PREVIEW_BY_LINE);
	assert_non_null(strstr(f.r.wrong, "filter: at character 1"));
	end(&f);
}

static void one_field_shows_its_rows_and_the_bad_ones_first(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, PREVIEW_ROWS);
	map(&f, "amount", "amt | replace(',', '.')");
	run(&f, "amount");
	assert_int_equal(f.r.rows, PREVIEW_ROWS);
	assert_int_equal(field(&f, "amount")->failed, PREVIEW_ROWS / 5 * 2);
	assert_false(field(&f, "note")->is_tried);
	assert_int_equal(f.r.nshown, 5);	/* each value once */
	assert_non_null(f.r.shown[0].problem);
	assert_non_null(f.r.shown[1].problem);
	assert_null(f.r.shown[2].problem);
	assert_string_equal(f.r.shown[3].before, "12,50");
	assert_string_equal(f.r.shown[3].after, "12.50");
	end(&f);
	begin(&f, 10);
	assert_int_equal(preview_run(f.mem, f.preview, &(struct preview_ask){
		.pipeline = &f.p, .only = "none" }, &f.r, &f.err), ERR_NOT_FOUND);
	end(&f);
}

static void checks_and_filters_count(void **state)
{
	const struct preview_field *a;
	struct fixture f;

	(void)state;
	begin(&f, 1000);
	map(&f, "amount", "amt | replace(',', '.') | to_decimal");
	map(&f, "currency", "'EUR'");
	map(&f, "extra", "spare");
	f.p.filter = "amt is not null and amt <> '123456.00'";
	f.check[0] = "amount min 8";
	f.check[1] = "order_id unique";
	f.check[2] = "amount exists-in prices(amount)";
	f.p.nchecks = 3;
	run(&f, NULL);
	assert_int_equal(f.r.filtered, 400);
	assert_int_equal(f.r.nunasked, 1);
	a = field(&f, "amount");
	assert_int_equal(a->failed, 200);
	assert_string_equal(a->rule[0].rule, "min");
	/* Typing at one field looks at its own checks. */
	run(&f, "amount");
	assert_int_equal(field(&f, "amount")->failed, 200);
	run(&f, "currency");
	assert_int_equal(field(&f, "currency")->failed, 0);
	assert_string_equal(f.r.shown[0].after, "EUR");
	end(&f);
}

static void what_is_left_out_is_told(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 100);
	map(&f, "note", "-");
	map(&f, "currency", "-");
	run(&f, NULL);
	assert_int_equal(field(&f, "note")->status, PREVIEW_EMPTY);
	assert_string_equal(field(&f, "note")->expr, "-");
	assert_int_equal(field(&f, "currency")->status, PREVIEW_MISSING);
	end(&f);
	begin(&f, 100);
	f.p.drift = DRIFT_ADD;
	f.ask.target = NULL;
	map(&f, "total", "amt | replace(',', '.') | to_decimal");
	map(&f, "spare", "-");
	run(&f, NULL);
	assert_true(field(&f, "total")->is_new);
	assert_int_equal(field(&f, "total")->field.type.type, TYPE_DECIMAL);
	assert_int_equal(field(&f, "spare")->status, PREVIEW_EMPTY);
	assert_int_equal(preview_find(&f.r, "amt"), -1);	/* a line has read it */
	assert_int_equal(preview_find(&f.r, "order_id"), 2);
	end(&f);
}

/* A plan that can be made makes the same fields, and fails the same rows. */
static void it_agrees_with_a_plan(void **state)
{
	struct fixture f;
	struct plan *plan;
	struct batch *in = rows(0, 1000), *out;
	int64_t failed = 0;

	(void)state;
	begin(&f, 1000);
	map(&f, "amount", "amt | replace(',', '.') | to_decimal");
	map(&f, "currency", "'EURO' | left(3)");
	f.check[0] = "amount max 100";
	f.p.nchecks = 1;
	f.p.filter = "order_id <> 3";
	run(&f, NULL);
	assert_int_equal(plan_make(f.mem, &f.p, &source, &target, &plan, &f.err), ERR_OK);
	out = batch_new(&plan->fields, 0, 1000);
	assert_int_equal(plan_apply(plan, expr_run_new(f.mem, 1000), in, out, &f.err), ERR_OK);
	for (int i = 0; i < plan->fields.nfields; i++)
		assert_true(preview_find(&f.r, plan->fields.field[i].name) >= 0);
	for (uint32_t i = 0; i < out->nrows; i++)
		failed += out->state[i] == ROW_REJECTED;
	/* A plan leaves nulls to the target, which would refuse them. */
	assert_int_equal(field(&f, "amount")->nulls, 200);
	assert_int_equal(f.r.failed, failed + 200);
	check_free(plan->checks);
	batch_free(in);
	batch_free(out);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_has_its_status),
		cmocka_unit_test(what_cannot_be_computed_has_a_place),
		cmocka_unit_test(one_field_shows_its_rows_and_the_bad_ones_first),
		cmocka_unit_test(checks_and_filters_count),
		cmocka_unit_test(what_is_left_out_is_told),
		cmocka_unit_test(it_agrees_with_a_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * tests/unit/core/flow/profile_test.c
 *	What a profile says of fields whose content is known.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/profile.h"
#include "core/flow/profile_node.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))
#define ROWS_MAX 1000

static struct arena *mem;

static int begin(void **state)
{
	(void)state;
	mem = arena_new(NULL, "test");
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

/* One text column through a profile of that type. NULL: a null. */
static struct profile_field of_texts(struct type_spec type, const char *native, int n,
				     const char *const *text)
{
	struct field field = { .name = "f", .type = type, .native = native };
	struct schema fields = { 1, &field };
	struct profile *p = profile_new(mem, &fields);
	struct batch *b = batch_new(NULL, 1, ROWS_MAX);
	struct profile_report r;
	struct err err = { 0 };

	for (int i = 0; i < n; i++) {
		b->col[0].null[i] = text[i] == NULL;
		b->col[0].v.text[i] = slice_of(text[i] != NULL ? text[i] : "");
	}
	b->nrows = (uint32_t)n;
	assert_int_equal(profile_rows(p, b, &err), ERR_OK);
	profile_unit(p, 0, b);
	batch_free(b);
	profile_report(p, mem, 3, &r);
	assert_int_equal(r.rows, n);
	return r.field[0];
}

static void texts(void **state)
{
	static const char *const text[] = { "AB-1", "CD-22", NULL, "AB-1", "", "  ", "\xc3\xa9t\xc3\xa9" };
	struct profile_field f = of_texts((struct type_spec){ .type = TYPE_TEXT }, NULL,
					  COUNT(text), text);

	(void)state;
	assert_int_equal(f.rows, 7);
	assert_int_equal(f.nulls, 1);
	assert_int_equal(f.empty, 2);
	assert_int_equal(f.misfits, 0);
	assert_int_equal(f.distinct, 5);
	assert_true(f.distinct_error == 0);
	assert_string_equal(f.min, "AB-1");
	assert_string_equal(f.max, "\xc3\xa9t\xc3\xa9");
	assert_int_equal(f.min_chars, 0);
	assert_int_equal(f.max_chars, 5);
	assert_true(f.mean_chars == (4 + 5 + 4 + 0 + 2 + 3) / 6.0);
	assert_int_equal(f.ntops, 3);
	assert_string_equal(f.top[0].text, "AB-1");
	assert_int_equal(f.top[0].rows, 2);
	assert_int_equal(f.top[0].more, 0);
	assert_false(f.is_key);
	assert_null(f.sum);
	assert_int_equal(f.npatterns, 3);
	assert_string_equal(f.pattern[0].text, "A+-9");
	assert_int_equal(f.pattern[0].rows, 2);
}

static void numbers(void **state)
{
	static const char *const text[] = { "0.1", "0.2", "-3", "x", "0.20", "12,5" };
	static const char *const comma[] = { "1.234,5", "0,5" };
	struct profile_field f = of_texts((struct type_spec){ .type = TYPE_DECIMAL }, NULL,
					  COUNT(text), text);

	(void)state;
	assert_int_equal(f.misfits, 2);
	assert_string_equal(f.misfit, "x");
	assert_string_equal(f.min, "-3");
	assert_string_equal(f.max, "0.2");
	assert_string_equal(f.sum, "-2.50");
	assert_string_equal(f.mean, "-0.625");
	f = of_texts((struct type_spec){ .type = TYPE_DECIMAL }, "decimal(',.')", COUNT(comma),
		     comma);
	assert_int_equal(f.misfits, 0);
	assert_string_equal(f.sum, "1235.0");
}

static void a_sum_past_38_digits_is_none(void **state)
{
	static const char *const text[] = { "99999999999999999999999999999999999999", "1" };
	struct profile_field f = of_texts((struct type_spec){ .type = TYPE_DECIMAL }, NULL, 2,
					  text);

	(void)state;
	assert_null(f.sum);
	assert_null(f.mean);
	assert_string_equal(f.max, text[0]);
}

static void days(void **state)
{
	static const char *const text[] = { "28.02.2025", "01.01.1999", "30.02.2025" };
	struct profile_field f = of_texts((struct type_spec){ .type = TYPE_DATE },
					  "date('%d.%m.%Y')", COUNT(text), text);

	(void)state;
	assert_string_equal(f.min, "1999-01-01");
	assert_string_equal(f.max, "2025-02-28");
	assert_int_equal(f.misfits, 1);
	assert_string_equal(f.misfit, "30.02.2025");
}

/* One column of another type than text; put() sets its n values. */
static struct profile_field of_type(enum type type, int n, void (*put)(struct column *c))
{
	struct field field = { .name = "f", .type = { .type = type } };
	struct schema fields = { 1, &field };
	struct profile *p = profile_new(mem, &fields);
	struct batch *b = batch_new(&fields, 1, ROWS_MAX);
	struct profile_report r;
	struct err err = { 0 };

	b->nrows = (uint32_t)n;
	for (int i = 0; i < n; i++)
		b->col[0].null[i] = 0;
	put(&b->col[0]);
	assert_int_equal(profile_rows(p, b, &err), ERR_OK);
	profile_unit(p, 0, b);
	batch_free(b);
	profile_report(p, mem, 3, &r);
	return r.field[0];
}

static void put_floats(struct column *c)
{
	c->v.f64[0] = (double)NAN;
	c->v.f64[1] = 2.5;
	c->v.f64[2] = -1;
}

static void put_bytes(struct column *c)
{
	c->v.text[0] = (struct slice){ "\0\xff", 2 };
	c->v.text[1] = (struct slice){ " ", 1 };
	c->v.text[2] = (struct slice){ "", 0 };
}

static void bytes_and_floats(void **state)
{
	struct profile_field f = of_type(TYPE_FLOAT, 3, put_floats);

	(void)state;
	assert_string_equal(f.min, "-1");
	assert_string_equal(f.max, "2.5");
	assert_int_equal(f.distinct, 3);
	f = of_type(TYPE_BYTES, 3, put_bytes);
	assert_string_equal(f.min, "\\x00ff");
	assert_string_equal(f.max, "\\x20");
	assert_int_equal(f.max_chars, 2);
	assert_int_equal(f.empty, 1);
}

static void shapes(void **state)
{
	static const struct {
		const char *text, *shape;
		uint32_t chars;
	} cases[] = {
		{ "", "", 0 }, { "a", "A", 1 }, { "ab", "A+", 2 }, { "12", "9+", 2 },
		{ "a1b22", "A9A9+", 5 }, { "ab@c.de", "A+@A.A+", 7 }, { "--", "-+", 2 },
		{ "M\xc3\xbcller & Co", "A+ & A+", 11 }, { "\xc3\xa9", "A", 1 },
	};

	(void)state;
	for (int i = 0; i < COUNT(cases); i++) {
		char out[PATTERN_KEPT + 1];
		uint32_t chars;

		out[profile_shape(slice_of(cases[i].text), out, &chars)] = '\0';
		assert_string_equal(out, cases[i].shape);
		assert_int_equal(chars, cases[i].chars);
	}
}

/* ---- several batches, keys ----------------------------------------------------- */

static void fill(struct batch *b, int64_t from, uint32_t n, int64_t repeat)
{
	b->nrows = n;
	for (uint32_t i = 0; i < n; i++) {
		int64_t id = from + i == repeat ? 5 : from + i;

		for (int c = 0; c < 4; c++)
			b->col[c].null[i] = 0;
		b->col[0].v.i64[i] = id;
		b->col[1].v.i64[i] = id / 40;
		b->col[2].v.i64[i] = id % 40;
		b->col[3].v.i64[i] = 7;
	}
}

/* n rows: a number that repeats at row `repeat`, and two that are unique together. */
static struct profile_report of_rows(bool with_id, int64_t n, int64_t repeat)
{
	static struct field all[] = {
		{ .name = "id", .type = { .type = TYPE_INT, .bytes = 8 } },
		{ .name = "order", .type = { .type = TYPE_INT, .bytes = 8 } },
		{ .name = "line", .type = { .type = TYPE_INT, .bytes = 8 } },
		{ .name = "same", .type = { .type = TYPE_INT, .bytes = 8 } },
	};
	struct schema fields = { 4, all };
	struct profile *p = profile_new(mem, &fields);
	struct batch *b = batch_new(&fields, 4, ROWS_MAX);
	struct profile_report r;
	struct err err = { 0 };

	for (int64_t from = 0; from < n; from += ROWS_MAX) {
		fill(b, from, ROWS_MAX, repeat);
		for (uint32_t i = 0; i < b->nrows && !with_id; i++)
			b->col[0].v.i64[i] = 1;
		assert_int_equal(profile_rows(p, b, &err), ERR_OK);
		for (int u = 0; u < profile_units(p); u++)
			profile_unit(p, u, b);
	}
	batch_free(b);
	profile_report(p, mem, 1, &r);
	return r;
}

static void a_key_is_seen_over_many_rows(void **state)
{
	struct profile_report r = of_rows(true, 100000, -1);

	(void)state;
	assert_true(r.field[0].is_key);
	assert_in_range(r.field[0].distinct, 97000, 100000);
	assert_true(r.field[0].distinct_error > 0.7 && r.field[0].distinct_error < 0.9);
	assert_string_equal(r.field[0].sum, "4999950000");
	assert_string_equal(r.field[0].min, "0");
	assert_string_equal(r.field[0].max, "99999");
	assert_int_equal(r.field[0].ntops, 0);
	assert_int_equal(r.field[1].distinct, 2500);
	assert_true(r.field[1].distinct_error == 0);
	assert_int_equal(r.field[3].top[0].rows, 100000);
	/* Where one field is enough no pair is followed. */
	assert_int_equal(r.field[1].key_with, -1);
}

static void one_repetition_is_enough(void **state)
{
	(void)state;
	assert_true(of_rows(true, 4000, -1).field[0].is_key);
	assert_false(of_rows(true, 4000, 3999).field[0].is_key);
}

static void two_fields_may_be_a_key_together(void **state)
{
	struct profile_report r = of_rows(false, 20000, -1);

	(void)state;
	assert_false(r.field[0].is_key);
	assert_false(r.field[1].is_key);
	assert_int_equal(r.field[1].key_with, 2);
	assert_int_equal(r.field[2].key_with, 1);
	assert_int_equal(r.field[3].key_with, -1);
	/* The last row is the sixth again. */
	r = of_rows(false, 4000, 3999);
	assert_int_equal(r.field[1].key_with, -1);
}

static void unreadable_rows_are_told(void **state)
{
	struct field field = { .name = "f", .type = { .type = TYPE_TEXT } };
	struct schema fields = { 1, &field };
	struct profile *p = profile_new(mem, &fields);
	struct batch *b = batch_new(NULL, 1, 8);
	struct profile_report r;
	struct err err = { 0 };

	(void)state;
	b->part = "a.csv";
	b->nrows = 2;
	b->col[0].v.text[0] = SLICE("x");
	b->col[0].v.text[1] = SLICE("y");
	b->at[1].line = 3;
	batch_reject(b, 1, "", SLICE(""), "format", "has 2 cells instead of 1");
	assert_int_equal(profile_rows(p, b, &err), ERR_OK);
	profile_unit(p, 0, b);
	profile_report(p, mem, 1, &r);
	batch_free(b);
	assert_int_equal(r.rows, 1);
	assert_int_equal(r.unreadable, 1);
	assert_int_equal(r.nsayings, 1);
	assert_string_equal(r.saying[0], "a.csv, line 3: has 2 cells instead of 1");
	assert_int_equal(r.field[0].rows, 1);
	assert_string_equal(r.field[0].max, "x");
}

static void wide_streams_take_little(void **state)
{
	enum { WIDE = 10000 };
	struct field *field = arena_array(mem, WIDE, sizeof(*field));
	struct schema fields = { WIDE, field };
	struct arena *own = arena_new(mem, "wide");

	(void)state;
	for (int i = 0; i < WIDE; i++)
		field[i] = (struct field){ .name = "f", .type = { .type = TYPE_TEXT } };
	profile_new(own, &fields);
	assert_in_range(arena_size_bytes(own), 1, 160u << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(texts, begin, end),
		cmocka_unit_test_setup_teardown(numbers, begin, end),
		cmocka_unit_test_setup_teardown(a_sum_past_38_digits_is_none, begin, end),
		cmocka_unit_test_setup_teardown(days, begin, end),
		cmocka_unit_test_setup_teardown(bytes_and_floats, begin, end),
		cmocka_unit_test_setup_teardown(shapes, begin, end),
		cmocka_unit_test_setup_teardown(a_key_is_seen_over_many_rows, begin, end),
		cmocka_unit_test_setup_teardown(one_repetition_is_enough, begin, end),
		cmocka_unit_test_setup_teardown(two_fields_may_be_a_key_together, begin, end),
		cmocka_unit_test_setup_teardown(unreadable_rows_are_told, begin, end),
		cmocka_unit_test_setup_teardown(wide_streams_take_little, begin, end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

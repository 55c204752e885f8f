/*
 * tests/unit/core/flow/raw_rows_test.c
 *	Rows that were kept: read as they were, loosely, and with a fix laid over them.
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
#include "core/flow/raw_rows.h"
#define OK(call) assert_int_equal((call), ERR_OK)

struct bench {
	struct arena *mem;
	struct schema all;
	struct raw_shape *csv, *turned, *json;
	struct batch *b;
};

static struct raw_shape *shape(struct bench *t, const char *text)
{
	struct raw_shape *s;
	struct err err = { 0 };

	OK(raw_shape_read(t->mem, text, &s, &err));
	raw_schema_add(t->mem, &t->all, s);
	return s;
}

static int set_up(void **state)
{
	struct bench *t = test_calloc(1, sizeof(*t));

	t->mem = arena_new(NULL, "test");
	t->csv = shape(t, "{\"fields\":[[\"id\",\"int\"],[\"name\",\"text\"],[\"n\",\"int\"]],"
		       "\"csv\":{\"cells\":[\"id\",\"name\",\"n\"],\"delimiter\":\";\","
		       "\"quote\":\"\\\"\",\"escape\":\"\",\"keep_empty\":false,\"null\":\"-\"}}");
	/* Another file of the same load has its cells in another order, and types that differ. */
	t->turned = shape(t, "{\"fields\":[[\"id\",\"int\"],[\"name\",\"text\"],[\"n\",\"date\"]],"
			  "\"csv\":{\"cells\":[\"n\",\"id\",\"name\"],\"delimiter\":\";\","
			  "\"quote\":\"\\\"\",\"escape\":\"\",\"keep_empty\":false,\"null\":\"-\"}}");
	t->json = shape(t, "{\"fields\":[[\"id\",\"int\"],[\"extra\",\"text\"]],"
			"\"json\":{\"ignore_extra\":false}}");
	t->b = batch_new(NULL, t->all.nfields, 16);
	batch_reset(t->b);
	t->b->nrows = 0;
	for (int c = 0; c < t->b->ncols; c++)
		batch_retype(t->b, c, TYPE_TEXT);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *t = *state;

	batch_free(t->b);
	arena_free(t->mem);
	test_free(t);
	return 0;
}

static const char *row_text(struct bench *t, uint32_t row)
{
	const char *out = t->b->state[row] == ROW_REJECTED ? "rejected" : "ok";

	for (int c = 0; c < t->b->ncols; c++) {
		struct slice v = t->b->col[c].v.text[row];

		out = t->b->col[c].null[row] ? arena_printf(t->mem, "%s|null", out)
		      : arena_printf(t->mem, "%s|%.*s", out, (int)v.n, v.p);
	}
	return out;
}

static const char *read_one(struct bench *t, bool is_loose, const struct raw_shape *s,
			    const char *raw, size_t n, const char *fix_text)
{
	struct raw_reader *r = raw_reader_new(t->mem, &t->all, is_loose);
	json_t *fix = fix_text != NULL ? json_loads(fix_text, 0, NULL) : NULL;
	uint32_t row = t->b->nrows;
	bool is_there = raw_reader_row(r, s, (struct slice){ raw, n }, fix, t->b);

	json_decref(fix);
	assert_int_equal(t->b->nrows, row + is_there);
	return is_there ? row_text(t, row) : "nothing";
}

#define READ(loose, s, raw, fix) read_one(t, loose, s, raw, strlen(raw), fix)

static void fields_are_those_of_all_shapes(void **state)
{
	struct bench *t = *state;

	assert_int_equal(t->all.nfields, 4);
	assert_string_equal(t->all.field[0].name, "id");
	assert_int_equal(t->all.field[0].type.type, TYPE_INT);
	assert_int_equal(t->all.field[2].type.type, TYPE_TEXT);	/* int here, date there */
	assert_string_equal(t->all.field[3].name, "extra");
}

static void rows_are_read_as_they_were(void **state)
{
	struct bench *t = *state;

	assert_string_equal(READ(false, t->csv, "7;\"a;b\";-\r\n", NULL), "ok|7|a;b|null|null");
	assert_string_equal(READ(false, t->turned, "1;2;x", NULL), "ok|2|x|1|null");
	assert_string_equal(READ(false, t->json, "{\"id\": 3, \"extra\": \"\\u00e9\"}", NULL),
			    "ok|3|null|null|\xc3\xa9");
	assert_string_equal(READ(false, t->csv, "1;2", NULL), "rejected|1|2|null|null");
	assert_string_equal(t->b->problem[0].reason, "has 2 fields, the header has 3");
	assert_string_equal(READ(false, t->json, "{\"id\": 3, \"other\": 1}", NULL) + 0,
			    "rejected|3|null|null|null");
	assert_string_equal(read_one(t, false, t->csv, NULL, 0, NULL),
			    "rejected|null|null|null|null");
	assert_string_equal(READ(false, t->csv, "", NULL), "nothing");
}

static void a_fix_is_laid_over_the_cells(void **state)
{
	struct bench *t = *state;

	assert_string_equal(READ(false, t->csv, "7;a;b", "{\"n\":\"5\",\"name\":null}"),
			    "ok|7|null|5|null");
	/* What was wrong with its form counts no longer. */
	assert_string_equal(READ(false, t->csv, "7;a;b;c", "{\"n\":\"5\"}"), "ok|7|a|5|null");
	assert_string_equal(READ(false, t->csv, "7", "{\"n\":\"5\"}"), "ok|7|null|5|null");
	assert_string_equal(READ(false, t->json, "{broken", "{\"id\":\"1\"}"),
			    "ok|1|null|null|null");
	assert_int_equal(t->b->nproblems, 0);
	/* But other cells must be text; bytes do not change silently. */
	assert_string_equal(READ(false, t->csv, "7;a\xff;b", "{\"n\":\"5\"}"),
			    "rejected|7|a\xff|5|null");
	assert_string_equal(t->b->problem[0].field, "name");
	assert_string_equal(READ(false, t->csv, "7;a\xff;b", "{\"name\":\"a\"}"), "ok|7|a|b|null");
	/* A field that the source has not is no cell. */
	assert_string_equal(READ(false, t->csv, "7;a;b", "{\"nothing\":\"5\"}"), "ok|7|a|b|null");
}

/* Rows of fixed width, and objects over several lines with fields of objects in them. */
static void other_formats_are_read_as_well(void **state)
{
	struct bench *t = *state;
	struct raw_shape *fixed = shape(t, "{\"fields\":[[\"id\",\"int\"],[\"name\",\"text\"]],"
					"\"fixed\":{\"columns\":[[\"name\",1,4],[\"id\",5,6]],"
					"\"in_bytes\":false}}");
	struct raw_shape *flat = shape(t, "{\"fields\":[[\"id\",\"int\"],[\"name\",\"text\"]],"
				       "\"json\":{\"ignore_extra\":true,\"flat\":true,"
				       "\"document\":true}}");

	assert_string_equal(READ(false, fixed, "ann  7", NULL), "ok|7|ann|null|null");
	assert_string_equal(READ(false, fixed, "bob", NULL), "rejected|null|bob|null|null");
	assert_string_equal(READ(false, fixed, "bob", "{\"id\":\"8\"}"), "ok|8|bob|null|null");
	assert_string_equal(READ(false, flat, "{\"id\": 1,\n\"name\": \"x\", \"n\": {\"y\": 2}}",
				 NULL),
			    "ok|1|x|null|null");
}

static void people_see_what_can_be_made_out(void **state)
{
	struct bench *t = *state;

	assert_string_equal(READ(true, t->csv, "7;a\xff;b;c", NULL), "ok|7|a\xef\xbf\xbd|b|null");
	assert_string_equal(READ(true, t->json, "{broken", NULL), "ok|null|null|null|null");
	assert_string_equal(read_one(t, true, t->csv, NULL, 0, NULL), "ok|null|null|null|null");
	assert_string_equal(READ(true, t->csv, "", NULL), "ok|null|null|null|null");
	assert_int_equal(t->b->nproblems, 0);
}

static void shapes_come_back_as_they_were_written(void **state)
{
	struct bench *t = *state;
	struct field fields[] = { { .name = "a\"b", .native = ",.", .is_told = true,
				    .type = { .type = TYPE_DECIMAL, .precision = 9, .scale = 2 } },
				  { .name = "c", .type = { .type = TYPE_INT, .bytes = 8,
							   .pg_oid = 20 }, .native = "int8" } };
	const struct schema schema = { 2, fields };
	const char *const cells[] = { "c", "a\"b" };
	const struct csv_dialect d = { .delimiter = '\t', .quote = 0, .escape = '\\',
				       .null_text = SLICE("NULL") };
	json_t *format = raw_csv_format(&d, true, 2, cells);
	struct raw_shape *s = shape(t, raw_shape_text(t->mem, &schema, format));
	struct raw_reader *r;
	struct batch *b;

	json_decref(format);
	assert_int_equal(raw_shape_fields(s)->field[0].type.scale, 2);
	assert_int_equal(raw_shape_fields(s)->field[1].type.pg_oid, 0);
	assert_string_equal(raw_shape_fields(s)->field[0].native, ",.");
	assert_true(raw_shape_fields(s)->field[0].is_told);
	assert_null(raw_shape_fields(s)->field[1].native);
	r = raw_reader_new(t->mem, raw_shape_fields(s), false);
	b = batch_new(NULL, 2, 4);
	batch_reset(b);
	assert_true(raw_reader_row(r, s, slice_of("NULL\t\"x\\ty"), NULL, b));
	assert_int_equal(b->col[1].null[0], 1);
	assert_true(slice_is(b->col[0].v.text[0], "\"x\ty"));
	batch_free(b);
	assert_non_null(strstr(raw_shape_text(t->mem, &schema, NULL), "\"ignore_extra\":true"));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(fields_are_those_of_all_shapes),
		T(rows_are_read_as_they_were),
		T(a_fix_is_laid_over_the_cells),
		T(other_formats_are_read_as_well),
		T(people_see_what_can_be_made_out),
		T(shapes_come_back_as_they_were_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

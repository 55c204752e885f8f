/*
 * tests/unit/core/flow/batch_test.c
 *	Batches: stores, problems, reset and sizes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/batch.h"

static void columns_follow_the_schema(void **state)
{
	struct field fields[] = {
		{ .name = "a", .type = { .type = TYPE_INT } },
		{ .name = "b", .type = { .type = TYPE_DECIMAL } },
		{ .name = "c", .type = { .type = TYPE_UUID } },
	};
	struct schema schema = { 3, fields };
	struct batch *b = batch_new(&schema, 0, 100);

	(void)state;
	assert_int_equal(b->ncols, 3);
	assert_int_equal(b->cap, 100);
	assert_ptr_equal(b->col[0].v.any, b->col[0].store_wide);
	assert_ptr_equal(b->col[2].v.text, b->col[2].store_text);
	for (int c = 0; c < 3; c++)
		assert_int_equal((uintptr_t)b->col[c].store_wide % 16, 0);
	b->col[1].v.dec[99] = (struct decimal){ .coef = 7, .scale = 2 };
	b->col[0].v.i64[99] = 1;
	b->col[2].v.text[99] = SLICE("x");
	b->col[2].null[99] = 1;
	assert_int_equal(b->col[1].null[99], 0);
	batch_retype(b, 1, TYPE_TEXT);
	assert_ptr_equal(b->col[1].v.text, b->col[1].store_text);
	assert_int_equal(b->col[1].type, TYPE_TEXT);
	batch_free(b);
	batch_free(NULL);
}

static void problems_are_copied_and_counted(void **state)
{
	struct batch *b = batch_new(NULL, 2, 500);
	char field[] = "amount", value[] = "x1";

	(void)state;
	b->nrows = 500;
	for (uint32_t i = 0; i < 300; i++)
		batch_reject(b, i, field, (struct slice){ value, 2 }, "type", "is not a %s",
			     "number");
	batch_reject(b, 7, NULL, (struct slice){ NULL, 0 }, "format", "is short");
	memset(field, '-', 6);
	memset(value, '-', 2);
	assert_int_equal(b->nproblems, 301);
	assert_string_equal(b->problem[299].field, "amount");
	assert_string_equal(b->problem[299].reason, "is not a number");
	assert_true(slice_is(b->problem[299].value, "x1"));
	assert_string_equal(b->problem[300].field, "");
	assert_int_equal(b->problem[300].value.n, 0);
	assert_int_equal(batch_count(b, ROW_REJECTED), 300);
	assert_int_equal(batch_count(b, ROW_LIVE), 200);
	batch_reset(b);
	assert_int_equal(b->nrows, 0);
	assert_int_equal(b->nproblems, 0);
	b->nrows = 500;
	assert_int_equal(batch_count(b, ROW_LIVE), 500);
	batch_free(b);
}

static void many_columns_mean_fewer_rows(void **state)
{
	(void)state;
	assert_int_equal(batch_rows_fit(0), BATCH_ROWS);
	assert_int_equal(batch_rows_fit(12), BATCH_ROWS);
	assert_in_range(batch_rows_fit(5000), 16, 64);
	assert_int_equal(batch_rows_fit(1000000), 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_follow_the_schema),
		cmocka_unit_test(problems_are_copied_and_counted),
		cmocka_unit_test(many_columns_mean_fewer_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

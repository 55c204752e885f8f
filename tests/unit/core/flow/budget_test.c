/*
 * tests/unit/core/flow/budget_test.c
 *	Which loads are over their budget, and which budgets make no sense.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/budget.h"

static bool is_over(int64_t rows, double percent, int64_t read, int64_t rejected)
{
	struct pipeline p = { .max_rejects = rows, .max_rejects_percent = percent };
	struct ledger l = { .read = read, .rejected = rejected };

	return budget_is_over(&p, &l);
}

static void a_number_of_rows_is_exceeded_by_one_more(void **state)
{
	(void)state;
	assert_false(is_over(-1, -1, 100, 100));
	assert_false(is_over(0, -1, 100, 0));
	assert_true(is_over(0, -1, 100, 1));
	assert_false(is_over(5, -1, 100, 5));
	assert_true(is_over(5, -1, 6, 6));
}

static void a_share_is_of_the_rows_read(void **state)
{
	(void)state;
	assert_false(is_over(-1, 0, 0, 0));
	assert_true(is_over(-1, 0, 1000, 1));
	assert_false(is_over(-1, 2, 100, 2));
	assert_true(is_over(-1, 2, 99, 2));
	assert_false(is_over(-1, 0.1, 1000, 1));
	assert_false(is_over(-1, 100, 7, 7));
}

static void it_is_said_with_both_figures(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct pipeline rows = { .max_rejects = 5, .max_rejects_percent = -1 };
	struct pipeline share = { .max_rejects = -1, .max_rejects_percent = 2.5 };
	struct ledger l = { .read = 100, .rejected = 12 };

	(void)state;
	assert_string_equal(budget_text(mem, &rows, &l, false),
			    "12 of 100 rows were rejected, and at most 5 may be");
	assert_string_equal(budget_text(mem, &rows, &l, true),
			    "12 of the first 100 rows were rejected, and at most 5 may be");
	assert_string_equal(budget_text(mem, &share, &l, false),
			    "12 of 100 rows were rejected, and at most 2.5% may be");
	arena_free(mem);
}

static void what_cannot_be_is_refused(void **state)
{
	struct pipeline p = { .max_rejects = -1, .max_rejects_percent = -1, .parallel = 1 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(budget_check(&p, &err), ERR_OK);
	p.over_rejects = OVER_HOLD;
	assert_int_equal(budget_check(&p, &err), ERR_CONFIG);
	assert_non_null(strstr(err.frame[0].text, "over_rejects is hold"));
	assert_non_null(strstr(err.hint, "max_rejects: 100"));
	p.max_rejects = 0;
	assert_int_equal(budget_check(&p, &err), ERR_OK);
	p.parallel = 4;
	assert_int_equal(budget_check(&p, &err), ERR_OK);
	p.over_rejects = OVER_FAIL;
	assert_int_equal(budget_check(&p, &err), ERR_CONFIG);
	assert_non_null(strstr(err.frame[0].text, "parallel is 4"));
	/* Only appends are committed part by part. */
	p.mode = MODE_UPSERT;
	assert_int_equal(budget_check(&p, &err), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_of_rows_is_exceeded_by_one_more),
		cmocka_unit_test(a_share_is_of_the_rows_read),
		cmocka_unit_test(it_is_said_with_both_figures),
		cmocka_unit_test(what_cannot_be_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

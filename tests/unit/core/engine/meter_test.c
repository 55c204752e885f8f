/*
 * tests/unit/core/engine/meter_test.c
 *	The rate follows the load and the time left follows the rate.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/engine/meter.h"

#define STEP_US 100000

/* Feeds ten steps a second for s seconds at the given rates. */
static void feed(struct meter *m, int64_t *now, int64_t *rows, int s, int64_t rows_per_s)
{
	for (int i = 0; i < s * 10; i++) {
		*now += STEP_US;
		*rows += rows_per_s / 10;
		meter_feed(m, *now, *rows, *rows * 100);
	}
}

static void the_rate_settles_and_follows(void **state)
{
	struct meter m = { 0 };
	int64_t now = 1000000, rows = 0;

	(void)state;
	meter_feed(&m, now, 0, 0);
	assert_int_equal(meter_eta_ms(&m, 1000), -1);
	feed(&m, &now, &rows, 10, 5000);
	assert_in_range((int64_t)m.rows_per_s, 4900, 5100);
	/* 500,000 bytes a second, a million left: two seconds. */
	assert_in_range(meter_eta_ms(&m, rows * 100 + 1000000), 1900, 2100);
	feed(&m, &now, &rows, 10, 1000);
	assert_in_range((int64_t)m.rows_per_s, 950, 1200);
}

static void a_total_that_is_unknown_or_passed_has_no_end(void **state)
{
	struct meter m = { 0 };
	int64_t now = 1000000, rows = 0;

	(void)state;
	meter_feed(&m, now, 0, 0);
	feed(&m, &now, &rows, 2, 1000);
	assert_int_equal(meter_eta_ms(&m, -1), -1);
	assert_int_equal(meter_eta_ms(&m, 1), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rate_settles_and_follows),
		cmocka_unit_test(a_total_that_is_unknown_or_passed_has_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

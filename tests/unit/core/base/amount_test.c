/*
 * tests/unit/core/base/amount_test.c
 *	Amounts as people write them, and what is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/amount.h"
#include "core/base/clock.h"

static void counts_and_sizes_are_scaled(void **state)
{
	double v;

	(void)state;
	assert_true(amount_count("1k", &v) && v == 1000);
	assert_true(amount_count("1.5M", &v) && v == 1500000);
	assert_true(amount_count("42", &v) && v == 42);
	assert_false(amount_count("1MB", &v));
	assert_false(amount_count("k", &v));
	assert_true(amount_bytes("1MB", &v) && v == 1e6);
	assert_true(amount_bytes("64KiB", &v) && v == 65536);
	assert_true(amount_bytes("2g", &v) && v == 2e9);
	assert_true(amount_bytes("10B", &v) && v == 10);
	assert_false(amount_bytes("1MBx", &v));
	assert_true(amount_float("0.25", &v) && v == 0.25);
	assert_false(amount_float("1e5", &v));
	assert_false(amount_float("", &v));
}

static void moments_know_how_wide_they_are(void **state)
{
	int64_t us, width, now = clock_wall_us();

	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	assert_true(amount_moment("2026-02-28", &us, &width));
	assert_int_equal(us, 1772236800000000);
	assert_int_equal(width, 86400000000);
	assert_true(amount_moment("2026-02-28T13:01Z", &us, &width));
	assert_int_equal(us, 1772236800000000 + 13 * 3600000000LL + 60000000);
	assert_int_equal(width, 60000000);
	assert_true(amount_moment("2026-02-28 13:01:02.5", &us, &width));
	assert_int_equal(width, 1000000);
	assert_true(amount_moment("2h", &us, &width));
	assert_int_equal(width, 0);
	assert_true(us <= now - 7200000000 + 5000000 && us >= now - 7200000000);
	assert_true(amount_moment("9999999999d", &us, NULL));
	assert_false(amount_moment("2026-02", &us, NULL));
	assert_false(amount_moment("2026-02-28 1", &us, NULL));
	assert_false(amount_moment("yesterday", &us, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_and_sizes_are_scaled),
		cmocka_unit_test(moments_know_how_wide_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

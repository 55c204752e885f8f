/*
 * tests/unit/core/base/clock_test.c
 *	Clocks: forward only, and moments as people write them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/clock.h"

static void iso_is_utc_with_milliseconds(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1772323199123456, "2026-02-28T23:59:59.123Z" },
		{ 951782400000000, "2000-02-29T00:00:00.000Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ -1000000, "1969-12-31T23:59:59.000Z" },
		{ 253402300799999999, "9999-12-31T23:59:59.999Z" },
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		clock_iso(cases[i].us, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

static void the_monotonic_clock_never_goes_back(void **state)
{
	int64_t last = clock_mono_us();

	(void)state;
	for (int i = 0; i < 100000; i++) {
		int64_t now = clock_mono_us();

		assert_true(now >= last);
		last = now;
	}
}

static void both_clocks_count_microseconds(void **state)
{
	struct timespec pause = { 0, 20 * 1000 * 1000 };
	int64_t mono = clock_mono_us();
	int64_t wall = clock_wall_us();

	(void)state;
	nanosleep(&pause, NULL);
	mono = clock_mono_us() - mono;
	assert_in_range(mono, 20000, 60 * 1000000);
	assert_true(clock_wall_us() > wall);
	assert_in_range((uint64_t)wall / 1000000, 1700000000, 32503680000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iso_is_utc_with_milliseconds),
		cmocka_unit_test(the_monotonic_clock_never_goes_back),
		cmocka_unit_test(both_clocks_count_microseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

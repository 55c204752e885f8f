/*
 * tests/unit/core/base/span_test.c
 *	Spans are read, refused, and written as they were.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/span.h"

static void spans_are_read_and_written(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
		const char *back;
	} good[] = {
		{ "30s", 30000, "30s" }, { "90", 90000, "1m30s" }, { "5min", 300000, "5m" },
		{ "1h30m", 5400000, "1h30m" }, { "500ms", 500, "500ms" },
		{ "8d", 691200000, "1w1d" }, { "0", 0, "0s" },
		{ "9223372036854775807ms", INT64_MAX, "15250284452w3d7h12m55s807ms" },
	};
	char text[40];
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(span_read(good[i].text, &ms));
		assert_int_equal(ms, good[i].ms);
		span_text(ms, text, sizeof(text));
		assert_string_equal(text, good[i].back);
	}
}

static void others_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "s", "-5s", "1.5h", "5 m", "5x", "9223372036854775808ms", "99999999999999999w",
	};
	int64_t ms = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(span_read(bad[i], &ms));
	assert_int_equal(ms, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_are_read_and_written),
		cmocka_unit_test(others_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

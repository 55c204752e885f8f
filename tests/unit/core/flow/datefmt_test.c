/*
 * tests/unit/core/flow/datefmt_test.c
 *	Date formats: read, written, refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/datefmt.h"
#include "core/flow/format.h"

static const struct {
	const char *format, *text;
	enum parse_rc rc;
	const char *want;	/* as a timestamp */
} rows[] = {
	{ "%d/%m/%Y", "28/02/2025", PARSE_OK, "2025-02-28 00:00:00" },
	{ "%d/%m/%Y", " 1/2/2025 ", PARSE_OK, "2025-02-01 00:00:00" },
	{ "%d/%m/%Y", "29/02/2025", PARSE_DAY, NULL },
	{ "%d/%m/%Y", "29/02/2024", PARSE_OK, "2024-02-29 00:00:00" },
	{ "%d/%m/%Y", "00/01/2025", PARSE_DAY, NULL },
	{ "%d/%m/%Y", "01/13/2025", PARSE_DAY, NULL },
	{ "%d/%m/%Y", "01/01/25", PARSE_BAD, NULL },
	{ "%d/%m/%Y", "01/01/20255", PARSE_BAD, NULL },
	{ "%d/%m/%Y", "01-01-2025", PARSE_BAD, NULL },
	{ "%d/%m/%Y", "", PARSE_BLANK, NULL },
	{ "%y%m%d", "690101", PARSE_OK, "1969-01-01 00:00:00" },
	{ "%y%m%d", "681231", PARSE_OK, "2068-12-31 00:00:00" },
	{ "%F %T.%f", "2025-02-28 01:02:03.1234567", PARSE_OK, "2025-02-28 01:02:03.123457" },
	{ "%F %H:%M", "2025-02-28 24:00", PARSE_DAY, NULL },
	{ "%F %I %p", "2025-02-28 12 am", PARSE_OK, "2025-02-28 00:00:00" },
	{ "%F %I %p", "2025-02-28 12 PM", PARSE_OK, "2025-02-28 12:00:00" },
	{ "%F %I %p", "2025-02-28 13 PM", PARSE_DAY, NULL },
	{ "%d %b %Y", "1 SEP 2025", PARSE_OK, "2025-09-01 00:00:00" },
	{ "%d %b %Y", "1 Sept 2025", PARSE_BAD, NULL },
	{ "%B %d, %Y", "september 1, 2025", PARSE_OK, "2025-09-01 00:00:00" },
	{ "%FT%T%z", "2025-02-28T00:30:00+01:00", PARSE_OK, "2025-02-27 23:30:00" },
	{ "%FT%T%z", "2025-02-28T00:30:00-0130", PARSE_OK, "2025-02-28 02:00:00" },
	{ "%FT%T%z", "2025-02-28T00:30:00Z", PARSE_OK, "2025-02-28 00:30:00" },
	{ "%FT%T%z", "2025-02-28T00:30:00+99:00", PARSE_BAD, NULL },
	{ "100%% %F", "100% 2025-02-28", PARSE_OK, "2025-02-28 00:00:00" },
};

static void formats_are_read(void **state)
{
	struct arena *mem = arena_new(NULL, "test");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *why;
		const struct datefmt *f = datefmt_compile(mem, slice_of(rows[i].format), &why);
		char text[FORMAT_MAX];
		int64_t us = 0;

		assert_non_null(f);
		if (datefmt_parse(f, slice_of(rows[i].text), &us) != rows[i].rc)
			fail_msg("%s with %s", rows[i].text, rows[i].format);
		if (rows[i].rc == PARSE_OK) {
			text[format_timestamp(us, text)] = '\0';
			assert_string_equal(text, rows[i].want);
		}
	}
	arena_free(mem);
}

static void what_is_written_is_read_again(void **state)
{
	static const char *const format[] = { "%d.%m.%Y %H:%M:%S.%f", "%B %d, %Y %I:%M:%S.%f %p",
					      "%b/%d/%Y %T.%f %z" };
	struct arena *mem = arena_new(NULL, "test");

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const char *why;
		const struct datefmt *f = datefmt_compile(mem, slice_of(format[i]), &why);

		for (int64_t us = -900000000000000000; us < 900000000000000000;
		     us += 7654321987654321) {
			char text[DATEFMT_TEXT];
			size_t n;
			int64_t back = 0;

			if (us < -63000000000000000 || us > 250000000000000000)
				continue;	/* before year 1, past year 9999 */
			n = datefmt_format(f, us, text);
			assert_int_equal(datefmt_parse(f, (struct slice){ text, n }, &back),
					 PARSE_OK);
			assert_true(back == us);
		}
	}
	arena_free(mem);
}

static void formats_that_cannot_be_read(void **state)
{
	static const char *const bad[][2] = {
		{ "%d/%", "ends in a lone %" },
		{ "%I:%M", "needs %I and %p together" },
		{ "%F %p", "needs %I and %p together" },
		{ "%q", "has a code other than %Y %m %d %y %H %M %S %f %b %B %I %p %z %F %T %%" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  "is too long" },
	};
	struct arena *mem = arena_new(NULL, "test");
	const struct datefmt *f;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(datefmt_compile(mem, slice_of(bad[i][0]), &why));
		assert_string_equal(why, bad[i][1]);
	}
	f = datefmt_compile(mem, SLICE("%d/%m"), &why);
	assert_false(datefmt_has_date(f));
	f = datefmt_compile(mem, SLICE("%FT%T%z"), &why);
	assert_true(datefmt_has_date(f) && datefmt_has_time(f) && datefmt_has_zone(f));
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_read),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(formats_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

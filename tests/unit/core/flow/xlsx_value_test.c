/*
 * tests/unit/core/flow/xlsx_value_test.c
 *	Numbers keep their value, and days are the days that people meant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/flow/xlsx_value.h"

static void numbers_are_exact(void **state)
{
	static const struct {
		const char *stored;
		const char *text;	/* "": no number */
	} cases[] = {
		{ "0", "0" }, { "-12", "-12" }, { "1234.5", "1234.5" }, { " 7 ", "7" }, { "+7", "7" },
		{ "0.10000000000000001", "0.1" }, { "0.30000000000000004", "0.30000000000000004" },
		{ "1.1000000000000001", "1.1" }, { "123456789012345", "123456789012345" },
		{ "1234567890123456", "1234567890123456" },
		{ "12345678901234567890", "12345678901234567890" },
		{ "1.23456789012345678901", "1.23456789012345678901" },
		{ "1E-3", "0.001" }, { "1.5e3", "1500" }, { "-1.0000000000000001E-5", "-0.00001" },
		{ "0.5E3", "500" }, { "9.9999999999999995E-8", "0.0000001" },
		{ "5E20", "500000000000000000000" },
		{ "1E300", "1E300" }, { "1E-300", "1E-300" }, { "2.5E0", "2.5" },
		{ "", "" }, { "-", "" }, { "1e", "" }, { "abc", "" }, { "1.2.3", "" }, { "0x10", "" },
		{ "NaN", "" }, { "1,5", "" },
		{ "11111111111111111111111111111111111111111111111111111111111111111111", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[XLSX_VALUE_MAX + 1];
		size_t n = xlsx_number(slice_of(cases[i].stored), out);

		out[n] = '\0';
		assert_string_equal(out, cases[i].text);
	}
}

static void days_are_the_days_meant(void **state)
{
	static const struct {
		const char *stored;
		enum xlsx_style style;
		bool from_1904;
		const char *text;	/* what it is, or why it is none */
	} cases[] = {
		{ "1", XLSX_DATE, false, "1900-01-01" }, { "59", XLSX_DATE, false, "1900-02-28" },
		{ "60", XLSX_DATE, false, "is 29 February 1900, a day that never was" },
		{ "61", XLSX_DATE, false, "1900-03-01" }, { "45292", XLSX_DATE, false, "2024-01-01" },
		{ "2958465", XLSX_DATE, false, "9999-12-31" },
		{ "2958466", XLSX_DATE, false, "is a day outside of the calendar of spreadsheets" },
		{ "-1", XLSX_DATE, false, "is a day outside of the calendar of spreadsheets" },
		{ "0", XLSX_DATE, true, "1904-01-01" }, { "43830", XLSX_DATE, true, "2024-01-01" },
		{ "60", XLSX_DATE, true, "1904-03-01" },
		{ "45292.5", XLSX_DATE, false, "2024-01-01 12:00:00" },
		{ "45292", XLSX_DATETIME, false, "2024-01-01 00:00:00" },
		{ "45292.999988425925", XLSX_DATETIME, false, "2024-01-01 23:59:59" },
		{ "45292.99999999999", XLSX_DATETIME, false, "2024-01-02 00:00:00" },
		{ "45292.000005", XLSX_DATETIME, false, "2024-01-01 00:00:00.432" },
		{ "0.5", XLSX_TIME, false, "12:00:00" }, { "0.75", XLSX_DATETIME, false, "18:00:00" },
		{ "45292.25", XLSX_TIME, false, "2024-01-01 06:00:00" },
		{ "1.5208333333333333", XLSX_DURATION, false, "36:30:00" },
		{ "0.001", XLSX_DURATION, false, "00:01:26.400" },
		{ "-0.5", XLSX_DURATION, false, "-12:00:00" }, { "100", XLSX_DURATION, false, "2400:00:00" },
		{ "x", XLSX_DATE, false, "is not a number, as days must be" },
		{ "1e99", XLSX_DATE, false, "is not a number, as days must be" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[XLSX_VALUE_MAX + 1];
		const char *why;
		size_t n = xlsx_moment(slice_of(cases[i].stored), cases[i].style,
			cases[i].from_1904,
				       out, &why);

		out[n] = '\0';
		assert_string_equal(n > 0 ? out : why, cases[i].text);
	}
}

static void formats_say_what_is_a_day(void **state)
{
	static const struct {
		const char *code;
		enum xlsx_style style;
	} cases[] = {
		{ "General", XLSX_NUMBER }, { "0.00", XLSX_NUMBER },
		{ "#,##0.00\\ \"days\"", XLSX_NUMBER },
		{ "0.00E+00", XLSX_NUMBER }, { "[Red]0;[Blue]-0", XLSX_NUMBER },
		{ "@", XLSX_NUMBER },
		{ "_-* #,##0.00\\ _d_-", XLSX_NUMBER }, { "[$-409]0.0", XLSX_NUMBER },
		{ "yyyy-mm-dd", XLSX_DATE }, { "d/m/yy", XLSX_DATE }, { "mmm", XLSX_DATE },
		{ "[$-407]d. mmmm yyyy;@", XLSX_DATE }, { "[Red]dd.mm.yyyy", XLSX_DATE },
		{ "[$-411]ggge\"x\"m\"y\"d", XLSX_DATE }, { "dddd", XLSX_DATE },
		{ "mm/yy", XLSX_DATE },
		{ "yyyy-mm-dd hh:mm:ss", XLSX_DATETIME }, { "m/d/yy h:mm AM/PM", XLSX_DATETIME },
		{ "hh:mm", XLSX_TIME }, { "h:mm:ss AM/PM", XLSX_TIME }, { "mm:ss.0", XLSX_TIME },
		{ "[h]:mm", XLSX_DURATION }, { "[mm]:ss", XLSX_DURATION },
		{ "[hh]:mm:ss.000", XLSX_DURATION },
		{ "\"d\"0", XLSX_NUMBER }, { "\\d0", XLSX_NUMBER }, { "[h", XLSX_DURATION },
		{ "\"d", XLSX_NUMBER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (xlsx_style_of_code(slice_of(cases[i].code)) != cases[i].style)
			fail_msg("%s is taken for %d", cases[i].code,
				 xlsx_style_of_code(slice_of(cases[i].code)));
	assert_int_equal(xlsx_style_of_id(0), XLSX_NUMBER);
	assert_int_equal(xlsx_style_of_id(14), XLSX_DATE);
	assert_int_equal(xlsx_style_of_id(20), XLSX_TIME);
	assert_int_equal(xlsx_style_of_id(22), XLSX_DATETIME);
	assert_int_equal(xlsx_style_of_id(46), XLSX_DURATION);
	assert_int_equal(xlsx_style_of_id(49), XLSX_NUMBER);
}

static void escapes_are_undone(void **state)
{
	static const struct {
		const char *stored;
		const char *text;
	} cases[] = {
		{ "a_x000D_b", "a\rb" }, { "_x005F_x000D_", "_x000D_" }, { "_x00e9_", "\xc3\xa9" },
		{ "_xD83D__xDE00_", "\xf0\x9f\x98\x80" }, { "_xD83D_ alone", "_xD83D_ alone" },
		{ "_x0000_", "_x0000_" }, { "_x12_", "_x12_" }, { "_x12345", "_x12345" },
		{ "plain_text", "plain_text" }, { "_x000A__x000A_", "\n\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[50];
		size_t n;

		snprintf(text, sizeof(text), "%s", cases[i].stored);
		n = xlsx_unescape(text, strlen(text));
		text[n] = '\0';
		assert_string_equal(text, cases[i].text);
	}
}

static void references_are_read_and_written(void **state)
{
	char text[16];
	int column = -5;
	long row = -5;

	(void)state;
	assert_true(xlsx_ref(SLICE("$B$4"), &column, &row));
	assert_int_equal(column, 1);
	assert_int_equal(row, 4);
	assert_true(xlsx_ref(SLICE("XFD1048576"), &column, &row));
	assert_int_equal(column, 16383);
	assert_string_equal(xlsx_ref_text(column, row, text), "XFD1048576");
	assert_string_equal(xlsx_ref_text(26, 7, text), "AA7");
	assert_true(xlsx_ref(SLICE("c"), &column, &row));
	assert_int_equal(column, 2);
	assert_int_equal(row, 1048576);
	assert_true(xlsx_ref(SLICE("12"), &column, &row));
	assert_int_equal(row, 12);
	assert_false(xlsx_ref(SLICE("XFE1"), &column, &row));
	assert_false(xlsx_ref(SLICE("A0"), &column, &row));
	assert_false(xlsx_ref(SLICE("A1048577"), &column, &row));
	assert_false(xlsx_ref(SLICE(""), &column, &row));
	assert_false(xlsx_ref(SLICE("A1B"), &column, &row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_exact),
		cmocka_unit_test(days_are_the_days_meant),
		cmocka_unit_test(formats_say_what_is_a_day),
		cmocka_unit_test(escapes_are_undone),
		cmocka_unit_test(references_are_read_and_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * tests/unit/core/flow/number_test.c
 *	Numbers with marks, signs and currencies, and what is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/decimal.h"
#include "core/flow/number.h"

static void marks_read_numbers(void **state)
{
	static const struct {
		const char *marks;
		const char *text;
		const char *value;	/* NULL: no number */
	} rows[] = {
		{ ",", "12,50", "12.50" }, { ",", "1.234,56", "1234.56" }, { ",", "12.50", NULL },
		{ ",.", "1.234", "1234" }, { ".,", "1,234", "1234" }, { ".", "1,234.5", "1234.5" },
		{ ", ", "1 234,56", "1234.56" }, { ", ", "1\xe2\x80\xaf" "234,5", "1234.5" },
		{ ", ", "12 34,5", NULL }, { ".'", "1'234.5", "1234.5" },
		{ ".'", "1\xe2\x80\x99" "234", "1234" }, { ".", "(12.50)", "-12.50" },
		{ ".", "12.50-", "-12.50" }, { ".", "- 12.50", "-12.50" }, { ".", "--1", NULL },
		{ ".", "(-1)", NULL }, { ".", "\xe2\x88\x92" "7", "-7" }, { ".", "+7", "7" },
		{ ".$", "$12.50", "12.50" }, { ".$", "-$12.50", "-12.50" }, { ".$", "($5)", "-5" },
		{ ".$", "12.50", NULL }, { ".$", "$$1", NULL }, { ",.EUR", "1.000,5 EUR", "1000.5" },
		{ ".%", "12.5 %", "12.5" }, { ".", "", "blank" }, { ".", "1.2.3", NULL },
		{ ".", "-", NULL }, { ".", "()", NULL }, { ".$", "$", NULL }, { ".", "x", NULL },
		{ ".", "1,23,456", NULL }, { ".", "12345678901234567890.5", "12345678901234567890.5" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *mem = arena_new(NULL, "test");
		struct number_marks m;
		struct decimal d;
		char text[DECIMAL_TEXT] = "";
		enum parse_rc rc;

		assert_true(number_marks_read(mem, rows[i].marks, &m));
		rc = number_parse(slice_of(rows[i].text), &m, &d);
		if (rc == PARSE_OK)
			decimal_format(d, text);
		else if (rc == PARSE_BLANK)
			memcpy(text, "blank", 6);
		if (strcmp(text, rows[i].value != NULL ? rows[i].value : "") != 0)
			fail_msg("%s by %s is \"%s\"", rows[i].text, rows[i].marks, text);
		arena_free(mem);
	}
}

static void marks_are_written_as_they_are_read(void **state)
{
	static const char *const good[] = { ",.", ".,", ", ", ".'", ",.\xe2\x82\xac", ".,%" };
	static const char *const bad[] = { "", "x", "..", ",,", ",.waytoolongaffix", "'." };
	struct arena *mem = arena_new(NULL, "test");
	struct number_marks m;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(number_marks_read(mem, good[i], &m));
		assert_string_equal(number_marks_text(mem, &m), good[i]);
		assert_false(number_is_plain(&m));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(number_marks_read(mem, bad[i], &m));
	m = (struct number_marks){ 0 };
	assert_true(number_is_plain(&m));
	arena_free(mem);
}

static void affixes_are_known_ones(void **state)
{
	static const struct {
		const char *text;
		const char *affix;	/* NULL: something else */
	} rows[] = {
		{ "12", "" }, { "-12.5", "" }, { "(12)", "" }, { "12 %", "%" }, { "$1", "$" },
		{ "R$ 5,00", "R$" }, { "5 Fr.", "Fr." }, { "EUR 5", "EUR" }, { "5 kg", NULL },
		{ "abc", NULL }, { "A12", NULL }, { "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *affix = number_affix(slice_of(rows[i].text));

		assert_int_equal(affix == NULL, rows[i].affix == NULL);
		if (affix != NULL)
			assert_string_equal(affix, rows[i].affix);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_read_numbers),
		cmocka_unit_test(marks_are_written_as_they_are_read),
		cmocka_unit_test(affixes_are_known_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

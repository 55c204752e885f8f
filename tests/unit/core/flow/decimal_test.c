/*
 * tests/unit/core/flow/decimal_test.c
 *	Exact arithmetic, with answers that PostgreSQL 15 gave to the same sums.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/flow/decimal.h"
#include "core/flow/parse.h"

static struct decimal dec(const char *text)
{
	struct decimal d = { 0 };

	if (parse_decimal(slice_of(text), &d) != PARSE_OK)
		fail_msg("not a decimal: %s", text);
	return d;
}

static void expect(bool ok, struct decimal got, const char *want, const char *what)
{
	char text[DECIMAL_TEXT];

	decimal_format(got, text);
	if (want == NULL) {
		if (ok)
			fail_msg("%s: must not fit, gave %s", what, text);
		return;
	}
	if (!ok || strcmp(text, want) != 0)
		fail_msg("%s: got %s, want %s", what, ok ? text : "overflow", want);
}

static void sums_are_exact(void **state)
{
	static const struct {
		const char *a;
		char op;
		const char *b;
		const char *want;
	} rows[] = {
		{ "0.1", '+', "0.2", "0.3" },
		{ "1.50", '+', "1", "2.50" },
		{ "1", '+', "1.50", "2.50" },
		{ "-1", '+', "1", "0" },
		{ "99999999999999999999999999999999999999", '+', "1", NULL },
		{ "99999999999999999999999999999999999999", '+',
		  "99999999999999999999999999999999999999", NULL },
		{ "-99999999999999999999999999999999999999", '-',
		  "99999999999999999999999999999999999999", NULL },
		{ "99999999999999999999999999999999999998", '+', "1",
		  "99999999999999999999999999999999999999" },
		{ "0.00000000000000000000000000000000000001", '+', "0.1",
		  "0.10000000000000000000000000000000000001" },
		{ "1", '-', "0.9", "0.1" },
		{ "-0.5", '-', "0.5", "-1.0" },
		{ "1.10", '*', "1.10", "1.2100" },
		{ "12345678901234567890", '*', "98765432109876543",
		  "1219326311370217949644871231852004270" },
		{ "1234567890123456789012", '*', "12345678901234567890", NULL },
		{ "1000000000000000000000000000000000000.0", '*', "10.00",
		  "10000000000000000000000000000000000000" },
		/* select a / b, with PostgreSQL's zeros at the end taken off */
		{ "1", '/', "3", "0.33333333333333333333" },
		{ "2", '/', "3", "0.66666666666666666667" },
		{ "-2", '/', "3", "-0.66666666666666666667" },
		{ "7", '/', "2", "3.5" },
		{ "10.00", '/', "4", "2.50" },
		{ "100", '/', "7", "14.2857142857142857" },
		{ "1000000", '/', "7", "142857.142857142857" },
		{ "1", '/', "1000000", "0.000001" },
		{ "0.000001", '/', "3", "0.000000333333333333333333" },
		{ "12345678901234567890.12", '/', "0.7", "17636684144620811271.60" },
		{ "0", '/', "3", "0" },
		{ "1", '/', "90000000000000000000000000000000000000",
		  "0.00000000000000000000000000000000000001" },
		{ "90000000000000000000000000000000000001", '/',
			"90000000000000000000000000000000000000",
		  "1" },
		{ "7", '%', "3", "1" },
		{ "-7", '%', "3", "-1" },
		{ "7.5", '%', "2", "1.5" },
		{ "1", '%', "0.3", "0.1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct decimal a = dec(rows[i].a), b = dec(rows[i].b), r = { 0 };
		char what[128];
		bool ok = rows[i].op == '+'   ? decimal_add(a, b, &r)
			  : rows[i].op == '-' ? decimal_sub(a, b, &r)
			  : rows[i].op == '*' ? decimal_mul(a, b, &r)
			  : rows[i].op == '/' ? decimal_div(a, b, &r)
					      : decimal_mod(a, b, &r);

		snprintf(what, sizeof(what), "%s %c %s", rows[i].a, rows[i].op, rows[i].b);
		expect(ok, r, rows[i].want, what);
	}
}

static void rounding_is_half_away_from_zero(void **state)
{
	static const struct {
		const char *in;
		int scale;
		const char *want;
	} rows[] = {
		{ "2.5", 0, "3" }, { "-2.5", 0, "-3" }, { "2.4999", 0, "2" }, { "0.5", 0, "1" },
		{ "-0.5", 0, "-1" }, { "1.005", 2, "1.01" }, { "1.5", 3, "1.500" },
		{ "1250", -2, "1300" }, { "1249", -2, "1200" }, { "-1250", -2, "-1300" },
		{ "49", -2, "0" }, { "50", -2, "100" }, { "5", -40, "0" },
		{ "99999999999999999999999999999999999999", 1, NULL },
		{ "9.9999999999999999999999999999999999999", 36,
		  "10.000000000000000000000000000000000000" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct decimal r = { 0 };
		bool ok = decimal_rescale(dec(rows[i].in), rows[i].scale, &r);

		expect(ok, r, rows[i].want, rows[i].in);
	}
	expect(true, decimal_floor(dec("-1.01")), "-2", "floor");
	expect(true, decimal_floor(dec("1.99")), "1", "floor");
	expect(true, decimal_ceil(dec("1.01")), "2", "ceil");
	expect(true, decimal_ceil(dec("-1.99")), "-1", "ceil");
}

static void comparison_ignores_trailing_zeros(void **state)
{
	static const struct {
		const char *a, *b;
		int want;
	} rows[] = {
		{ "1.50", "1.5", 0 }, { "1.51", "1.5", 1 }, { "-1.51", "-1.5", -1 },
		{ "0", "-0.0000", 0 }, { "10", "9.99999999999999999999", 1 },
		{ "99999999999999999999999999999999999999",
			"0.00000000000000000000000000000000000001", 1 },
		{ "-99999999999999999999999999999999999999",
			"0.00000000000000000000000000000000000001",
		  -1 },
		{ "1", "1.0000000000000000000000000000000000001", -1 },
		{ "-1", "-1.0000000000000000000000000000000000001", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(decimal_compare(dec(rows[i].a), dec(rows[i].b)), rows[i].want);
		assert_int_equal(decimal_compare(dec(rows[i].b), dec(rows[i].a)), -rows[i].want);
	}
}

static void conversions_keep_the_value(void **state)
{
	struct decimal d;
	int64_t v;

	(void)state;
	assert_true(decimal_to_int(dec("9223372036854775807"), &v));
	assert_true(v == INT64_MAX);
	assert_true(decimal_to_int(dec("-9223372036854775808.4"), &v));
	assert_true(v == INT64_MIN);
	assert_false(decimal_to_int(dec("9223372036854775807.5"), &v));
	assert_true(decimal_to_float(dec("0.1")) == 0.1);
	assert_true(decimal_to_float(dec("123456789012345678901234567890")) ==
		    123456789012345678901234567890.0);
	assert_true(decimal_from_float(0.1, &d));
	expect(true, d, "0.1", "from float");
	assert_true(decimal_from_float(-1e20, &d));
	expect(true, d, "-100000000000000000000", "from float");
	assert_false(decimal_from_float(1e300, &d));
	assert_int_equal(decimal_digits(dec("0")), 1);
	assert_int_equal(decimal_digits(dec("-99999999999999999999999999999999999999")), 38);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_exact),
		cmocka_unit_test(rounding_is_half_away_from_zero),
		cmocka_unit_test(comparison_ignores_trailing_zeros),
		cmocka_unit_test(conversions_keep_the_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

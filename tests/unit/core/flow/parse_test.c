/*
 * tests/unit/core/flow/parse_test.c
 *	Values from text and back: what is taken, what is refused, and why.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/decimal.h"
#include "core/flow/format.h"
#include "core/flow/parse.h"

struct row {
	const char *in;
	enum parse_rc rc;
	const char *out;	/* the value as formatted */
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void check(const struct row *r, enum parse_rc rc, const char *text, size_t n)
{
	if (rc != r->rc)
		fail_msg("\"%s\": code %d, want %d", r->in, (int)rc, (int)r->rc);
	if (rc == PARSE_OK && (strlen(r->out) != n || memcmp(r->out, text, n) != 0))
		fail_msg("\"%s\": got %.*s, want %s", r->in, (int)n, text, r->out);
}

static void ints(void **state)
{
	static const struct row rows[] = {
		{ "0", PARSE_OK, "0" }, { " 42 ", PARSE_OK, "42" }, { "+7", PARSE_OK, "7" },
		{ "-0", PARSE_OK, "0" }, { "007", PARSE_OK, "7" },
		{ "9223372036854775807", PARSE_OK, "9223372036854775807" },
		{ "-9223372036854775808", PARSE_OK, "-9223372036854775808" },
		{ "9223372036854775808", PARSE_RANGE, NULL },
		{ "-9223372036854775809", PARSE_RANGE, NULL },
		{ "99999999999999999999999", PARSE_RANGE, NULL },
		{ "00000000000000000000000001", PARSE_OK, "1" },
		{ "", PARSE_BLANK, NULL }, { " \t ", PARSE_BLANK, NULL }, { "-", PARSE_BAD, NULL },
		{ "1.0", PARSE_BAD, NULL }, { "1 2", PARSE_BAD, NULL }, { "0x10", PARSE_BAD, NULL },
		{ "1e3", PARSE_BAD, NULL }, { "--1", PARSE_BAD, NULL },
		{ "9999999999999999999999x", PARSE_BAD, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t v = 0;
		enum parse_rc rc = parse_int(slice_of(rows[i].in), &v);
		char text[FORMAT_MAX];

		check(&rows[i], rc, text, format_int(v, text));
	}
}

static void decimals(void **state)
{
	static const struct row rows[] = {
		{ "0.1", PARSE_OK, "0.1" }, { "-.5", PARSE_OK, "-0.5" }, { "5.", PARSE_OK, "5" },
		{ "1.50", PARSE_OK, "1.50" },
			{ "+12345678901234567.89", PARSE_OK, "12345678901234567.89" },
		{ "99999999999999999999999999999999999999", PARSE_OK,
		  "99999999999999999999999999999999999999" },
		{ "0.00000000000000000000000000000000000001", PARSE_OK,
		  "0.00000000000000000000000000000000000001" },
		{ "000000000000000000000000000000000000000000001.5", PARSE_OK, "1.5" },
		{ "100000000000000000000000000000000000000", PARSE_RANGE, NULL },
		{ "0.000000000000000000000000000000000000001", PARSE_RANGE, NULL },
		{ "1e3", PARSE_OK, "1000" }, { "1.5E-3", PARSE_OK, "0.0015" },
		{ "1.5e1", PARSE_OK, "15" }, { "1.55e1", PARSE_OK, "15.5" },
		{ "1e-38", PARSE_OK, "0.00000000000000000000000000000000000001" },
		{ "1e-39", PARSE_RANGE, NULL }, { "1e38", PARSE_RANGE, NULL },
		{ "1e99999999999", PARSE_RANGE, NULL }, { "0e99999", PARSE_OK, "0" },
		{ "1e", PARSE_BAD, NULL }, { "e5", PARSE_BAD, NULL }, { ".", PARSE_BAD, NULL },
		{ "1.2.3", PARSE_BAD, NULL }, { "1,5", PARSE_BAD, NULL },
			{ "NaN", PARSE_BAD, NULL },
		{ "", PARSE_BLANK, NULL }, { "12a", PARSE_BAD, NULL }, { "+", PARSE_BAD, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct decimal d = { 0 };
		enum parse_rc rc = parse_decimal(slice_of(rows[i].in), &d);
		char text[DECIMAL_TEXT];

		check(&rows[i], rc, text, decimal_format(d, text));
	}
}

static void decimals_with_marks(void **state)
{
	static const struct row rows[] = {
		{ "1.234.567,89", PARSE_OK, "1234567.89" }, { "1234,5", PARSE_OK, "1234.5" },
		{ "-12,00", PARSE_OK, "-12.00" }, { "1.234", PARSE_OK, "1234" },
		{ "12.34,5", PARSE_BAD, NULL }, { "1.2345,6", PARSE_BAD, NULL },
		{ ".123,5", PARSE_BAD, NULL }, { "1,234.5", PARSE_BAD, NULL },
		{ "1.2345", PARSE_BAD, NULL }, { "1..234", PARSE_BAD, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct decimal d = { 0 };
		enum parse_rc rc = parse_decimal_marks(slice_of(rows[i].in), ',', '.', &d);
		char text[DECIMAL_TEXT];

		check(&rows[i], rc, text, decimal_format(d, text));
	}
}

static void floats_and_booleans(void **state)
{
	static const struct row floats[] = {
		{ "0.1", PARSE_OK, "0.1" }, { "1e300", PARSE_OK, "1e+300" },
			{ "nan", PARSE_OK, "NaN" },
		{ "-Infinity", PARSE_OK, "-Infinity" }, { "1e999", PARSE_RANGE, NULL },
		{ "0x1p3", PARSE_BAD, NULL }, { "1,5", PARSE_BAD, NULL }, { "", PARSE_BLANK, NULL },
		{ "0.30000000000000004", PARSE_OK, "0.30000000000000004" },
		{ "infinitely", PARSE_BAD, NULL }, { "1e5e5", PARSE_BAD, NULL },
	};
	static const struct row bools[] = {
		{ "true", PARSE_OK, "true" }, { "T", PARSE_OK, "true" },
			{ "Yes", PARSE_OK, "true" },
		{ "y", PARSE_OK, "true" }, { "1", PARSE_OK, "true" }, { "ON", PARSE_OK, "true" },
		{ "false", PARSE_OK, "false" }, { "f", PARSE_OK, "false" },
			{ "no", PARSE_OK, "false" },
		{ "n", PARSE_OK, "false" }, { " 0 ", PARSE_OK, "false" },
			{ "off", PARSE_OK, "false" },
		{ "2", PARSE_BAD, NULL }, { "tru", PARSE_BAD, NULL }, { "", PARSE_BLANK, NULL },
	};
	char text[FORMAT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(floats); i++) {
		double v = 0;
		enum parse_rc rc = parse_float(slice_of(floats[i].in), &v);

		check(&floats[i], rc, text, format_float(v, 8, text));
	}
	for (size_t i = 0; i < COUNT(bools); i++) {
		int64_t v = 0;
		enum parse_rc rc = parse_bool(slice_of(bools[i].in), &v);

		check(&bools[i], rc, text, format_bool(v, text));
	}
}

static void dates_and_times(void **state)
{
	static const struct row dates[] = {
		{ "2000-01-01", PARSE_OK, "2000-01-01" }, { "2024-02-29", PARSE_OK, "2024-02-29" },
		{ "1900-02-29", PARSE_DAY, NULL }, { "2000-02-29", PARSE_OK, "2000-02-29" },
		{ "2025-02-29", PARSE_DAY, NULL }, { "2025-13-01", PARSE_DAY, NULL },
		{ "2025-04-31", PARSE_DAY, NULL }, { "2025-00-10", PARSE_DAY, NULL },
		{ "0001-01-01", PARSE_OK, "0001-01-01" }, { "0000-01-01", PARSE_DAY, NULL },
		{ "9999-12-31", PARSE_OK, "9999-12-31" }, { "1969-12-31", PARSE_OK, "1969-12-31" },
		{ "5874897-12-31", PARSE_OK, "5874897-12-31" },
			{ "5874898-01-01", PARSE_RANGE, NULL },
		{ "infinity", PARSE_OK, "infinity" }, { "-Infinity", PARSE_OK, "-infinity" },
		{ "2025-1-1", PARSE_BAD, NULL }, { "2025-01-01x", PARSE_BAD, NULL },
		{ "01/02/2025", PARSE_BAD, NULL }, { "25-01-01", PARSE_BAD, NULL },
		{ "2025-01-01 10:00", PARSE_BAD, NULL }, { "", PARSE_BLANK, NULL },
	};
	static const struct row times[] = {
		{ "13:45", PARSE_OK, "13:45:00" }, { "00:00:00", PARSE_OK, "00:00:00" },
		{ "23:59:59.999999", PARSE_OK, "23:59:59.999999" },
			{ "12:00:00.5", PARSE_OK, "12:00:00.5" },
		{ "24:00:00", PARSE_DAY, NULL }, { "12:60", PARSE_DAY, NULL },
			{ "1:00", PARSE_BAD, NULL },
		{ "12:00:", PARSE_BAD, NULL }, { "12:00:00.", PARSE_BAD, NULL },
	};
	static const struct row moments[] = {
		{ "2025-02-28 13:45:59.25", PARSE_OK, "2025-02-28 13:45:59.25" },
		{ "2025-02-28T13:45", PARSE_OK, "2025-02-28 13:45:00" },
		{ "2025-02-28", PARSE_OK, "2025-02-28 00:00:00" },
		{ "2025-02-28T13:45:00Z", PARSE_OK, "2025-02-28 13:45:00" },
		{ "2025-02-28T13:45:00+02:00", PARSE_ZONE, NULL },
		{ "1999-12-31 23:59:59.9999999", PARSE_OK, "2000-01-01 00:00:00" },
		{ "2025-02-28 25:00", PARSE_DAY, NULL },
			{ "2025-02-28 ", PARSE_OK, "2025-02-28 00:00:00" },
		{ "2025-02-28_10:00", PARSE_BAD, NULL }, { "294277-01-01", PARSE_RANGE, NULL },
	};
	static const struct row zoned[] = {
		{ "2025-02-28T13:45:00+02:00", PARSE_OK, "2025-02-28 11:45:00+00" },
		{ "2025-02-28 13:45:00-0330", PARSE_OK, "2025-02-28 17:15:00+00" },
		{ "2025-02-28 13:45:00+01", PARSE_OK, "2025-02-28 12:45:00+00" },
		{ "2025-02-28 13:45:00 UTC", PARSE_OK, "2025-02-28 13:45:00+00" },
		{ "2025-02-28 13:45:00", PARSE_OK, "2025-02-28 13:45:00+00" },
		{ "2025-02-28 13:45:00+", PARSE_BAD, NULL }, { "infinity", PARSE_OK, "infinity" },
	};
	char text[FORMAT_MAX];
	int64_t v = 0;
	enum parse_rc rc;

	(void)state;
	for (size_t i = 0; i < COUNT(dates); i++) {
		rc = parse_date(slice_of(dates[i].in), &v);
		check(&dates[i], rc, text, rc == PARSE_OK ? format_date(v, text) : 0);
	}
	for (size_t i = 0; i < COUNT(times); i++) {
		rc = parse_time(slice_of(times[i].in), &v);
		check(&times[i], rc, text, rc == PARSE_OK ? format_time(v, text) : 0);
	}
	for (size_t i = 0; i < COUNT(moments); i++) {
		rc = parse_timestamp(slice_of(moments[i].in), &v);
		check(&moments[i], rc, text, rc == PARSE_OK ? format_timestamp(v, text) : 0);
	}
	for (size_t i = 0; i < COUNT(zoned); i++) {
		rc = parse_timestamptz(slice_of(zoned[i].in), &v);
		check(&zoned[i], rc, text, rc == PARSE_OK ? format_timestamptz(v, text) : 0);
	}
}

static void every_day_of_four_centuries_survives(void **state)
{
	(void)state;
	for (int64_t day = -150000; day < 150000; day++) {
		char text[FORMAT_MAX];
		size_t n = format_date(day, text);
		int64_t back = 0;

		assert_int_equal(parse_date((struct slice){ text, n }, &back), PARSE_OK);
		assert_true(back == day);
	}
}

static void uuids_bytes_and_json(void **state)
{
	static const struct row uuids[] = {
		{ "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", PARSE_OK,
			"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" },
		{ "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}", PARSE_OK,
		  "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" },
		{ "a0eebc999c0b4ef8bb6d6bb9bd380a11", PARSE_OK,
			"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" },
		{ "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", PARSE_BAD, NULL },
		{ "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111", PARSE_BAD, NULL },
		{ "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", PARSE_BAD, NULL },
			{ "", PARSE_BLANK, NULL },
	};
	struct arena *mem = arena_new(NULL, "test");
	struct slice out;

	(void)state;
	for (size_t i = 0; i < COUNT(uuids); i++) {
		uint8_t v[16] = { 0 };
		enum parse_rc rc = parse_uuid(slice_of(uuids[i].in), v);
		char text[FORMAT_MAX];

		check(&uuids[i], rc, text, format_uuid(v, text));
	}
	assert_int_equal(parse_bytes(mem, slice_of("\\x00ff"), &out), PARSE_OK);
	assert_true(out.n == 2 && out.p[0] == 0 && (uint8_t)out.p[1] == 255);
	assert_int_equal(parse_bytes(mem, slice_of("\\x0"), &out), PARSE_BAD);
	assert_int_equal(parse_bytes(mem, slice_of("\\xzz"), &out), PARSE_BAD);
	assert_int_equal(parse_bytes(mem, slice_of("plain"), &out), PARSE_OK);
	assert_true(slice_is(out, "plain"));
	assert_int_equal(parse_json(slice_of("{\"a\": [1, null]}")), PARSE_OK);
	assert_int_equal(parse_json(slice_of("1")), PARSE_OK);
	assert_int_equal(parse_json(slice_of("{a}")), PARSE_BAD);
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ints),
		cmocka_unit_test(decimals),
		cmocka_unit_test(decimals_with_marks),
		cmocka_unit_test(floats_and_booleans),
		cmocka_unit_test(dates_and_times),
		cmocka_unit_test(every_day_of_four_centuries_survives),
		cmocka_unit_test(uuids_bytes_and_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

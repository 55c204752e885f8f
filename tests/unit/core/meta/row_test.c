/*
 * tests/unit/core/meta/row_test.c
 *	Texts on their way into JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/meta/row.h"

static void expect(const char *in, size_t n, size_t max, const char *want)
{
	struct err err = { 0 };
	struct buf out;

	buf_init(&out, 1000);
	assert_int_equal(row_json_text(&out, in, n, max, &err), ERR_OK);
	assert_string_equal(buf_str(&out), want);
	buf_release(&out);
}

static void any_bytes_become_a_json_text(void **state)
{
	(void)state;
	expect("", 0, 10, "\"\"");
	expect("plain", 5, 10, "\"plain\"");
	expect("a\"b\\c\n\x01", 7, 10, "\"a\\\"b\\\\c\\n\\u0001\"");
	expect("\0x", 2, 10, "\"\xe2\x90\x80x\"");
	expect("\xc3\xa9\xff", 3, 10, "\"\xc3\xa9\xef\xbf\xbd\"");
	expect("\xed\xa0\x80", 3, 10, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	expect("abcdef", 6, 3, "\"abc\xe2\x80\xa6\"");
	expect("ab\xc3\xa9z", 5, 3, "\"ab\xc3\xa9\xe2\x80\xa6\"");	/* never half of one */
	expect("x\x7fy", 3, 10, "\"x\\u007fy\"");
}

static void the_limit_is_an_error(void **state)
{
	struct err err = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 8);
	assert_int_equal(row_json_text(&out, "0123456789", 10, 100, &err), ERR_LIMIT);
	buf_release(&out);
}

static void zero_is_null(void **state)
{
	(void)state;
	assert_int_equal(row_id(0).kind, DB_PARAM_NULL);
	assert_int_equal(row_id(7).kind, DB_PARAM_INT8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_bytes_become_a_json_text),
		cmocka_unit_test(the_limit_is_an_error),
		cmocka_unit_test(zero_is_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

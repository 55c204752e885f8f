/*
 * tests/unit/core/base/buf_test.c
 *	Buffers: growth, the limit, texts for people.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"

static void grows_and_stays_terminated(void **state)
{
	struct err err = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 100000);
	assert_string_equal(buf_str(&b), "");
	for (int i = 0; i < 20000; i++)
		assert_int_equal(buf_append(&b, "abcde", 5, &err), ERR_OK);
	assert_int_equal(b.len, 100000);
	assert_int_equal(strlen(buf_str(&b)), 100000);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(b.data[i], "abcde"[i % 5]);
	assert_true(b.cap <= b.limit + 1);
	buf_clear(&b);
	assert_string_equal(buf_str(&b), "");
	assert_non_null(b.data);
	buf_release(&b);
	assert_null(b.data);
	assert_int_equal(b.limit, 100000);
}

static void the_limit_is_an_error_and_keeps_what_was_there(void **state)
{
	struct err err = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_int_equal(buf_append(&b, "12345678", 8, &err), ERR_OK);
	assert_int_equal(buf_append(&b, "abc", 3, &err), ERR_LIMIT);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_string_equal(buf_str(&b), "12345678");
	assert_int_equal(buf_append(&b, "ab", 2, &err), ERR_OK);
	assert_int_equal(buf_reserve(&b, SIZE_MAX, &err), ERR_LIMIT);
	assert_int_equal(buf_printf(&b, &err, "%d", 1), ERR_LIMIT);
	assert_string_equal(buf_str(&b), "12345678ab");
	buf_release(&b);
}

static void a_buffer_without_limit_refuses_the_impossible(void **state)
{
	struct err err = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	buf_adds(&b, "x");
	assert_int_equal(buf_reserve(&b, SIZE_MAX - 1, &err), ERR_LIMIT);
	assert_int_equal(buf_reserve(&b, SIZE_MAX / 2 + 1, &err), ERR_LIMIT);
	assert_string_equal(buf_str(&b), "x");
	buf_release(&b);
}

static void texts_for_people_are_cut_at_the_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_adds(&b, "1234567");
	buf_adds(&b, "abcdef");
	assert_string_equal(buf_str(&b), "1234567abc");
	buf_add(&b, "x", 1);
	assert_string_equal(buf_str(&b), "1234567abc");
	buf_clear(&b);
	buf_addf(&b, "%d and %s", 12, "on");
	assert_string_equal(buf_str(&b), "12 and on");
	buf_release(&b);
}

static void printf_formats_behind_what_is_there(void **state)
{
	struct err err = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	assert_int_equal(buf_printf(&b, &err, "%s=%d", "a", 1), ERR_OK);
	assert_int_equal(buf_printf(&b, &err, ",%0500d", 7), ERR_OK);
	assert_int_equal(b.len, 3 + 1 + 500);
	assert_int_equal(b.data[b.len - 1], '7');
	assert_int_equal(b.data[b.len], '\0');
	buf_release(&b);
}

static void slices_compare_by_bytes(void **state)
{
	(void)state;
	assert_true(slice_eq(SLICE("ab"), slice_of("ab")));
	assert_false(slice_eq(SLICE("ab"), SLICE("abc")));
	assert_false(slice_eq(SLICE("a\0b"), SLICE("a\0c")));
	assert_true(slice_eq((struct slice){ NULL, 0 }, SLICE("")));
	assert_true(slice_is(SLICE("key"), "key"));
	assert_false(slice_is(SLICE("key"), "ke"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_and_stays_terminated),
		cmocka_unit_test(the_limit_is_an_error_and_keeps_what_was_there),
		cmocka_unit_test(a_buffer_without_limit_refuses_the_impossible),
		cmocka_unit_test(texts_for_people_are_cut_at_the_limit),
		cmocka_unit_test(printf_formats_behind_what_is_there),
		cmocka_unit_test(slices_compare_by_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

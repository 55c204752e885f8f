/*
 * tests/unit/core/flow/rows_test.c
 *	Row ranges against a plain bitmap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/flow/rows.h"

#define SPAN 500

/* A small generator of our own: the same numbers on every machine. */
static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void agrees_with_a_bitmap_also_through_its_text(void **state)
{
	uint32_t seed = 42;

	(void)state;
	for (int round = 0; round < 300; round++) {
		uint8_t bit[SPAN + 40] = { 0 };
		struct rows a = { 0 }, b = { 0 };
		struct err err = { 0 };
		struct buf text;
		int64_t count = 0;

		for (uint32_t i = next(&seed) % 12; i > 0; i--) {
			int64_t first = next(&seed) % SPAN, end = first + next(&seed) % 40;

			rows_add(&a, first, end);
			memset(bit + first, 1, (size_t)(end - first));
		}
		rows_sort(&a);
		buf_init(&text, 10000);
		rows_text(&a, &text);
		assert_int_equal(rows_parse(&b, buf_str(&text), &err), ERR_OK);
		for (int i = 0; i < SPAN + 40; i++) {
			assert_int_equal(rows_has(&a, i), bit[i]);
			assert_int_equal(rows_has(&b, i), bit[i]);
			count += bit[i];
		}
		assert_int_equal(rows_count(&a), count);
		buf_release(&text);
		rows_release(&a);
		rows_release(&b);
	}
}

static void refuses_what_is_no_set(void **state)
{
	static const char *const bad[] = { "", "[1,2)", "{[1,2)", "{[1;2)}", "{[1,2]}", "{}x" };
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rows s = { 0 };

		assert_int_equal(rows_parse(&s, bad[i], &err), ERR_INPUT);
		rows_release(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_a_bitmap_also_through_its_text),
		cmocka_unit_test(refuses_what_is_no_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

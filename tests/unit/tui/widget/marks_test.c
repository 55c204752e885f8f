/*
 * tests/unit/tui/widget/marks_test.c
 *	Sets of texts in their order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/screen.h"
#include "tui/widget/marks.h"

static void what_comes_is_there_in_its_order(void **state)
{
	struct marks *m = marks_new();

	(void)state;
	assert_null(marks_at(m, 0));
	marks_add(m, "b");
	marks_add(m, "a");
	marks_add(m, "");
	marks_add(m, "b");
	assert_int_equal(marks_count(m), 3);
	assert_string_equal(marks_at(m, 0), "b");
	assert_string_equal(marks_at(m, 1), "a");
	assert_string_equal(marks_at(m, 2), "");
	assert_null(marks_at(m, 3));
	assert_null(marks_at(m, -1));
	marks_remove(m, "b");
	marks_remove(m, "never there");
	assert_false(marks_has(m, "b"));
	assert_true(marks_has(m, "a"));
	assert_string_equal(marks_at(m, 0), "a");
	marks_add(m, "b");
	assert_string_equal(marks_at(m, 2), "b");
	marks_clear(m);
	assert_int_equal(marks_count(m), 0);
	assert_false(marks_has(m, "a"));
	marks_add(m, "a");
	assert_int_equal(marks_count(m), 1);
	marks_free(m);
	marks_free(NULL);
}

/* Against an array of flags: 200 texts that come and go many times. */
static void a_long_life_loses_nothing(void **state)
{
	struct marks *m = marks_new();
	bool is_there[200] = { 0 };
	uint64_t seed = 7;
	int count = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint32_t which = screen_dice(&seed, 200);
		bool on = screen_dice(&seed, 2) == 0;
		char text[16];

		snprintf(text, sizeof(text), "key %u", which);
		if (on)
			marks_add(m, text);
		else
			marks_remove(m, text);
		count += (int)on - (int)is_there[which];
		is_there[which] = on;
		assert_int_equal(marks_count(m), count);
		snprintf(text, sizeof(text), "key %u", screen_dice(&seed, 200));
		assert_int_equal(marks_has(m, text), is_there[strtoul(text + 4, NULL, 10)]);
		if (i % 97 == 0)
			for (int k = 0; k < count; k++)
				assert_true(marks_has(m, marks_at(m, k)));
	}
	marks_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_is_there_in_its_order),
		cmocka_unit_test(a_long_life_loses_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

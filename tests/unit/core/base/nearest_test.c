/*
 * tests/unit/core/base/nearest_test.c
 *	Steps between words, and which typos are worth a suggestion.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/nearest.h"

static void steps_are_counted(void **state)
{
	(void)state;
	assert_int_equal(nearest_distance("abc", "abc"), 0);
	assert_int_equal(nearest_distance("abc", "acb"), 1);
	assert_int_equal(nearest_distance("", "abc"), 3);
	assert_int_equal(nearest_distance("kitten", "sitting"), 3);
	assert_true(nearest_distance("a word that is longer than any name has to be, and more",
				     "a") > 40);
}

static void short_words_allow_few(void **state)
{
	(void)state;
	assert_true(nearest_is_near("lod", 1));
	assert_false(nearest_is_near("lod", 2));
	assert_true(nearest_is_near("schedule", 3));
	assert_false(nearest_is_near("schedule", 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_counted),
		cmocka_unit_test(short_words_allow_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

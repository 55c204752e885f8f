/*
 * tests/unit/core/base/nearest_test.c
 *	Typos are told from other words.
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
}

static const char *best_of_three(const char *typed)
{
	struct nearest n;

	nearest_init(&n, typed);
	nearest_try(&n, "public");
	nearest_try(&n, "reporting");
	nearest_try(&n, "raw");
	return nearest_best(&n);
}

static void the_nearest_is_suggested(void **state)
{
	struct nearest none;

	(void)state;
	assert_string_equal(best_of_three("reportng"), "reporting");
	assert_string_equal(best_of_three("pulbic"), "public");
	assert_string_equal(best_of_three("row"), "raw");
	assert_null(best_of_three("rest"));
	assert_null(best_of_three("warehouse"));
	nearest_init(&none, "x");
	assert_null(nearest_best(&none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_counted),
		cmocka_unit_test(the_nearest_is_suggested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * tests/unit/core/base/arena_test.c
 *	Arenas: lifetimes, order of cleanups, reuse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"

static char order[8];

static void note(void *obj)
{
	strncat(order, obj, 1);
}

static void cleanups_run_last_added_first_children_before(void **state)
{
	char a[] = "a", b[] = "b", c[] = "c";
	struct arena *root = arena_new(NULL, "root");
	struct arena *child = arena_new(root, "child");

	(void)state;
	order[0] = '\0';
	arena_on_free(root, note, a);
	arena_on_free(root, note, b);
	arena_on_free(child, note, c);
	arena_free(root);
	assert_string_equal(order, "cba");
}

static void reset_keeps_the_arena_usable(void **state)
{
	struct arena *a = arena_new(NULL, "test");

	(void)state;
	for (int round = 0; round < 3; round++) {
		char *big = arena_alloc(a, 100000);
		char *text = arena_printf(a, "%d-%s", round, "x");

		assert_int_equal(big[99999], 0);
		assert_int_equal((uintptr_t)big % 16, 0);
		assert_int_equal(text[0], '0' + round);
		arena_reset(a);
	}
	assert_true(arena_size_bytes(a) < 300000);
	arena_free(a);
	arena_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleanups_run_last_added_first_children_before),
		cmocka_unit_test(reset_keeps_the_arena_usable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

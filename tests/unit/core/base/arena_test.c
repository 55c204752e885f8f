/*
 * tests/unit/core/base/arena_test.c
 *	Arenas: lifetimes, order of cleanups, reuse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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
	arena_bytes(a, 64u << 20);
	arena_reset(a);
	assert_true(arena_size_bytes(a) < 9u << 20);
	arena_free(a);
	arena_free(NULL);
}

static void texts_are_copied_whole(void **state)
{
	struct arena *a = arena_new(NULL, "test");
	char text[] = "abc";
	char *copy = arena_strdup(a, text);
	char *part = arena_strndup(a, "a\0b", 3);
	char *longer = arena_printf(a, "%0300000d", 7);

	(void)state;
	text[0] = 'x';
	assert_string_equal(copy, "abc");
	assert_memory_equal(part, "a\0b", 4);
	assert_int_equal(strlen(longer), 300000);
	assert_int_equal(longer[299999], '7');
	assert_null(arena_strdup(a, NULL));
	arena_free(a);
}

static void what_is_given_out_never_overlaps(void **state)
{
	struct arena *a = arena_new(NULL, "test");
	unsigned char *p[500];

	(void)state;
	for (size_t i = 0; i < 500; i++) {
		p[i] = arena_bytes(a, i * 7 % 900);
		memset(p[i], (int)(i % 251), i * 7 % 900);
	}
	for (size_t i = 0; i < 500; i++)
		for (size_t j = 0; j < i * 7 % 900; j++)
			assert_int_equal(p[i][j], i % 251);
	arena_free(a);
}

static void a_child_may_go_before_its_parent(void **state)
{
	struct arena *root = arena_new(NULL, "root");
	struct arena *one = arena_new(root, "one");
	struct arena *two = arena_new(root, "two");
	struct arena *three = arena_new(root, "three");

	(void)state;
	arena_free(two);
	arena_free(three);
	assert_non_null(arena_alloc(one, 10));
	arena_reset(root);	/* ends one as well: the leak checker watches */
	arena_free(root);
}

/* Runs fn in a child and says whether it ended in abort(). */
static int aborts(void (*fn)(void))
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		if (close(STDERR_FILENO) == 0)
			fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void ask_for_an_array_over_all_memory(void)
{
	arena_array(arena_new(NULL, "child"), SIZE_MAX / 2, 3);
}

static void ask_for_bytes_over_all_memory(void)
{
	arena_bytes(arena_new(NULL, "child"), SIZE_MAX - 3);
}

static void ask_for_bytes_that_leave_no_room_for_the_block(void)
{
	arena_bytes(arena_new(NULL, "child"), SIZE_MAX - 31);
}

static void sizes_that_overflow_end_the_process(void **state)
{
	(void)state;
	assert_true(aborts(ask_for_an_array_over_all_memory));
	assert_true(aborts(ask_for_bytes_over_all_memory));
	assert_true(aborts(ask_for_bytes_that_leave_no_room_for_the_block));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleanups_run_last_added_first_children_before),
		cmocka_unit_test(reset_keeps_the_arena_usable),
		cmocka_unit_test(texts_are_copied_whole),
		cmocka_unit_test(what_is_given_out_never_overlaps),
		cmocka_unit_test(a_child_may_go_before_its_parent),
		cmocka_unit_test(sizes_that_overflow_end_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

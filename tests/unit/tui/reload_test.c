/*
 * tests/unit/tui/reload_test.c
 *	A file that changes is told, however it was written; its neighbours are not.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/expect.h"
#include "tui/reload.h"

static char base[80];

static void write_file(const char *name)
{
	char path[100];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", base, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("x", f);
	assert_int_equal(fclose(f), 0);
}

static bool is_readable(const struct reload *r)
{
	struct pollfd fd = { .fd = reload_fd(r), .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

static void changes_are_told(void **state)
{
	struct reload *r = reload_new();
	char from[100], to[100];

	(void)state;
	snprintf(to, sizeof(to), "%s/a.theme", base);
	snprintf(from, sizeof(from), "%s/a.theme~", base);
	reload_watch(r, to);
	assert_false(is_readable(r));
	assert_false(reload_take(r));
	write_file("a.theme");
	assert_true(is_readable(r));
	assert_true(reload_take(r));
	assert_false(is_readable(r));
	assert_false(reload_take(r));
	/* As editors do: a new file in its place. */
	write_file("a.theme~");
	assert_false(reload_take(r));
	assert_int_equal(rename(from, to), 0);
	assert_true(reload_take(r));
	write_file("b.theme");
	assert_false(reload_take(r));
	/* Another one instead. */
	snprintf(to, sizeof(to), "%s/b.theme", base);
	reload_watch(r, to);
	write_file("a.theme");
	assert_false(reload_take(r));
	write_file("b.theme");
	assert_true(reload_take(r));
	reload_watch(r, NULL);
	write_file("b.theme");
	assert_false(reload_take(r));
	reload_watch(r, "/no/such/folder/x");
	assert_false(reload_take(r));
	reload_free(r);
	reload_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_are_told),
	};

	if (mkdtemp(expect_temp(base, sizeof(base), "leat-reload-XXXXXX")) == NULL)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * tests/unit/core/base/statefile_test.c
 *	Files of the user's: where they are, and that nobody else reads them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/statefile.h"
#include "tests/lib/expect.h"

static void the_folder_is_where_the_user_says(void **state)
{
	struct arena *mem = arena_new(NULL, "test");

	(void)state;
	setenv("HOME", "/home/ann", 1);
	setenv("XDG_STATE_HOME", "/state", 1);
	assert_string_equal(statefile_folder(mem), "/state/leat");
	setenv("XDG_STATE_HOME", "relative", 1);
	assert_string_equal(statefile_folder(mem), "/home/ann/.local/state/leat");
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	assert_null(statefile_folder(mem));
	arena_free(mem);
}

static void a_file_is_made_for_its_user_alone(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	char *top = expect_temp(arena_bytes(mem, 200), 200, "stateXXXXXX");
	char *folder, *path;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(top));
	folder = arena_printf(mem, "%s/a/b", top);
	path = statefile_open(mem, folder, "history");
	assert_string_equal(path, arena_printf(mem, "%s/history", folder));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	/* One that others could read is closed to them. */
	assert_int_equal(chmod(path, 0644), 0);
	assert_non_null(statefile_open(mem, folder, "history"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* A link may lead anywhere. */
	assert_int_equal(symlink(path, arena_printf(mem, "%s/link", folder)), 0);
	assert_null(statefile_open(mem, folder, "link"));
	assert_null(statefile_open(mem, path, "below-a-file"));
	unlink(arena_printf(mem, "%s/link", folder));
	unlink(path);
	rmdir(folder);
	rmdir(arena_printf(mem, "%s/a", top));
	rmdir(top);
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_made_for_its_user_alone),
		cmocka_unit_test(the_folder_is_where_the_user_says),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

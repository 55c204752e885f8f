/*
 * tests/unit/core/io/path_test.c
 *	Directories and files that are replaced whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/fault.h"
#include "core/io/path.h"
#include "tests/lib/expect.h"

static char top[80];

static const char *in_top(const char *name)
{
	static char path[8][128];
	static int turn;

	turn = (turn + 1) % 8;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", top, name);
	return path[turn];
}

static void directories_are_made_with_parents(void **state)
{
	struct err err = { 0 };
	struct stat st;
	mode_t old = umask(077);

	(void)state;
	assert_int_equal(path_make_dir(in_top("a/b/c"), 0711, &err), ERR_OK);
	assert_int_equal(stat(in_top("a/b/c"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0711);
	assert_int_equal(path_make_dir(in_top("a/b/c"), 0700, &err), ERR_OK);
	assert_int_equal(stat(in_top("a/b/c"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0711);
	umask(old);
	assert_int_equal(path_write(in_top("file"), "x", 1, &err), ERR_OK);
	assert_int_equal(path_make_dir(in_top("file"), 0700, &err), ERR_CONFLICT);
	assert_int_equal(path_make_dir(in_top("file/below"), 0700, &err), ERR_CONFLICT);
	assert_int_equal(path_make_dir("", 0700, &err), ERR_CONFIG);
	unlink(in_top("file"));
	rmdir(in_top("a/b/c"));
	rmdir(in_top("a/b"));
	rmdir(in_top("a"));
}

static void files_are_replaced_whole(void **state)
{
	const char *path = in_top("state");
	struct err err = { 0 };
	struct buf text;

	(void)state;
	buf_init(&text, 100);
	assert_int_equal(path_read(path, &text, &err), ERR_NOT_FOUND);
	assert_int_equal(path_write(path, "one", 3, &err), ERR_OK);
	assert_int_equal(path_write(path, "two", 3, &err), ERR_OK);
	assert_int_equal(path_read(path, &text, &err), ERR_OK);
	assert_string_equal(buf_str(&text), "two");
	fault_arm(1);
	if (path_write(path, "three", 5, &err) != ERR_OK) {
		assert_int_equal(err.code, ERR_DISK);
		buf_clear(&text);
		assert_int_equal(path_read(path, &text, &err), ERR_OK);
		assert_string_equal(buf_str(&text), "two");
	}
	fault_arm(0);
	assert_int_not_equal(access(in_top("state.new"), F_OK), 0);
	buf_release(&text);
	buf_init(&text, 2);
	assert_int_equal(path_read(path, &text, &err), ERR_LIMIT);
	buf_release(&text);
	assert_int_equal(symlink(path, in_top("link")), 0);
	buf_init(&text, 100);
	assert_int_not_equal(path_read(in_top("link"), &text, &err), ERR_OK);
	buf_release(&text);
	assert_int_equal(path_write(in_top("none/such"), "x", 1, &err), ERR_NOT_FOUND);
	unlink(in_top("link"));
	unlink(path);
}

static int up(void **state)
{
	(void)state;
	return mkdtemp(expect_temp(top, sizeof(top), "leat-path-XXXXXX")) != NULL ? 0 : -1;
}

static int down(void **state)
{
	(void)state;
	return rmdir(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(directories_are_made_with_parents),
		cmocka_unit_test(files_are_replaced_whole),
	};

	return cmocka_run_group_tests(tests, up, down);
}

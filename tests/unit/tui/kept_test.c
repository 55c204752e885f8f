/*
 * tests/unit/tui/kept_test.c
 *	What one console leaves the next one finds, and nobody else.
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

#include "core/base/arena.h"
#include "core/base/log.h"
#include "tests/lib/expect.h"
#include "tui/kept.h"

static char base[80];
static struct arena *mem;

static void left_is_found(void **state)
{
	struct kept *k = kept_open("host=db1 password=secret", NULL);
	char folder[200], want[300];

	(void)state;
	assert_non_null(k);
	assert_null(kept_read(mem, k));
	kept_write(k, "{\"path\":\"jobs/1\"}");
	kept_write(k, "{\"path\":\"jobs/2\"}");
	kept_close(k);
	k = kept_open("host=db1 password=secret", NULL);
	assert_string_equal(kept_read(mem, k), "{\"path\":\"jobs/2\"}");
	/* For its owner only, and without the secret in its name. */
	kept_folder(folder, sizeof(folder));
	snprintf(want, sizeof(want), "%s/deep/er/leat", base);
	assert_string_equal(folder, want);
	kept_write(k, NULL);
	assert_null(kept_read(mem, k));
	kept_write(k, NULL);
	kept_close(k);
	kept_close(NULL);
	kept_write(NULL, "x");
}

static void places_are_apart(void **state)
{
	struct kept *a = kept_open("ab", "c"), *b = kept_open("a", "bc");
	struct kept *c = kept_open(NULL, NULL);

	(void)state;
	assert_true(a != NULL && b != NULL && c != NULL);
	kept_write(a, "of a");
	assert_null(kept_read(mem, b));
	assert_null(kept_read(mem, c));
	/* One at a time. */
	assert_null(kept_open("ab", "c"));
	kept_close(a);
	a = kept_open("ab", "c");
	assert_non_null(a);
	assert_string_equal(kept_read(mem, a), "of a");
	kept_write(a, NULL);
	kept_close(a);
	kept_close(b);
	kept_close(c);
}

static void only_its_owner_reads_it(void **state)
{
	struct kept *k = kept_open("mode", NULL);
	char folder[200];
	struct stat st;

	(void)state;
	umask(0);
	kept_write(k, "x");
	kept_folder(folder, sizeof(folder));
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	kept_close(k);
}

static void quiet(void *ctx, enum log_level level, const char *line)
{
	(void)line;
	if (level == LOG_WARN)
		++*(int *)ctx;
}

/* Without a home, or where nothing can be written, a console works all the same. */
static void no_home(void **state)
{
	char folder[200], moved[200];
	struct kept *k = kept_open("gone", NULL);
	int warned = 0;

	(void)state;
	log_to(quiet, &warned);
	setenv("XDG_STATE_HOME", "/dev/null/x", 1);
	assert_null(kept_open(NULL, NULL));
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	assert_null(kept_open(NULL, NULL));
	kept_folder(folder, sizeof(folder));
	assert_string_equal(folder, "");
	expect_path(moved, sizeof(moved), "leat-kept-moved");
	assert_int_equal(rename(base, moved), 0);
	kept_write(k, "x");
	assert_int_equal(warned, 1);
	assert_int_equal(rename(moved, base), 0);
	log_to(NULL, NULL);
	kept_close(k);
}

static int up(void **state)
{
	char path[100];

	(void)state;
	mem = arena_new(NULL, "test");
	snprintf(path, sizeof(path), "%s/deep/er", base);
	return setenv("XDG_STATE_HOME", path, 1);
}

static int down(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(left_is_found),
		TEST(places_are_apart),
		TEST(only_its_owner_reads_it),
		TEST(no_home),
	};

	if (mkdtemp(expect_temp(base, sizeof(base), "leat-kept-XXXXXX")) == NULL)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

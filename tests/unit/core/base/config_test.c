/*
 * tests/unit/core/base/config_test.c
 *	What the config file says, and what it cannot say.
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
#include "core/base/config.h"
#include "tests/lib/expect.h"

static struct arena *mem;
static struct config *config;
static struct err err;
static char base[80];

static void write_file(const char *text, size_t n)
{
	FILE *f = fopen(config_file(mem, "config"), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static enum err_code reading(const char *text)
{
	write_file(text, strlen(text));
	err_clear(&err);
	return config_read(mem, &config, &err);
}

static void lines_are_read(void **state)
{
	(void)state;
	assert_int_equal(reading("# a comment\n"
				 "db = host=db1 dbname=leat  \n"
				 "  theme=dark\n"
				 "#theme = light\n"
				 "workers = 1\n"
				 "workers = 4\n"
				 "keys =\n"
				 "no equals sign\n"
				 "mouse = off"), ERR_OK);
	assert_string_equal(config_get(config, "db"), "host=db1 dbname=leat");
	assert_string_equal(config_get(config, "theme"), "dark");
	assert_string_equal(config_get(config, "workers"), "4");
	assert_string_equal(config_get(config, "mouse"), "off");
	assert_null(config_get(config, "keys"));
	assert_null(config_get(config, "wor"));
	assert_non_null(strstr(config_path(config), "/leat/config"));
}

/* An empty value behind a set one does not unset it: as it has always been with db. */
static void the_last_that_says_something(void **state)
{
	(void)state;
	assert_int_equal(reading("db = a\ndb =\n"), ERR_OK);
	assert_string_equal(config_get(config, "db"), "a");
}

static void long_lines_are_refused(void **state)
{
	char line[CONFIG_LINE_MAX + 10];

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(reading(line), ERR_CONFIG);
	assert_non_null(strstr(err.frame[0].text, "a line over"));
	line[CONFIG_LINE_MAX - 2] = '\n';
	assert_int_equal(reading(line), ERR_OK);
}

static void no_file_is_fine(void **state)
{
	(void)state;
	unlink(config_file(mem, "config"));
	err_clear(&err);
	assert_int_equal(config_read(mem, &config, &err), ERR_OK);
	assert_null(config_get(config, "db"));
	/* One that cannot be read is not. */
	assert_int_equal(mkdir(config_file(mem, "config"), 0700), 0);
	assert_int_equal(config_read(mem, &config, &err), ERR_FAILED);
	rmdir(config_file(mem, "config"));
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("HOME");
	assert_int_equal(config_read(mem, &config, &err), ERR_OK);
	assert_null(config_path(config));
}

static int up(void **state)
{
	(void)state;
	mem = arena_new(NULL, "test");
	return setenv("XDG_CONFIG_HOME", base, 1);
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
		TEST(lines_are_read),
		TEST(the_last_that_says_something),
		TEST(long_lines_are_refused),
		TEST(no_file_is_fine),
	};
	char path[100];

	if (mkdtemp(expect_temp(base, sizeof(base), "leat-config-XXXXXX")) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/leat", base);
	if (mkdir(path, 0700) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

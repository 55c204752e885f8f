/*
 * tests/unit/core/command/complete_test.c
 *	What may stand at the end of a line that is being typed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/command/complete.h"
#include "core/command/body.h"
#include "core/flow/connector.h"
#include "tests/lib/expect.h"

static struct arena *mem;
static struct complete_list list;

/* The last word is the one being typed. */
#define COMPLETE(...) complete((char *[]){ __VA_ARGS__, NULL })

static void complete(char **words)
{
	int n = 0;

	while (words[n] != NULL)
		n++;
	complete_words(mem, NULL, n - 1, words, words[n - 1], &list);
}

static bool offers(const char *text)
{
	for (int i = 0; i < list.n; i++)
		if (strcmp(list.item[i].text, text) == 0)
			return true;
	return false;
}

static void commands_word_by_word(void **state)
{
	(void)state;
	COMPLETE("jo");
	assert_true(offers("job") && list.n == 1);
	COMPLETE("job", "");
	assert_true(offers("list") && offers("cancel") && !offers("job"));
	COMPLETE("-o", "json", "--yes", "job", "l");
	assert_true(offers("list") && offers("logs") && list.n == 2);
	COMPLETE("");
	assert_true(offers("load") && offers("help") && !offers("complete"));
	COMPLETE("nonsense", "");
	assert_int_equal(list.n, 0);
}

static void options_and_their_values(void **state)
{
	(void)state;
	COMPLETE("load", "--m");
	assert_true(offers("--mode") && offers("--map") && offers("--max-rejects"));
	COMPLETE("load", "x.csv", "--mode", "");
	assert_true(offers("append") && offers("upsert") && offers("replace") && list.n == 3);
	COMPLETE("load", "--mode=u");
	assert_true(offers("--mode=upsert") && list.n == 1);
	COMPLETE("-o", "j");
	assert_true(offers("json") && offers("jsonl") && list.n == 2);
	COMPLETE("load", "x.csv", "-");
	assert_true(offers("--into") && offers("--output"));
}

static void places(void **state)
{
	(void)state;
	COMPLETE("load", "");
	assert_true(list.is_file);
	COMPLETE("completion", "");
	assert_true(offers("bash") && offers("zsh") && offers("fish"));
	COMPLETE("completion", "bash", "");
	assert_int_equal(list.n, 0);
	COMPLETE("connection", "test", "");
	assert_true(offers("local") && offers("files"));
	COMPLETE("apply", "-f", "");
	assert_true(list.is_file);
	COMPLETE("help", "job", "");
	assert_true(offers("job"));
}

static void rules_are_split_at_the_first_equals(void **state)
{
	const char *name, *value, **names;
	struct err err = { 0 };
	int n;

	(void)state;
	assert_int_equal(body_split(mem, "--map", " a = b = c", &name, &value, &err), ERR_OK);
	assert_string_equal(name, "a");
	assert_string_equal(value, "b = c");
	assert_int_equal(body_split(mem, "--map", "\"x=y\"=1", &name, &value, &err), ERR_OK);
	assert_string_equal(name, "x=y");
	assert_int_equal(body_split(mem, "--map", "nothing", &name, &value, &err), ERR_USAGE);
	assert_int_equal(body_split(mem, "--map", "=1", &name, &value, &err), ERR_USAGE);
	body_names(mem, "a, \"b,c\" ,d,", &n, &names);
	assert_int_equal(n, 3);
	assert_string_equal(names[1], "b,c");
	assert_string_equal(names[2], "d");
}

static int begin(void **state)
{
	static const struct conn_ops *const none[] = { NULL };

	(void)state;
	connector_install(none);
	mem = arena_new(NULL, "test");
	return 0;
}

static void line_offers(const char *line, size_t from, const char *text)
{
	size_t at;

	complete_line(mem, NULL, line, &at, &list);
	assert_int_equal(at, from);
	assert_false(list.is_file);
	if (text == NULL)
		assert_int_equal(list.n, 0);
	else
		assert_true(offers(text));
}

/* Files are looked up and quoted, and a folder stays open. */
static void the_line_of_a_prompt(void **state)
{
	char dir[80], line[120], want[120];

	(void)state;
	line_offers("jo", 0, "job");
	line_offers("job ", 4, "list");
	line_offers("job list --state fa", 17, "failed");
	line_offers("load x --mode=ap", 7, "--mode=append");
	line_offers("nonsense ", 9, NULL);
	assert_non_null(mkdtemp(expect_temp(dir, sizeof(dir), "leatXXXXXX")));
	snprintf(line, sizeof(line), "%s/my file", dir);
	assert_int_equal(close(creat(line, 0600)), 0);
	snprintf(line, sizeof(line), "%s/sub", dir);
	assert_int_equal(mkdir(line, 0700), 0);
	snprintf(line, sizeof(line), "load %s/m", dir);
	snprintf(want, sizeof(want), "'%s/my file'", dir);
	line_offers(line, 5, want);
	snprintf(line, sizeof(line), "load '%s/", dir);
	snprintf(want, sizeof(want), "%s/sub/", dir);
	line_offers(line, 5, want);
	assert_int_equal(list.n, 2);
	assert_true(list.item[1].is_open);
	snprintf(line, sizeof(line), "load %s/nothing", dir);
	line_offers(line, 5, NULL);
	snprintf(line, sizeof(line), "%s/my file", dir);
	unlink(line);
	snprintf(line, sizeof(line), "%s/sub", dir);
	rmdir(line);
	rmdir(dir);
}

static int end(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(commands_word_by_word),
		TEST(options_and_their_values),
		TEST(places),
		TEST(the_line_of_a_prompt),
		TEST(rules_are_split_at_the_first_equals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

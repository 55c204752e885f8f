/*
 * tests/unit/core/command/words_test.c
 *	A line of a script as words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/command/words.h"
#include "core/base/arena.h"

static struct arena *mem;
static struct err err;

/* Words of line, joined by |. */
static void is_words(const char *line, const char *want)
{
	char **words, got[400] = "";
	int n;

	assert_int_equal(words_split(mem, line, &n, &words, &err), ERR_OK);
	for (int i = 0; i < n; i++) {
		size_t used = strlen(got);

		snprintf(got + used, sizeof(got) - used, "%s%s", i > 0 ? "|" : "", words[i]);
	}
	assert_null(words[n]);
	assert_string_equal(got, want);
}

static void words_are_found(void **state)
{
	(void)state;
	is_words("", "");
	is_words("   \t ", "");
	is_words("job list", "job|list");
	is_words("  load  'a b.csv'  --into \"my table\"\n", "load|a b.csv|--into|my table");
	is_words("a'b'\"c\"d", "abcd");
	is_words("''", "");
	is_words("x '' y", "x||y");
	is_words("a\\ b \\'", "a b|'");
	is_words("'it''s \\n'", "its \\n");
	is_words("\"q \\\" b \\\\ n \\n $x\"", "q \" b \\ n \\n $x");
	is_words("a # b c", "a");
	is_words("# all", "");
	is_words("a#b '# c'", "a#b|# c");
	is_words("--map 'net = round(price / 1.19, 2)'", "--map|net = round(price / 1.19, 2)");
	is_words("ümläut \xe2\x82\xac", "ümläut|\xe2\x82\xac");
}

static void what_is_open_is_refused(void **state)
{
	char **words;
	int n;

	(void)state;
	assert_int_equal(words_split(mem, "a 'b", &n, &words, &err), ERR_USAGE);
	assert_non_null(strstr(err.frame[0].text, "quote '"));
	assert_int_equal(words_split(mem, "a \"b", &n, &words, &err), ERR_USAGE);
	assert_int_equal(words_split(mem, "a \\", &n, &words, &err), ERR_USAGE);
	assert_int_equal(words_split(mem, "a 'b\\'", &n, &words, &err), ERR_OK);
}

static void a_line_being_typed_is_split_as_far_as_it_goes(void **state)
{
	char **words, open;
	bool is_new;
	int n;

	(void)state;
	words_split_open(mem, "job li", &n, &words, &open, &is_new);
	assert_int_equal(n, 2);
	assert_false(is_new);
	words_split_open(mem, "job ", &n, &words, &open, &is_new);
	assert_int_equal(n, 1);
	assert_true(is_new);
	words_split_open(mem, "load 'my fi", &n, &words, &open, &is_new);
	assert_int_equal(n, 2);
	assert_string_equal(words[1], "my fi");
	assert_int_equal(open, '\'');
	assert_false(is_new);
	words_split_open(mem, "", &n, &words, &open, &is_new);
	assert_true(n == 0 && is_new);
}

static int begin(void **state)
{
	(void)state;
	mem = arena_new(NULL, "test");
	return 0;
}

static void the_last_word_is_found(void **state)
{
	(void)state;
	assert_int_equal(words_last_at(""), 0);
	assert_int_equal(words_last_at("job li"), 4);
	assert_int_equal(words_last_at("job list "), 9);
	assert_int_equal(words_last_at("load 'my fi"), 5);
	assert_int_equal(words_last_at("load a\\ b"), 5);
}

static void quoted(const char *text, const char *want)
{
	char **words;
	int n;

	assert_string_equal(words_quote(mem, text), want);
	assert_int_equal(words_split(mem, want, &n, &words, &err), ERR_OK);
	assert_int_equal(n, 1);
	assert_string_equal(words[0], text);
}

static void a_text_becomes_one_word(void **state)
{
	(void)state;
	quoted("a.csv", "a.csv");
	quoted("--mode=append", "--mode=append");
	quoted("", "''");
	quoted("my file", "'my file'");
	quoted("it's", "'it'\\''s'");
	quoted("#1", "'#1'");
	quoted("a\\b", "'a\\b'");
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
		TEST(words_are_found),
		TEST(what_is_open_is_refused),
		TEST(a_line_being_typed_is_split_as_far_as_it_goes),
		TEST(the_last_word_is_found),
		TEST(a_text_becomes_one_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * tests/unit/core/command/parse_test.c
 *	Words become values, and wrong words are answered with what fits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/command/args.h"

static const struct val_spec list[] = {
	{ "file", VAL_FILE, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL, "A file.", 0 },
	{ "more", VAL_TEXT, ARG_POSITIONAL | ARG_REPEAT, NULL, NULL, "More.", 0 },
	{ "mode", VAL_CHOICE, 0, "append", "append|upsert|replace", "A mode.", 'm' },
	{ "limit", VAL_INT8, 0, NULL, NULL, "A number.", 'l' },
	{ "map", VAL_TEXT, ARG_REPEAT, NULL, NULL, "A rule.", 0 },
	{ "wait", VAL_DURATION, 0, "30s", NULL, "A span.", 0 },
	{ "share", VAL_COUNT_OR_PERCENT, 0, NULL, NULL, "A share.", 0 },
	{ "dry-run", VAL_BOOL, 0, NULL, NULL, "A flag.", 'n' },
	{ "rate", VAL_FLOAT8, 0, NULL, NULL, "A number.", 0 },
	{ "since", VAL_TIME, 0, NULL, NULL, "A moment.", 0 },
	{ "db", VAL_TEXT, 0, NULL, NULL, "Own meaning of a common name.", 0 },
	VAL_END
};

static const struct cmd_spec spec = { .name = "test", .args = list };

static struct arena *mem;
static struct cmd_args *args, *globals;
static struct err err;

#define PARSE(...) parse((char *[]){ __VA_ARGS__, NULL })

static enum err_code parse(char **words)
{
	int n = 0;

	while (words[n] != NULL)
		n++;
	err_clear(&err);
	globals = cmd_globals_new(mem, NULL);
	return cmd_parse_both(mem, &spec, n, words, globals, &args, &err);
}

static void says(const char *text, const char *hint)
{
	char buf[500];

	err_text(&err, buf, sizeof(buf));
	assert_non_null(strstr(buf, text));
	if (hint != NULL)
		assert_non_null(strstr(err.hint, hint));
}

static void values_arrive(void **state)
{
	int64_t rows;
	double percent;

	(void)state;
	assert_int_equal(PARSE("a.csv", "--mode", "upsert", "-l5", "--map=a = b", "--map", "c=d", "x",
			       "--share", "2.5%", "--dry-run", "y", "--rate=1.25"), ERR_OK);
	assert_string_equal(arg_text(args, "file"), "a.csv");
	assert_int_equal(arg_count(args, "more"), 2);
	assert_string_equal(arg_nth(args, "more", 1), "y");
	assert_null(arg_nth(args, "more", 2));
	assert_string_equal(arg_text(args, "mode"), "upsert");
	assert_int_equal(arg_int8(args, "limit"), 5);
	assert_int_equal(arg_count(args, "map"), 2);
	assert_string_equal(arg_nth(args, "map", 0), "a = b");
	assert_true(arg_bool(args, "dry-run"));
	arg_share(args, "share", &rows, &percent);
	assert_int_equal(rows, -1);
	assert_true(percent == 2.5);
}

static void presets_stand_where_nothing_is_said(void **state)
{
	int64_t rows;
	double percent;

	(void)state;
	assert_int_equal(PARSE("a.csv"), ERR_OK);
	assert_string_equal(arg_text(args, "mode"), "append");
	assert_false(arg_given(args, "mode"));
	assert_int_equal(arg_ms(args, "wait"), 30000);
	assert_null(arg_text(args, "limit"));
	assert_int_equal(arg_int8(args, "limit"), 0);
	arg_share(args, "share", &rows, &percent);
	assert_int_equal(rows, -1);
	assert_true(percent < 0);
}

static void letters_cluster(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-nqv", "a.csv", "-vo", "json", "-m=replace"), ERR_OK);
	assert_true(arg_bool(args, "dry-run"));
	assert_true(arg_bool(globals, "quiet"));
	assert_int_equal(arg_count(globals, "verbose"), 2);
	assert_string_equal(arg_text(globals, "output"), "json");
	assert_string_equal(arg_text(args, "mode"), "replace");
}

static void own_options_come_before_common_ones(void **state)
{
	(void)state;
	assert_int_equal(PARSE("a.csv", "--db", "mine", "--org", "theirs"), ERR_OK);
	assert_string_equal(arg_text(args, "db"), "mine");
	assert_null(arg_text(globals, "db"));
	assert_string_equal(arg_text(globals, "org"), "theirs");
}

static void two_dashes_end_options(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--", "--mode", "-x"), ERR_OK);
	assert_string_equal(arg_text(args, "file"), "--mode");
	assert_string_equal(arg_nth(args, "more", 0), "-x");
	assert_int_equal(PARSE("-"), ERR_OK);
	assert_string_equal(arg_text(args, "file"), "-");
}

static void wrong_words_are_answered(void **state)
{
	(void)state;
	assert_int_equal(PARSE("a", "--mode", "upsret"), ERR_USAGE);
	says("--mode takes append, upsert or replace, not 'upsret'", "Did you mean upsert?");
	assert_int_equal(PARSE("a", "--limit", "ten"), ERR_USAGE);
	says("--limit takes a whole number", NULL);
	assert_int_equal(PARSE("a", "--limit", "99999999999999999999"), ERR_USAGE);
	assert_int_equal(PARSE("a", "--limit"), ERR_USAGE);
	says("--limit needs a value", NULL);
	assert_int_equal(PARSE("a", "--limit", "--dry-run"), ERR_USAGE);
	says("--limit needs a value", NULL);
	assert_int_equal(PARSE("a", "--limt", "3"), ERR_USAGE);
	says("there is no option --limt", "--limit");
	assert_int_equal(PARSE("a", "--nothing-like-it"), ERR_USAGE);
	says("there is no option --nothing-like-it", "See: leat help test.");
	assert_int_equal(PARSE("a", "-z"), ERR_USAGE);
	assert_int_equal(PARSE("a", "--dry-run=perhaps"), ERR_USAGE);
	assert_int_equal(PARSE("a", "--share", "101%"), ERR_USAGE);
	assert_int_equal(PARSE("a", "--share", "-1"), ERR_USAGE);
	assert_int_equal(PARSE("--dry-run"), ERR_USAGE);
	says("test needs FILE", NULL);
	assert_int_equal(PARSE("a", "b\033[31m", "--limit", "\033]0;x\a"), ERR_USAGE);
	assert_null(strchr(err.frame[0].text, '\033'));
}

static void too_many_words_are_refused(void **state)
{
	static const struct val_spec one[] = {
		{ "a", VAL_TEXT, ARG_POSITIONAL, NULL, NULL, "A.", 0 },
		VAL_END
	};
	static const struct cmd_spec small = { .name = "small", .args = one };
	char *words[] = { "x", "y" };

	(void)state;
	assert_int_equal(cmd_parse(mem, &small, 2, words, &args, &err), ERR_USAGE);
	says("'y' is one word too many", "See: leat help small.");
	assert_int_equal(cmd_parse(mem, &small, 1, words, &args, &err), ERR_OK);
}

static void spans_and_moments_are_read(void **state)
{
	int64_t now = clock_wall_us(), at;

	(void)state;
	assert_int_equal(PARSE("a", "--wait", "1h30m"), ERR_OK);
	assert_int_equal(arg_ms(args, "wait"), 5400000);
	assert_int_equal(PARSE("a", "--wait", "250ms"), ERR_OK);
	assert_int_equal(arg_ms(args, "wait"), 250);
	assert_int_equal(PARSE("a", "--wait", "90"), ERR_OK);
	assert_int_equal(arg_ms(args, "wait"), 90000);
	assert_int_equal(PARSE("a", "--wait", "3 days"), ERR_USAGE);
	assert_int_equal(PARSE("a", "--wait", ""), ERR_USAGE);
	assert_int_equal(PARSE("a", "--wait", "999999999999999d"), ERR_USAGE);
	assert_int_equal(PARSE("a", "--since", "2026-02-28T13:00:00Z"), ERR_OK);
	assert_true(arg_time_us(args, "since") == 1772283600000000);
	assert_int_equal(PARSE("a", "--since", "2h"), ERR_OK);
	at = arg_time_us(args, "since");
	assert_true(at >= now - 7200000000 && at <= clock_wall_us() - 7200000000);
	assert_int_equal(PARSE("a", "--since", "yesterday"), ERR_USAGE);
}

static void common_options_stand_in_front(void **state)
{
	char *words[] = { "-o", "json", "--yes", "job", "list", "-q" };
	int used;

	(void)state;
	globals = cmd_globals_new(mem, NULL);
	assert_int_equal(cmd_parse_globals(mem, 6, words, globals, &used, &err), ERR_OK);
	assert_int_equal(used, 3);
	assert_true(arg_bool(globals, "yes"));
	assert_false(arg_bool(globals, "quiet"));
	/* A later call starts from these and does not change them. */
	args = cmd_globals_new(mem, globals);
	assert_int_equal(cmd_parse_globals(mem, 2, (char *[]){ "-o", "csv" }, args, &used, &err),
			 ERR_OK);
	assert_string_equal(arg_text(args, "output"), "csv");
	assert_string_equal(arg_text(globals, "output"), "json");
}

static void help_asks_for_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--help"), ERR_OK);
	assert_true(arg_bool(globals, "help"));
}

static int begin(void **state)
{
	(void)state;
	mem = arena_new(NULL, "test");
	return 0;
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
		TEST(values_arrive),
		TEST(presets_stand_where_nothing_is_said),
		TEST(letters_cluster),
		TEST(own_options_come_before_common_ones),
		TEST(two_dashes_end_options),
		TEST(wrong_words_are_answered),
		TEST(too_many_words_are_refused),
		TEST(spans_and_moments_are_read),
		TEST(common_options_stand_in_front),
		TEST(help_asks_for_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * tests/unit/core/base/err_test.c
 *	Errors: root, frames, hint, and the table of codes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/err.h"

static void frames_read_from_the_outside_in(void **state)
{
	struct err err = { 0 };
	char text[256];

	(void)state;
	assert_int_equal(err_set(&err, ERR_NOT_FOUND, "no table \"%s\"", "sales"), ERR_NOT_FOUND);
	assert_int_equal(err_wrap(&err, ERR_FAILED, "loading %d rows", 7), ERR_FAILED);
	err_text(&err, text, sizeof(text));
	assert_string_equal(text, "loading 7 rows: no table \"sales\"");
	assert_int_equal(err.code, ERR_FAILED);
	err_clear(&err);
	assert_int_equal(err.code, ERR_OK);
	err_text(&err, text, sizeof(text));
	assert_string_equal(text, "done");
}

static void the_first_hint_wins_until_a_new_error(void **state)
{
	struct err err = { 0 };

	(void)state;
	(void)err_set(&err, ERR_FAILED, "one");
	err_hint(&err, "Try %d.", 1);
	err_hint(&err, "Try 2.");
	assert_string_equal(err.hint, "Try 1.");
	err_hint_more(&err, "Or %d.", 3);
	assert_string_equal(err.hint, "Try 1. Or 3.");
	for (int i = 0; i < 100; i++)
		err_hint_more(&err, "Or again.");
	assert_true(strlen(err.hint) < sizeof(err.hint));
	(void)err_set(&err, ERR_FAILED, "two");
	assert_string_equal(err.hint, "");
	assert_int_equal(err.nframes, 1);
}

static void too_many_frames_keep_the_root_and_the_outermost(void **state)
{
	struct err err = { 0 };

	(void)state;
	(void)err_set(&err, ERR_FAILED, "root");
	for (int i = 1; i <= 20; i++)
		(void)err_wrap(&err, ERR_FAILED, "frame %d", i);
	assert_int_equal(err.nframes, ERR_FRAMES);
	assert_string_equal(err.frame[0].text, "root");
	assert_string_equal(err.frame[ERR_FRAMES - 1].text, "frame 20");
}

static void long_texts_end_in_dots(void **state)
{
	struct err err = { 0 };
	char text[64];
	char tiny[1] = { 'x' };

	(void)state;
	(void)err_set(&err, ERR_FAILED, "%0500d", 1);
	assert_int_equal(strlen(err.frame[0].text), sizeof(err.frame[0].text) - 1);
	assert_string_equal(err.frame[0].text + sizeof(err.frame[0].text) - 4, "...");
	err_text(&err, text, sizeof(text));
	assert_int_equal(strlen(text), sizeof(text) - 1);
	assert_string_equal(text + sizeof(text) - 4, "...");
	err_text(&err, tiny, sizeof(tiny));
	assert_int_equal(tiny[0], '\0');
	err_text(&err, NULL, 0);
}

static void a_new_error_may_quote_the_old_one(void **state)
{
	struct err err = { 0 };

	(void)state;
	(void)err_set(&err, ERR_FAILED, "inner");
	(void)err_set(&err, ERR_INPUT, "outer of %s", err.frame[0].text);
	assert_string_equal(err.frame[0].text, "outer of inner");
}

static void system_errors_choose_their_code(void **state)
{
	static const struct {
		int errnum;
		enum err_code code;
	} cases[] = {
		{ ENOENT, ERR_NOT_FOUND }, { EACCES, ERR_DENIED }, { ENOSPC, ERR_DISK },
		{ ECONNREFUSED, ERR_UNREACHABLE }, { ETIMEDOUT, ERR_TIMEOUT },
		{ EEXIST, ERR_CONFLICT }, { EINVAL, ERR_FAILED },
	};
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(err_sys(&err, cases[i].errnum, "opening %s", "x.csv"),
				 cases[i].code);
		assert_non_null(strstr(err.frame[0].text, "opening x.csv: "));
		assert_non_null(strstr(err.frame[0].text, strerror(cases[i].errnum)));
	}
}

static void every_code_has_its_row(void **state)
{
	(void)state;
	for (int i = 0; i < ERR_COUNT; i++) {
		enum err_code code = (enum err_code)i;

		assert_true(strlen(err_name(code)) > 1);
		assert_true(strlen(err_summary(code)) > 3);
		assert_int_equal(err_exit_status(code) == 0, code == ERR_OK);
		assert_true(err_exit_status(code) <= 7 || err_exit_status(code) == 130);
		assert_in_range(err_http_status(code), 200, 599);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(err_name(code), err_name((enum err_code)j));
	}
	assert_string_equal(err_name((enum err_code)999), "BUG");
	assert_int_equal(err_exit_status(ERR_INTERRUPTED), 130);
	assert_int_equal(err_exit_status(ERR_REJECTS), 3);
	assert_true(err_is_retryable(ERR_UNREACHABLE));
	assert_false(err_is_retryable(ERR_INPUT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_read_from_the_outside_in),
		cmocka_unit_test(the_first_hint_wins_until_a_new_error),
		cmocka_unit_test(too_many_frames_keep_the_root_and_the_outermost),
		cmocka_unit_test(long_texts_end_in_dots),
		cmocka_unit_test(a_new_error_may_quote_the_old_one),
		cmocka_unit_test(system_errors_choose_their_code),
		cmocka_unit_test(every_code_has_its_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

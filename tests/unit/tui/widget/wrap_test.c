/*
 * tests/unit/tui/widget/wrap_test.c
 *	Where texts are broken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/screen.h"
#include "tui/widget/wrap.h"

/* The rows of text, each in brackets. */
static const char *broken(const char *text, int cells)
{
	static struct buf out;
	size_t n = strlen(text);

	buf_release(&out);
	buf_init(&out, 10000);
	for (size_t at = 0, shown; at < n;) {
		size_t len = wrap_next(text + at, n - at, cells, &shown);

		buf_addf(&out, "[%.*s]", (int)shown, text + at);
		at += len;
	}
	return buf_str(&out);
}

static void words_stay_whole(void **state)
{
	(void)state;
	assert_string_equal(broken("one two three", 7), "[one two][three]");
	assert_string_equal(broken("one two three", 8), "[one two][three]");
	assert_string_equal(broken("one two three", 9), "[one two][three]");
	assert_string_equal(broken("one two three", 13), "[one two three]");
	assert_string_equal(broken("", 5), "");
}

static void what_has_no_spaces_is_cut_anywhere(void **state)
{
	(void)state;
	assert_string_equal(broken("abcdefgh", 3), "[abc][def][gh]");
	assert_string_equal(broken("a bcdefghijkl", 8), "[a bcdefg][hijkl]");
	assert_string_equal(broken("日本語", 3), "[日][本][語]");
	assert_string_equal(broken("日本語", 4), "[日本][語]");
}

static void any_width_makes_progress(void **state)
{
	(void)state;
	assert_string_equal(broken("abc", 0), "[a][b][c]");
	assert_string_equal(broken("日本", 1), "[日][本]");
	assert_string_equal(broken("ab", -5), "[a][b]");
	assert_int_equal(wrap_rows("", 0, 3), 1);
	assert_int_equal(wrap_rows("abcdefgh", 8, 3), 3);
}

static void lines_of_a_text_end_rows(void **state)
{
	(void)state;
	assert_string_equal(broken("one\n\ntwo three", 5), "[one][][two][three]");
}

static void drawing_stops_at_the_end_of_the_area(void **state)
{
	struct grid *g = grid_new(12, 3);

	(void)state;
	assert_int_equal(wrap_draw(area_all(g), 2, 1, 5, ROLE_TEXT, "one two three four"), 2);
	assert_string_equal(screen_text(g), "\n  one\n  two\n");
	grid_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_stay_whole),
		cmocka_unit_test(what_has_no_spaces_is_cut_anywhere),
		cmocka_unit_test(any_width_makes_progress),
		cmocka_unit_test(lines_of_a_text_end_rows),
		cmocka_unit_test(drawing_stops_at_the_end_of_the_area),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

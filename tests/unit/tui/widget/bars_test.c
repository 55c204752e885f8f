/*
 * tests/unit/tui/widget/bars_test.c
 *	Progress, sparks and scroll bars.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/screen.h"
#include "tui/widget/bars.h"

static const char *bar(bool is_ascii, int cells, double share, double tick)
{
	struct grid *g = grid_new(10, 1);
	const char *text;

	g->is_ascii = is_ascii;
	bars_progress(area_all(g), 0, 0, cells, share, tick, ROLE_BAR);
	text = screen_line(g, 0);
	grid_free(g);
	return text;
}

static void progress_goes_by_eighths(void **state)
{
	(void)state;
	assert_string_equal(bar(false, 4, 0, -1), "░░░░");
	assert_string_equal(bar(false, 4, 1, -1), "████");
	assert_string_equal(bar(false, 4, 0.5, -1), "██░░");
	assert_string_equal(bar(false, 4, 1 / 32.0, -1), "▏░░░");
	assert_string_equal(bar(false, 4, 9 / 32.0, -1), "█▏░░");
	assert_string_equal(bar(false, 4, 15 / 32.0, -1), "█▉░░");
	assert_string_equal(bar(true, 4, 0.5, -1), "##--");
	assert_string_equal(bar(true, 4, 0.49, -1), "#---");
}

static void the_ends_are_true(void **state)
{
	(void)state;
	assert_string_equal(bar(false, 4, 0.0001, -1), "▏░░░");
	assert_string_equal(bar(false, 4, 0.9999, -1), "███▉");
	assert_string_equal(bar(true, 4, 0.9999, -1), "###-");
	assert_string_equal(bar(false, 4, 7, -1), "████");
	assert_string_equal(bar(false, 4, NAN, -1), "░░░░");
}

static void the_unknown_is_dots(void **state)
{
	(void)state;
	assert_string_equal(bar(false, 4, -1, 0.5), "····");
	assert_string_equal(bar(true, 4, -1, -1), "....");
}

static void the_tick_stands_in_both_parts(void **state)
{
	struct grid *g = grid_new(4, 1);

	(void)state;
	assert_string_equal(bar(false, 4, 0, 0.5), "░░│░");
	assert_string_equal(bar(false, 4, 0.25, 1), "█░░│");
	bars_progress(area_all(g), 0, 0, 4, 1, 0.5, ROLE_BAR);
	assert_string_equal(screen_dump(g), "██│█\nroles\n 0 rrRr\n");
	/* The end of the bar is seen even where the tick would be. */
	assert_string_equal(bar(false, 4, 17 / 32.0, 0.5), "██▏░");
	grid_free(g);
}

static void no_room_is_fine(void **state)
{
	struct grid *g = grid_new(3, 1);

	(void)state;
	bars_progress(area_all(g), 0, 0, 0, 0.5, 0.5, ROLE_BAR);
	bars_progress(area_all(g), 1, 0, 9, 1, -1, ROLE_BAR);
	assert_string_equal(screen_text(g), " ██\n");
	grid_free(g);
}

static void sparks_end_with_the_newest(void **state)
{
	const double value[] = { 9, 0, 1, 2, 4, 8 };
	struct grid *g = grid_new(8, 1);

	(void)state;
	bars_spark(area_all(g), 0, 0, 8, ROLE_OK, value, 6);
	assert_string_equal(screen_text(g), "  █ ▁▁▃▇\n");
	grid_reset(g, 8, 1);
	bars_spark(area_all(g), 0, 0, 4, ROLE_OK, value, 6);
	assert_string_equal(screen_text(g), "▁▂▄█\n");
	g->is_ascii = true;
	bars_spark(area_all(g), 4, 0, 4, ROLE_OK, value, 6);
	assert_string_equal(screen_text(g), "▁▂▄█_.-#\n");
	grid_reset(g, 8, 1);
	bars_spark(area_all(g), 0, 0, 4, ROLE_OK, (double[]){ 0, 0, -1, NAN }, 4);
	assert_string_equal(screen_text(g), "\n");
	grid_free(g);
}

static const char *scroll(int64_t first, int64_t last, int64_t total)
{
	static char column[8];
	struct grid *g = grid_new(1, 6);

	g->is_ascii = true;
	bars_scroll(area_all(g), 0, first, last, total);
	for (int y = 0; y < 6; y++)
		column[y] = (char)g->cell[y].ch;
	grid_free(g);
	return column;
}

static void a_scroll_bar_touches_ends_only_at_the_end(void **state)
{
	(void)state;
	assert_string_equal(scroll(0, 5, 6), "      ");
	assert_string_equal(scroll(0, 5, 12), "###   ");
	assert_string_equal(scroll(6, 11, 12), "   ###");
	assert_string_equal(scroll(0, 5, 1000000), "#     ");
	assert_string_equal(scroll(1, 6, 1000000), " #    ");
	assert_string_equal(scroll(999993, 999998, 1000000), "    # ");
	assert_string_equal(scroll(999994, 999999, 1000000), "     #");
	assert_string_equal(scroll(1, 10, 12), " #### ");
	assert_string_equal(scroll(0, 5, -1), "      ");
	assert_string_equal(scroll(5, 50, 20), " #####");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(progress_goes_by_eighths),
		cmocka_unit_test(the_ends_are_true),
		cmocka_unit_test(the_unknown_is_dots),
		cmocka_unit_test(the_tick_stands_in_both_parts),
		cmocka_unit_test(no_room_is_fine),
		cmocka_unit_test(sparks_end_with_the_newest),
		cmocka_unit_test(a_scroll_bar_touches_ends_only_at_the_end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

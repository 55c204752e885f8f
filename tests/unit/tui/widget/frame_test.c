/*
 * tests/unit/tui/widget/frame_test.c
 *	Rules, titles and boxes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/screen.h"
#include "tui/widget/frame.h"

static void a_title_stands_in_its_rule(void **state)
{
	struct grid *g = grid_new(30, 3);
	struct area in = frame_titled(area_all(g), "jobs", "7 of 12", false);

	(void)state;
	assert_string_equal(screen_dump(g),
			    "─ jobs ───────────── 7 of 12 ─\n\n\nroles\n"
			    " 0 ecccccceeeeeeeeeeeeebbbbbbbbbe\n");
	assert_int_equal(in.y, 1);
	assert_int_equal(in.h, 2);
	assert_int_equal(in.w, 30);
	grid_reset(g, 30, 1);
	g->is_ascii = true;
	in = frame_titled(area_all(g), "jobs", NULL, true);
	assert_string_equal(screen_dump(g), "- jobs -----------------------\nroles\n"
			    " 0 eddddddeeeeeeeeeeeeeeeeeeeeeee\n");
	assert_int_equal(in.h, 0);
	grid_free(g);
}

static void narrow_frames_drop_what_is_less(void **state)
{
	static const struct {
		int w;
		const char *line;
	} cases[] = {
		{ 21, "─ jobs ──── 7 of 12 ─\n" }, { 18, "─ jobs ─ 7 of 12 ─\n" },
		{ 17, "─ jobs ──────────\n" }, { 8, "─ jobs ─\n" }, { 7, "─ jo… ─\n" },
		{ 5, "─ … ─\n" }, { 4, "────\n" }, { 1, "─\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct grid *g = grid_new(cases[i].w, 1);

		frame_titled(area_all(g), "jobs", "7 of 12", false);
		assert_string_equal(screen_text(g), cases[i].line);
		grid_free(g);
	}
}

static void a_box_clears_and_holds(void **state)
{
	struct grid *g = grid_new(12, 4);
	struct area in;

	(void)state;
	area_text(area_all(g), 0, 1, ROLE_BAD, "what was there");
	in = frame_box(area_all(g), "PROD", ROLE_PROD);
	area_text(in, 0, 0, ROLE_TEXT, "inside and out");
	frame_rule(in, 7);
	assert_string_equal(screen_text(g), "┌─ PROD ───┐\n│ inside │ │\n│        │ │\n"
			    "└──────────┘\n");
	assert_string_equal(screen_roles(g, 0, 0, 12), "ssssssssssss");
	g->is_ascii = true;
	frame_box(area_all(g), "", ROLE_BORDER);
	assert_string_equal(screen_text(g), "+----------+\n|          |\n|          |\n"
			    "+----------+\n");
	grid_free(g);
}

static void any_size_is_fine(void **state)
{
	(void)state;
	for (int w = 1; w < 9; w++) {
		for (int h = 1; h < 5; h++) {
			struct grid *g = grid_new(w, h);
			struct area in = frame_box(area_all(g), "title", ROLE_WARN);

			assert_true(in.w >= 1 && in.h >= 1);
			frame_titled(in, "x", "y", true);
			frame_titled(area_part(area_all(g), 0, 0, 0, 0), "x", "y", true);
			frame_box(area_part(area_all(g), 0, 0, 0, 0), "x", ROLE_WARN);
			grid_free(g);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_title_stands_in_its_rule),
		cmocka_unit_test(narrow_frames_drop_what_is_less),
		cmocka_unit_test(a_box_clears_and_holds),
		cmocka_unit_test(any_size_is_fine),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

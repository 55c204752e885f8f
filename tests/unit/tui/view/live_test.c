/*
 * tests/unit/tui/view/live_test.c
 *	What engines and the line tell: states, progress, a line that is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tui/view/stage.h"

static void progress_moves_without_asking(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);
	int asked = s->ncalls;

	(void)state;
	stage_progress(s, 3, 500, 50, 100);
	stage_shows(s, "50%");
	stage_shows(s, "1m00");	/* time left, and how long it has run */
	assert_int_equal(s->ncalls, asked);
	stage_close(s);
}

/* The world begins with what it was asked when the line is up: nobody asks again then. */
static void what_the_start_shows_is_asked_once(void **state)
{
	struct stage *s = stage_open(120, 40, NULL, true);

	(void)state;
	stage_screen(s);
	assert_int_equal(stage_count(s, "job list"), 1);
	stage_up(s);
	stage_pass(s, 2000);
	assert_int_equal(stage_count(s, "job list"), 1);
	assert_int_equal(stage_count(s, "job count"), 1);
	stage_answer(s, "job list", STAGE_JOBS);
	stage_shows(s, "stock");
	/* After a lost line everything may have changed. */
	stage_down(s, "gone");
	stage_up(s);
	stage_pass(s, 2000);
	assert_int_equal(stage_count(s, "job list"), 2);
	stage_close(s);
	/* A first try that failed has answered what was asked: with an error. */
	s = stage_open(120, 40, NULL, true);
	stage_down(s, "refused");
	stage_up(s);
	stage_pass(s, 2000);
	assert_int_equal(stage_count(s, "job list"), 2);
	stage_close(s);
}

/* However often it is told, a slow line gets a few frames a second. */
static void progress_is_drawn_now_and_then(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);
	int frames = 0;

	(void)state;
	stage_pass(s, 1000);
	app_draw(s->app, s->grid);
	for (int i = 0; i < 100; i++) {
		stage_progress(s, 3, i * 1000, i, 100);
		stage_pass(s, 20);
		frames += app_is_dirty(s->app);
		app_draw(s->app, s->grid);
	}
	assert_in_range(frames, 5, 8);
	stage_pass(s, 1000);
	stage_shows(s, "99%");
	stage_close(s);
}

/* News of states make lists read again: soon, once, and only where it is seen. */
static void states_are_read_again_in_one_go(void **state)
{
	struct stage *s = stage_with_jobs(80, 24);
	int lists;

	(void)state;
	stage_pass(s, 1000);
	lists = stage_count(s, "job list");
	for (int i = 0; i < 100; i++)
		stage_state(s, 3, "succeeded");
	stage_pass(s, 2000);
	assert_in_range(stage_count(s, "job list"), lists + 1, lists + 2);
	assert_int_equal(stage_count(s, "schedule list"), 0);
	stage_close(s);
}

static void nothing_happens_while_nothing_happens(void **state)
{
	struct stage *s = stage_with_jobs(120, 40);
	int asked;

	(void)state;
	stage_pass(s, 10000);
	stage_screen(s);
	asked = s->ncalls;
	stage_pass(s, 3600000);
	assert_int_equal(s->ncalls, asked);
	assert_false(app_is_dirty(s->app));
	assert_true(app_deadline(s->app) < 0);
	stage_close(s);
}

static void a_lost_line_keeps_what_is_shown(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);

	(void)state;
	stage_down(s, "the server closed the connection");
	stage_shows(s, "no connection since");
	stage_shows(s, "orders");
	stage_keys(s, "c");
	assert_null(stage_asked(s, "job cancel"));
	stage_keys(s, "r");
	assert_int_equal(s->reconnects, 1);
	stage_up(s);
	stage_pass(s, 1000);
	assert_non_null(stage_asked(s, "job list"));
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_start_shows_is_asked_once),
		cmocka_unit_test(progress_moves_without_asking),
		cmocka_unit_test(progress_is_drawn_now_and_then),
		cmocka_unit_test(states_are_read_again_in_one_go),
		cmocka_unit_test(nothing_happens_while_nothing_happens),
		cmocka_unit_test(a_lost_line_keeps_what_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

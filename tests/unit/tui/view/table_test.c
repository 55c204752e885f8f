/*
 * tests/unit/tui/view/table_test.c
 *	A table in the hand: cursor, orders, marks, filters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tui/view/stage.h"

static void jobs_are_shown_and_walked(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);

	(void)state;
	stage_shows(s, "running");
	stage_shows(s, "Nov 19");
	stage_keys(s, "down");
	stage_shows(s, "DATA column amount is missing");
	/* The detail is about the row under the cursor. */
	stage_shows(s, "read 1 200");
	stage_keys(s, "down down down");
	stage_shows(s, "read 90 000");
	stage_close(s);
}

/* The cursor is on a job, not on a line. */
static void the_cursor_stays_on_its_row(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);

	(void)state;
	stage_keys(s, "down");
	stage_state(s, 4, "queued");
	stage_pass(s, 1000);
	stage_answer(s, "job list", "job|state|pipeline\n4|queued|new\n3|running|orders\n"
		     "2|failed|stock\n1|succeeded|orders\n");
	stage_keys(s, "R");
	assert_non_null(stage_asked(s, "job retry 2"));
	stage_close(s);
}

/* By one key on top, then alone, then as before; and in the list of orders. */
static void what_failed_comes_first(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);

	(void)state;
	stage_shows(s, "! failed first");
	stage_keys(s, "!");
	assert_non_null(stage_asked(s, "job list --sort failed --limit 100"));
	stage_answer(s, "job list --sort failed", STAGE_JOBS);
	stage_shows(s, "─ failed first");
	stage_shows(s, "again: only that");
	assert_null(stage_asked(s, "job list --limit 100 -- state=failed,dead"));
	stage_keys(s, "!");
	assert_non_null(stage_asked(s, "job list --limit 100 -- state=failed,dead"));
	stage_hides(s, "─ failed first");
	stage_answer(s, "job list --limit 100 -- state=failed,dead", STAGE_JOBS);
	stage_keys(s, "!");
	assert_non_null(stage_asked(s, "job list --limit 100"));
	stage_hides(s, "/state=failed");
	/* The order before that of the first column is the last one. */
	stage_keys(s, "> <");
	stage_answer(s, "job list --sort failed", STAGE_JOBS);
	stage_keys(s, "I");
	assert_non_null(stage_asked(s, "job list --sort -failed --limit 100"));
	stage_shows(s, "failed first, turned round");
	stage_keys(s, "f6");
	stage_shows(s, "failed first");
	stage_close(s);
}

/* Rows that came while the screen was too small for any were never drawn. */
static void what_was_never_drawn_can_be_marked(void **state)
{
	struct stage *s = stage_open(5, 2, NULL, false);
	struct input in = { .kind = INPUT_KEY, .key = { 'T', 0 } };

	(void)state;
	stage_answer(s, "job list", STAGE_JOBS);
	app_input(s->app, &in, s->now_us);
	stage_keys(s, "'stock' enter");
	app_size(s->app, 100, 24);
	s->w = 100;
	s->h = 24;
	stage_shows(s, "[1 marked]");
	stage_close(s);
}

static void all_that_match_go_by_filter(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);

	(void)state;
	stage_keys(s, "/ 'state=failed' enter");
	assert_non_null(stage_asked(s, "job list --limit 100 -- state=failed"));
	stage_answer(s, "job list --limit 100 --", STAGE_JOBS);
	stage_keys(s, "* R");
	stage_shows(s, "[all that match]");
	assert_non_null(stage_asked(s, "job retry --filter state=failed"));
	stage_close(s);
}

static void a_pipeline_that_is_held_says_by_whom(void **state)
{
	struct app_options o = { .open = "mappings" };
	struct stage *s = stage_open(120, 40, &o, false);

	(void)state;
	stage_answer(s, "pipeline list", "name|source|target|mode|last_state|paused|paused_why\n"
		     "orders|files:a.csv|local:a|append|succeeded|yes|-\n"
		     "stock|files:b.csv|local:b|append|succeeded|yes|job 7: 12 of 100 rows were "
		     "rejected\n");
	stage_shows(s, "\xe2\x80\x96 paused");
	stage_shows(s, "\xe2\x80\x96 held");
	stage_keys(s, "+ down");
	stage_shows(s, "held by");
	stage_shows(s, "job 7: 12 of 100 rows were rejected");
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_are_shown_and_walked),
		cmocka_unit_test(the_cursor_stays_on_its_row),
		cmocka_unit_test(what_failed_comes_first),
		cmocka_unit_test(what_was_never_drawn_can_be_marked),
		cmocka_unit_test(all_that_match_go_by_filter),
		cmocka_unit_test(a_pipeline_that_is_held_says_by_whom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

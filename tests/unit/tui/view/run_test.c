/*
 * tests/unit/tui/view/run_test.c
 *	From a key to a deed: asked about, planned, done, told, undone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tui/view/stage.h"

static void what_is_dangerous_is_asked_about(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);

	(void)state;
	stage_keys(s, "c");
	stage_shows(s, "job cancel 3");
	assert_null(stage_asked(s, "job cancel"));
	stage_keys(s, "enter");	/* never means yes */
	assert_null(stage_asked(s, "job cancel"));
	stage_keys(s, "y");
	assert_non_null(stage_asked(s, "job cancel 3"));
	assert_true(stage_asked(s, "job cancel 3")->is_confirmed);
	stage_answer(s, "job cancel 3", "job|state\n3|running\n");
	stage_shows(s, "job cancel 3: done");
	stage_close(s);
}

static void a_no_does_nothing(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);

	(void)state;
	stage_keys(s, "c n");
	assert_null(stage_asked(s, "job cancel"));
	stage_shows(s, "nothing was done");
	stage_keys(s, "c esc");
	assert_null(stage_asked(s, "job cancel"));
	stage_close(s);
}

static void what_does_not_work_says_why(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);

	(void)state;
	stage_keys(s, "R");
	assert_null(stage_asked(s, "job retry"));
	stage_shows(s, "retry: running");
	stage_close(s);
}

/* Several rows: the command's own plan comes first, then the yes, then an exact report. */
static void many_are_planned_done_and_told(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);

	(void)state;
	stage_keys(s, "space space");
	stage_shows(s, "[2 marked]");
	stage_keys(s, "c");
	assert_non_null(stage_asked(s, "job cancel 3 2"));
	assert_false(stage_asked(s, "job cancel 3 2")->is_confirmed);
	stage_plan(s, "job cancel 3 2", "job|state|pipeline|outcome|jobs|first\n"
		   "-|running|orders|planned|1|3\n-|failed|stock|planned|1|2\n");
	stage_shows(s, "1 running of orders: 3");
	stage_shows(s, "2 in all");
	stage_keys(s, "y");
	assert_true(stage_asked(s, "job cancel 3 2")->is_confirmed);
	stage_answer(s, "job cancel 3 2", "job|state|pipeline|outcome|jobs\n"
		     "-|running|orders|planned|1\n-|-|-|asked to stop|1\n"
		     "-|-|-|nothing to cancel|1\n");
	stage_shows(s, "1 asked to stop, 1 nothing to cancel");
	stage_hides(s, "marked]");
	stage_close(s);
}

/* A name may begin like an option. */
static void a_name_is_never_an_option(void **state)
{
	struct stage *s = stage_open(100, 24, NULL, false);

	(void)state;
	stage_keys(s, "3");
	stage_answer(s, "pipeline list", "name|source|target|last_state\n--yes|a|b|failed\n");
	stage_keys(s, "R");
	assert_non_null(stage_asked(s, "run --detach -- --yes"));
	stage_answer(s, "run --detach", "job|state\n7|queued\n");
	stage_keys(s, "p");
	stage_answer(s, "pipeline pause -- --yes", "name|paused\n--yes|yes\n");
	stage_keys(s, "u");
	assert_non_null(stage_asked(s, "pipeline resume -- --yes"));
	stage_close(s);
}

static void production_is_a_level_higher(void **state)
{
	struct app_options o = { .is_prod = true };
	struct stage *s = stage_with_jobs_as(100, 24, &o);

	(void)state;
	stage_shows(s, "PROD");
	stage_keys(s, "c 'y'");
	assert_null(stage_asked(s, "job cancel"));
	/* Its number has to be typed. */
	stage_keys(s, "backspace '3' enter");
	assert_non_null(stage_asked(s, "job cancel 3"));
	stage_close(s);
}

static void read_only_changes_nothing(void **state)
{
	struct app_options o = { .is_read_only = true };
	struct stage *s = stage_with_jobs_as(100, 24, &o);

	(void)state;
	stage_keys(s, "c");
	stage_shows(s, "cancel: read-only");
	assert_null(stage_asked(s, "job cancel"));
	stage_close(s);
}

static void undo_does_the_opposite(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);

	(void)state;
	stage_keys(s, "p");
	stage_answer(s, "job pause 3", "job|state\n3|paused\n");
	stage_shows(s, "(u undoes it)");
	stage_keys(s, "u");
	assert_non_null(stage_asked(s, "job resume 3"));
	stage_answer(s, "job resume 3", "job|state\n3|queued\n");
	stage_keys(s, "u");
	assert_int_equal(stage_count(s, "job pause 3"), 2);
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_dangerous_is_asked_about),
		cmocka_unit_test(a_no_does_nothing),
		cmocka_unit_test(what_does_not_work_says_why),
		cmocka_unit_test(many_are_planned_done_and_told),
		cmocka_unit_test(a_name_is_never_an_option),
		cmocka_unit_test(production_is_a_level_higher),
		cmocka_unit_test(read_only_changes_nothing),
		cmocka_unit_test(undo_does_the_opposite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

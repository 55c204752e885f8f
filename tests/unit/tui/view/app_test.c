/*
 * tests/unit/tui/view/app_test.c
 *	The console as a state: keys, answers, news and time in, calls and screens out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "tests/unit/tui/view/stage.h"

static void a_skeleton_stands_before_any_answer(void **state)
{
	struct stage *s = stage_open(80, 24, NULL, true);

	(void)state;
	stage_shows(s, "1 Jobs");
	stage_shows(s, "reading jobs");
	stage_shows(s, "connecting");
	stage_close(s);
}

/* Rules have colons in them, and so may names. */
static void rows_of_a_group_are_asked_for_by_field_and_rule(void **state)
{
	struct stage *s = stage_open(100, 24, &(struct app_options){ .open = "jobs/7/rejects" },
				     false);

	(void)state;
	stage_answer(s, "reject groups 7", "rows|field|rule|reason|sample|sample_id|job\n"
		     "3|a:b|expression: id < 0|is not so|1|1|7\n");
	stage_keys(s, "enter");
	assert_non_null(stage_asked(s, "reject list 7 --field a:b --rule expression: id < 0 "
				    "--raw-bytes 4000"));
	stage_close(s);
}

#define REJECT_ROWS "id|job|line|state|reasons|problems|raw|fix\n"                          \
	"9|7|2|open|amount is not a number (1,5)|[{\"field\":\"amount\",\"value\":\"1,5\","       \
	"\"reason\":\"is not a number\"}]|1;1,5|-\n"

/* A list has the beginning of a row, and says so. */
static void a_large_row_is_cut(void **state)
{
	struct stage *s = stage_open(100, 30, &(struct app_options){ .open = "jobs/7/rejects/amount:" },
				     false);

	(void)state;
	stage_screen(s);
	stage_answer(s, "reject list 7", "id|job|line|state|reasons|problems|raw|raw_size|part\n"
		     "9|7|2|open|amount is wrong|[]|1;1,5|5|a.csv\n"
		     "10|7|3|open|amount is wrong|[]|2;3,5|1000000|a.csv\n");
	stage_shows(s, "stood in");
	stage_hides(s, "its beginning");
	stage_keys(s, "down");
	stage_shows(s, "line 3; its beginning, of 1.0 MB:");
	stage_close(s);
}

/* Keys on a reject are commands, completed in the prompt; a plan is shown before a yes. */
#define TRIED(expr, problem, passes)                                                              \
	"cell|from|problem|at|rejects|more|changed|passes|samples|fields\n"                       \
	"Amt|" expr "|" problem "|7|3|yes|2|" #passes                                             \
	"|[{\"row\":9,\"before\":\"1,5\",\"after\":\"1.5\",\"problem\":null}]|[\"Id\",\"Amt\"]\n"

static void rejects_are_repaired_by_keys(void **state)
{
	struct stage *s = stage_open(100, 24, &(struct app_options){
		.open = "jobs/7/rejects/amount:type" }, false);

	(void)state;
	stage_answer(s, "reject list 7", REJECT_ROWS);
	stage_shows(s, "not a number");
	stage_keys(s, "e");
	stage_shows(s, ":reject fix 9 \"amount=1,5\"");
	stage_keys(s, "esc E");
	stage_answer(s, "reject try --job 7 --field amount --rule type", TRIED("Amt", "-", 0));
	stage_shows(s, "Amt = Amt");
	stage_shows(s, "0 of the first 3 would pass");
	/* While a trial is on its way the line goes on; then the newest text is tried, no other. */
	stage_keys(s, "' + tr'");
	stage_shows(s, "Amt = Amt + tr");
	assert_null(stage_asked(s, "reject try --job 7 --field amount --rule type -- Amt Amt + tr"));
	stage_answer(s, "reject try --job 7", TRIED("Amt ", "-", 1));
	stage_answer(s, "reject try --job 7 --field amount --rule type -- Amt Amt + tr",
		     TRIED("Amt + tr", "at character 7: there is no field tr", 0));
	stage_shows(s, "there is no field tr");
	stage_shows(s, "            ^");
	stage_keys(s, "'im'");
	stage_answer(s, "reject try --job 7", TRIED("Amt + tri", "-", 1));
	stage_answer(s, "reject try --job 7", TRIED("Amt + trim", "-", 2));
	stage_shows(s, "2 of the first 3 would pass");
	stage_keys(s, "enter");
	assert_false(stage_asked(s, "reject fix --job 7")->is_confirmed);
	stage_plan(s, "reject fix --job 7",
		     "outcome|rejects|passes|fails|id|field|before|after|then\n"
		     "planned|3|2|1|-|-|-|-|-\n"
		     "sample|-|-|-|9|amount|1,5|1.5|passes\n");
	stage_shows(s, "3 planned: 2 would pass, 1 would fail again");
	stage_shows(s, "9 amount: 1,5 -> 1.5: passes");
	stage_keys(s, "y");
	assert_true(stage_asked(s, "reject fix --job 7")->is_confirmed);
	stage_close(s);
}

static void undo_and_redo_of_rejects_are_commands(void **state)
{
	struct stage *s = stage_open(100, 24, &(struct app_options){
		.open = "jobs/7/rejects/amount:type" }, false);

	(void)state;
	stage_answer(s, "reject list 7", REJECT_ROWS);
	stage_keys(s, "u");
	stage_answer(s, "reject undo", "act|rejects|left\n4|3|1\n");
	stage_shows(s, "act 4: 3 rejects, 1 left as they are");
	stage_keys(s, "ctrl-r");
	assert_non_null(stage_asked(s, "reject redo"));
	stage_keys(s, "D");
	stage_shows(s, ":reject discard 9 --reason");
	stage_keys(s, "esc R");
	stage_shows(s, "reject replay --detach 9");
	stage_keys(s, "y");
	assert_true(stage_asked(s, "reject replay --detach 9")->is_confirmed);
	stage_keys(s, "H");
	assert_non_null(stage_asked(s, "reject history 9"));
	stage_close(s);
}

static void the_prompt_runs_any_command(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);

	(void)state;
	stage_keys(s, ": 'queue list' enter");
	assert_false(stage_asked(s, "queue list")->is_look);
	stage_answer(s, "queue list", "queue|queued|running\ndefault|5|1\nmail|0|0\n");
	stage_shows(s, "Answer");
	stage_shows(s, "mail");
	stage_keys(s, "esc");
	stage_shows(s, "orders");
	stage_close(s);
}

static void the_prompt_goes_to_places(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);

	(void)state;
	stage_keys(s, ": 'schedules' enter");
	assert_string_equal(app_path(s->app), "schedules");
	stage_keys(s, ": 'jobs state=failed' enter");
	assert_string_equal(app_path(s->app), "jobs?state=failed");
	/* A mistyped command is no screen, though the screen's name begins so. */
	stage_keys(s, ": 'job lst' enter");
	assert_non_null(stage_asked(s, "job lst"));
	stage_keys(s, ": 'jobz' enter");
	assert_non_null(stage_asked(s, "jobz"));	/* no screen: a command, which says so */
	stage_close(s);
}

static void a_paste_runs_nothing(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);
	int asked = s->ncalls;

	(void)state;
	stage_paste(s, "q\nc\ny\n:job cancel 3\n");
	assert_int_equal(s->ncalls, asked);
	assert_false(app_is_done(s->app));
	stage_keys(s, ":");
	stage_paste(s, "job cancel 3\n");
	assert_null(stage_asked(s, "job cancel"));
	stage_close(s);
}

static void a_session_is_taken_up_again(void **state)
{
	struct app_options o = { .kept = "{\"path\":\"jobs?state=failed\",\"marks\":[\"2\"]}" };
	struct stage *s = stage_open(100, 24, &o, false);

	(void)state;
	stage_shows(s, "jobs?state=failed");
	stage_keys(s, "y");
	assert_string_equal(app_path(s->app), "jobs?state=failed");
	stage_answer(s, "job list --limit 100 -- state=failed", STAGE_JOBS);
	stage_shows(s, "[1 marked]");
	stage_close(s);
}

static void the_mouse_is_given_away_and_kept(void **state)
{
	struct app_options o = { .has_mouse = true };
	struct stage *s = stage_open(100, 24, &o, false);
	struct arena *mem = arena_new(NULL, "kept");

	(void)state;
	s->has_mouse = true;
	stage_keys(s, "alt-m");
	assert_false(s->has_mouse);
	stage_shows(s, "the mouse is the terminal's");
	stage_keys(s, ": 'mouse on' enter");
	assert_true(s->has_mouse);
	stage_keys(s, ": 'mouse off' enter");
	o.kept = app_state(s->app, mem);
	stage_close(s);
	s = stage_open(100, 24, &o, false);
	s->has_mouse = true;
	stage_keys(s, "y");
	assert_false(s->has_mouse);
	stage_close(s);
	arena_free(mem);
}

static void keys_are_read_again(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);

	(void)state;
	app_keys(s->app, "f7 = :queue list\n", s->now_us);
	stage_keys(s, "f7");
	stage_answer(s, "queue list", "queue|queued|running\ndefault|5|1\nmail|0|0\n");
	stage_shows(s, "mail");
	/* A broken one changes nothing. */
	app_keys(s->app, "f7 = help\nnonsense\n", s->now_us);
	stage_shows(s, "line 2");
	stage_keys(s, "esc f7");
	assert_int_equal(stage_count(s, "queue list"), 2);
	app_keys(s->app, "f8 = :queue list\n", s->now_us);
	stage_keys(s, "f7");
	assert_int_equal(stage_count(s, "queue list"), 2);
	stage_close(s);
}

static void quitting_goes_up_first(void **state)
{
	struct stage *s = stage_with_jobs(100, 24);

	(void)state;
	stage_keys(s, "6 q");
	assert_false(app_is_done(s->app));
	stage_keys(s, "ctrl-c");
	assert_false(app_is_done(s->app));
	stage_keys(s, "q");
	assert_true(app_is_done(s->app));
	stage_close(s);
}

static void every_size_is_drawn(void **state)
{
	struct stage *s = stage_with_jobs(80, 24);

	(void)state;
	for (int w = 1; w < 260; w = w < 40 ? w + 1 : w + 17)
		for (int h = 1; h < 80; h = h < 40 ? h + 1 : h + 7) {
			app_size(s->app, w, h);
			app_draw(s->app, s->grid);
			assert_int_equal(s->grid->w, w);
		}
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_skeleton_stands_before_any_answer),
		cmocka_unit_test(rows_of_a_group_are_asked_for_by_field_and_rule),
		cmocka_unit_test(a_large_row_is_cut),
		cmocka_unit_test(rejects_are_repaired_by_keys),
		cmocka_unit_test(undo_and_redo_of_rejects_are_commands),
		cmocka_unit_test(the_prompt_runs_any_command),
		cmocka_unit_test(the_prompt_goes_to_places),
		cmocka_unit_test(a_paste_runs_nothing),
		cmocka_unit_test(a_session_is_taken_up_again),
		cmocka_unit_test(the_mouse_is_given_away_and_kept),
		cmocka_unit_test(keys_are_read_again),
		cmocka_unit_test(quitting_goes_up_first),
		cmocka_unit_test(every_size_is_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

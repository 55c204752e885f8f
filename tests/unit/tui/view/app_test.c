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

#define JOBS                                                                                      \
	"job|state|pipeline|source|target|rows_read|rows_rejected|bytes|seconds|"                 \
	"created_at|started_at|finished_at|error_code|error\n"                                    \
	"3|running|orders|files:a.csv|local:orders|0|0|0|-|2026-11-20T09:58:00Z|"                 \
	"2026-11-20T09:59:00Z|-|-|-\n"                                                            \
	"2|failed|stock|files:b.csv|local:stock|1200|4|5000|2.5|2026-11-20T09:00:00Z|"            \
	"2026-11-20T09:00:01Z|2026-11-20T09:00:03Z|DATA|column amount is missing\n"               \
	"1|succeeded|orders|files:a.csv|local:orders|90000|0|9000|3|2026-11-19T09:00:00Z|"        \
	"2026-11-19T09:00:01Z|2026-11-19T09:00:04Z|-|-\n"

static struct stage *with_jobs(int w, int h)
{
	struct stage *s = stage_open(w, h, NULL, false);

	stage_screen(s);
	stage_answer(s, "job list", JOBS);
	return s;
}

static void a_skeleton_stands_before_any_answer(void **state)
{
	struct stage *s = stage_open(80, 24, NULL, true);

	(void)state;
	stage_shows(s, "1 Jobs");
	stage_shows(s, "reading jobs");
	stage_shows(s, "connecting");
	stage_close(s);
}

static void jobs_are_shown_and_walked(void **state)
{
	struct stage *s = with_jobs(100, 24);

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

static void progress_moves_without_asking(void **state)
{
	struct stage *s = with_jobs(100, 24);
	int asked = s->ncalls;

	(void)state;
	stage_progress(s, 3, 500, 50, 100);
	stage_shows(s, "50%");
	stage_shows(s, "1m00");	/* time left, and how long it has run */
	assert_int_equal(s->ncalls, asked);
	stage_close(s);
}

/* However often it is told, a slow line gets a few frames a second. */
static void progress_is_drawn_now_and_then(void **state)
{
	struct stage *s = with_jobs(100, 24);
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
	struct stage *s = with_jobs(80, 24);
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
	struct stage *s = with_jobs(120, 40);
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

/* The cursor is on a job, not on a line. */
static void the_cursor_stays_on_its_row(void **state)
{
	struct stage *s = with_jobs(100, 24);

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
	struct stage *s = with_jobs(100, 24);

	(void)state;
	stage_shows(s, "! failed first");
	stage_keys(s, "!");
	assert_non_null(stage_asked(s, "job list --sort failed --limit 100"));
	stage_answer(s, "job list --sort failed", JOBS);
	stage_shows(s, "─ failed first");
	stage_shows(s, "again: only that");
	assert_null(stage_asked(s, "job list --limit 100 -- state=failed,dead"));
	stage_keys(s, "!");
	assert_non_null(stage_asked(s, "job list --limit 100 -- state=failed,dead"));
	stage_hides(s, "─ failed first");
	stage_answer(s, "job list --limit 100 -- state=failed,dead", JOBS);
	stage_keys(s, "!");
	assert_non_null(stage_asked(s, "job list --limit 100"));
	stage_hides(s, "/state=failed");
	/* The order before that of the first column is the last one. */
	stage_keys(s, "> <");
	stage_answer(s, "job list --sort failed", JOBS);
	stage_keys(s, "I");
	assert_non_null(stage_asked(s, "job list --sort -failed --limit 100"));
	stage_shows(s, "failed first, turned round");
	stage_keys(s, "f6");
	stage_shows(s, "failed first");
	stage_close(s);
}

static void what_is_dangerous_is_asked_about(void **state)
{
	struct stage *s = with_jobs(100, 24);

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
	struct stage *s = with_jobs(100, 24);

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
	struct stage *s = with_jobs(100, 24);

	(void)state;
	stage_keys(s, "R");
	assert_null(stage_asked(s, "job retry"));
	stage_shows(s, "retry: running");
	stage_close(s);
}

/* Several rows: the command's own plan comes first, then the yes, then an exact report. */
static void many_are_planned_done_and_told(void **state)
{
	struct stage *s = with_jobs(100, 24);

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

/* Rows that came while the screen was too small for any were never drawn. */
static void what_was_never_drawn_can_be_marked(void **state)
{
	struct stage *s = stage_open(5, 2, NULL, false);
	struct input in = { .kind = INPUT_KEY, .key = { 'T', 0 } };

	(void)state;
	stage_answer(s, "job list", JOBS);
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
	struct stage *s = with_jobs(100, 24);

	(void)state;
	stage_keys(s, "/ 'state=failed' enter");
	assert_non_null(stage_asked(s, "job list --limit 100 -- state=failed"));
	stage_answer(s, "job list --limit 100 --", JOBS);
	stage_keys(s, "* R");
	stage_shows(s, "[all that match]");
	assert_non_null(stage_asked(s, "job retry --filter state=failed"));
	stage_close(s);
}

static void production_is_a_level_higher(void **state)
{
	struct app_options o = { .is_prod = true };
	struct stage *s = stage_open(100, 24, &o, false);

	(void)state;
	stage_screen(s);
	stage_answer(s, "job list", JOBS);
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
	struct stage *s = stage_open(100, 24, &o, false);

	(void)state;
	stage_screen(s);
	stage_answer(s, "job list", JOBS);
	stage_keys(s, "c");
	stage_shows(s, "cancel: read-only");
	assert_null(stage_asked(s, "job cancel"));
	stage_close(s);
}

static void undo_does_the_opposite(void **state)
{
	struct stage *s = with_jobs(100, 24);

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

static void a_lost_line_keeps_what_is_shown(void **state)
{
	struct stage *s = with_jobs(100, 24);

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

/* Rules have colons in them, and so may names. */
static void rows_of_a_group_are_asked_for_by_field_and_rule(void **state)
{
	struct stage *s = stage_open(100, 24, &(struct app_options){ .open = "jobs/7/rejects" },
				     false);

	(void)state;
	stage_answer(s, "reject groups 7", "rows|field|rule|reason|sample|sample_id|job\n"
		     "3|a:b|expression: id < 0|is not so|1|1|7\n");
	stage_keys(s, "enter");
	assert_non_null(stage_asked(s, "reject list 7 --field a:b --rule expression: id < 0 "));
	stage_close(s);
}

#define REJECT_ROWS "id|job|line|state|reasons|problems|raw|fix\n"                          \
	"9|7|2|open|amount is not a number (1,5)|[{\"field\":\"amount\",\"value\":\"1,5\","       \
	"\"reason\":\"is not a number\"}]|1;1,5|-\n"

/* Keys on a reject are commands, completed in the prompt; a plan is shown before a yes. */
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
	stage_shows(s, ":reject fix --job 7 --field \"amount\" --rule \"type\" --set");
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
	struct stage *s = with_jobs(100, 24);

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
	struct stage *s = with_jobs(100, 24);

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
	struct stage *s = with_jobs(100, 24);
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
	stage_answer(s, "job list --limit 100 -- state=failed", JOBS);
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
	struct stage *s = with_jobs(100, 24);

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
	struct stage *s = with_jobs(100, 24);

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
	struct stage *s = with_jobs(80, 24);

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
		cmocka_unit_test(jobs_are_shown_and_walked),
		cmocka_unit_test(progress_moves_without_asking),
		cmocka_unit_test(progress_is_drawn_now_and_then),
		cmocka_unit_test(states_are_read_again_in_one_go),
		cmocka_unit_test(nothing_happens_while_nothing_happens),
		cmocka_unit_test(the_cursor_stays_on_its_row),
		cmocka_unit_test(what_failed_comes_first),
		cmocka_unit_test(what_is_dangerous_is_asked_about),
		cmocka_unit_test(a_no_does_nothing),
		cmocka_unit_test(what_does_not_work_says_why),
		cmocka_unit_test(many_are_planned_done_and_told),
		cmocka_unit_test(a_name_is_never_an_option),
		cmocka_unit_test(what_was_never_drawn_can_be_marked),
		cmocka_unit_test(all_that_match_go_by_filter),
		cmocka_unit_test(production_is_a_level_higher),
		cmocka_unit_test(read_only_changes_nothing),
		cmocka_unit_test(undo_does_the_opposite),
		cmocka_unit_test(a_lost_line_keeps_what_is_shown),
		cmocka_unit_test(rows_of_a_group_are_asked_for_by_field_and_rule),
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

/*
 * tests/unit/tui/view/pulse_test.c
 *	The overview: what is wrong comes first, and nothing is asked while nothing happens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tui/view/stage.h"

static const char *const engines =
	"engine|name|slots|running|state\n1|w01:77|4|3|busy\n2|w02:78|4|0|idle\n3|w03:9|4|0|gone\n";
static const char *const stats =
	"queued|scheduled|waiting|paused|running|oldest_job|oldest_at|hour_ended|hour_failed"
	"|day_ended|day_failed\n"
	"1204|3|0|1|3|88090|2026-11-20T09:12:00Z|240|12|20000|30\n";
static const char *const failed =
	"job|state|pipeline|target|finished_at|error_code|error\n"
	"88121|failed|orders_daily|local:orders|2026-11-20T09:58:02Z|DATA|amount is no number\n"
	"88119|dead|-|local:customers|2026-11-20T09:40:00Z|UNREACHABLE|could not reach shop\n";
static const char *const alerts = "name|open|last\nops|2|orders_daily failed\nmail|0|-\n";
static const char *const ages =
	"name|age|due_at|last_state|last_job|paused\n"
	"orders_daily|36000|2026-11-20T09:00:00Z|failed|88121|no\n"
	"stock|7200|2026-11-20T09:30:00Z|running|88122|no\n"
	"customers|240|-|succeeded|88100|no\n"
	"archive|-|-|-|-|yes\n";

static void answer_minutes(struct stage *s)
{
	char rows[4000] = "at|ended|failed|rows_written\n";

	for (int i = 0; i < 60; i++)
		snprintf(rows + strlen(rows), sizeof(rows) - strlen(rows),
			 "2026-11-20T09:%02d:00Z|%d|%d|0\n", i, i % 9, i > 50 ? 3 : 0);
	stage_answer(s, "queue minutes", rows);
}

static void answer_all(struct stage *s)
{
	stage_answer(s, "engine list", engines);
	stage_answer(s, "queue stats", stats);
	answer_minutes(s);
	stage_answer(s, "job list", failed);
	stage_answer(s, "alert list", alerts);
	stage_answer(s, "pipeline ages", ages);
}

static struct stage *open_pulse(int w, int h)
{
	struct app_options o = { .open = "pulse" };
	struct stage *s = stage_open(w, h, &o, false);

	stage_keys(s, "+");
	/* The line has come up meanwhile: it reads again. */
	stage_pass(s, 300);
	answer_all(s);
	stage_screen(s);
	return s;
}

static void what_is_wrong_stands_on_top(void **state)
{
	struct stage *s = open_pulse(80, 24);

	(void)state;
	assert_non_null(strstr(stage_line(s, 1), "Pulse"));
	assert_non_null(strstr(stage_line(s, 1), "as of 10:00:00"));
	assert_non_null(strstr(stage_line(s, 2), "wrong      2 pipelines are late, 12 jobs failed "
						 "in the last hour, 2 incidents"));
	stage_shows(s, "engines    2   busy 3 of 8");
	stage_shows(s, "queue      running 3   queued 1 204   later 3   paused 1");
	stage_shows(s, "job 88090 waits since 09:12:00, 48m00");
	stage_shows(s, "hour       ended 240   failed 12 (5.0%)");
	stage_shows(s, "09:58:02  88121  orders_daily  DATA amount is no number");
	stage_shows(s, "09:40:00  88119  local:customers  UNREACHABLE could not reach shop");
	stage_shows(s, "ops  2 open  orders_daily failed");
	stage_hides(s, "mail");
	stage_close(s);
}

static void ages_stand_below_or_beside(void **state)
{
	struct stage *s = open_pulse(80, 40);
	const char *late, *age;

	(void)state;
	stage_shows(s, "due since 09:00:00   job 88121 failed");
	late = strstr(stage_screen(s), "late       orders_daily");
	age = strstr(stage_screen(s), "data age   customers            4m00");
	assert_non_null(late);
	assert_non_null(age);
	assert_true(late < age);
	stage_shows(s, "archive              never   paused");
	stage_close(s);
	s = open_pulse(200, 60);
	assert_non_null(strstr(stage_line(s, 2), "late       orders_daily"));
	stage_close(s);
}

static void nothing_wrong_says_so(void **state)
{
	struct app_options o = { .open = "pulse" };
	struct stage *s = stage_open(80, 24, &o, false);

	(void)state;
	stage_shows(s, "loading");
	stage_answer(s, "engine list", "engine|slots|running|state\n");
	stage_answer(s, "queue stats", "queued|running|hour_ended|hour_failed\n0|0|5|0\n");
	stage_answer(s, "pipeline ages", "name|age|due_at|last_state|last_job|paused\n"
				     "customers|240|-|succeeded|88100|no\n");
	stage_shows(s, "well       nothing is late, nothing failed in the last hour");
	stage_close(s);
	s = stage_open(80, 24, &o, false);
	stage_answer(s, "engine list", "engine|slots|running|state\n3|4|0|gone\n");
	stage_answer(s, "queue stats", "queued|running|hour_ended|hour_failed\n7|0|5|0\n");
	stage_answer(s, "pipeline ages", "name|age\n");
	stage_shows(s, "jobs wait and no engine is there: start one with leat work");
	stage_close(s);
}

static void it_reads_again_when_something_happens(void **state)
{
	struct stage *s = open_pulse(80, 24);

	(void)state;
	assert_int_equal(stage_count(s, "queue stats"), 1);
	stage_pass(s, 3600000);
	assert_int_equal(stage_count(s, "queue stats"), 1);
	assert_int_equal(app_deadline(s->app), -1);
	/* A storm of news is one look every five seconds, and one at its end. */
	for (int i = 0; i < 1000; i++) {
		stage_state(s, 5, "succeeded");
		stage_pass(s, 10);
		if (stage_asked(s, "queue stats") != NULL)
			answer_all(s);
	}
	assert_in_range(stage_count(s, "queue stats"), 3, 4);
	stage_pass(s, 6000);
	assert_in_range(stage_count(s, "queue stats"), 3, 4);
	assert_int_equal(app_deadline(s->app), -1);
	stage_close(s);
}

static void lines_open_what_they_tell_of(void **state)
{
	struct stage *s = open_pulse(80, 24);

	(void)state;
	stage_keys(s, "down down enter");
	assert_string_equal(app_path(s->app), "jobs/88090");
	stage_close(s);
	s = open_pulse(80, 24);
	stage_keys(s, "end enter");
	assert_string_equal(app_path(s->app), "mappings/archive");
	stage_close(s);
	s = open_pulse(80, 24);
	stage_keys(s, "enter");
	assert_string_equal(app_path(s->app), "engines");
	stage_close(s);
}

static void what_cannot_be_read_is_told_beside_the_rest(void **state)
{
	struct stage *s = open_pulse(80, 24);

	(void)state;
	stage_keys(s, "r");
	stage_fail(s, "pipeline ages", ERR_TIMEOUT, "the server took too long");
	stage_shows(s, "not read   the server took too long");
	stage_shows(s, "queue      running 3");
	stage_close(s);
}

static void it_fits(void **state)
{
	struct stage *s = open_pulse(80, 24);

	(void)state;
	for (int w = 1; w < 220; w += 7)
		for (int h = 1; h < 60; h += 5) {
			app_size(s->app, w, h);
			s->w = w;
			s->h = h;
			stage_keys(s, "end home down");
		}
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_stands_on_top),
		cmocka_unit_test(ages_stand_below_or_beside),
		cmocka_unit_test(nothing_wrong_says_so),
		cmocka_unit_test(it_reads_again_when_something_happens),
		cmocka_unit_test(lines_open_what_they_tell_of),
		cmocka_unit_test(what_cannot_be_read_is_told_beside_the_rest),
		cmocka_unit_test(it_fits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

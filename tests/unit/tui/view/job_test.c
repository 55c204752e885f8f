/*
 * tests/unit/tui/view/job_test.c
 *	The page of a job, as somebody sees it who wants to know why it failed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tui/view/stage.h"

#define BODY "{\"source\":{\"connection\":\"files\",\"stream\":\"orders.csv\"}," \
	     "\"target\":{\"connection\":\"local\",\"stream\":\"sales.orders\"},\"mode\":\"upsert\"}"
#define ATTEMPTS                                                                                  \
	"[{\"run\":1,\"attempt\":1,\"outcome\":\"lost\",\"engine\":\"w01:77\","                   \
	"\"started_at\":\"2026-11-20T09:50:00Z\",\"finished_at\":\"2026-11-20T09:51:00Z\"},"      \
	"{\"run\":2,\"attempt\":2,\"outcome\":\"failed\",\"engine\":\"w02:78\","                  \
	"\"started_at\":\"2026-11-20T09:52:00Z\",\"finished_at\":\"2026-11-20T09:56:11Z\","       \
	"\"error_code\":\"DATA\",\"error\":\"amount is no number: 12,50\"}]"

static const char *const failed =
	"job|state|kind|pipeline|source|target|rows_read|rows_written|rows_unchanged|rows_filtered"
	"|rows_rejected|bytes|seconds|created_at|started_at|finished_at|attempt|error_code|error"
	"|hint|sqlstate|mode|engine|max_attempts|queue|priority|time_source|time_mapping"
	"|time_target|slowest|attempts|pipeline_body\n"
	"42|failed|run|orders_daily|files:orders.csv|local:sales.orders|1204000|0|0|2000"
	"|1180|52000000|251|2026-11-20T09:49:58Z|2026-11-20T09:52:00Z|2026-11-20T09:56:11Z|2|DATA"
	"|amount is no number: 12,50|Map it: amount = \"amount\" ~ replace(',', '.').|22P02|upsert"
	"|w02:78|5|default|100|30|20|200|target|" ATTEMPTS "|" BODY "\n";

static const char *const running =
	"job|state|pipeline|target|rows_read|rows_written|rows_unchanged|rows_filtered"
	"|rows_rejected|bytes|seconds|created_at|started_at|attempt|phase|max_attempts|total_bytes\n"
	"42|running|orders_daily|local:sales.orders|1000|900|0|0|0|1000000|5"
	"|2026-11-20T09:59:50Z|2026-11-20T09:59:55Z|1|loading|1|10000000\n";

static struct stage *open_job(int w, int h, const char *answer)
{
	struct app_options o = { .open = "jobs/42" };
	struct stage *s = stage_open(w, h, &o, false);

	stage_keys(s, "+");
	stage_answer(s, "job show 42", answer);
	return s;
}

static void a_failed_job_says_why_first(void **state)
{
	struct stage *s = open_job(80, 24, failed);

	(void)state;
	assert_non_null(strstr(stage_line(s, 1), "Job 42"));
	assert_non_null(strstr(stage_line(s, 4), "failed     DATA amount is no number: 12,50"));
	stage_shows(s, "SQLSTATE 22P02");
	stage_shows(s, "what to do Map it");
	stage_shows(s, "waiting for the target: source 12% (30s), mapping 8%");
	stage_close(s);
}

static void the_ledger_adds_up(void **state)
{
	struct stage *s = open_job(120, 40, failed);
	char balanced[2000], *at;

	(void)state;
	/* What a failed job had written is undone: the rest was not kept. */
	stage_shows(s, "read 1 204 000 = written 0 + filtered 2 000 + rejected 1 180 + "
		       "not kept 1 200 820");
	stage_close(s);
	snprintf(balanced, sizeof(balanced), "%s", running);
	memcpy(strstr(balanced, "42|running|"), "42|succeede", 11);
	at = strstr(balanced, "42|succeede");
	memmove(at + 3 + 9, at + 3 + 8, strlen(at + 3 + 8) + 1);
	memcpy(at + 3, "succeeded|", 10);
	s = open_job(120, 40, balanced);
	stage_shows(s, "does not balance by 100");
	stage_close(s);
}

static void a_running_job_shows_how_far_it_is(void **state)
{
	struct stage *s = open_job(120, 40, running);

	(void)state;
	stage_shows(s, " 10%");
	stage_shows(s, "ETA ?");
	stage_shows(s, "+ under way 100");
	/* Steady: one span. Then slow: a range. */
	for (int i = 1; i <= 40; i++) {
		stage_pass(s, 1000);
		stage_progress(s, 42, 1000 + i, 1000000 + i * 100000, 10000000);
	}
	stage_shows(s, " 50%");
	stage_shows(s, "ETA 50s");
	for (int i = 1; i <= 8; i++) {
		stage_pass(s, 1000);
		stage_progress(s, 42, 1040 + i, 5000000 + i * 10000, 10000000);
	}
	stage_shows(s, " to ");
	stage_close(s);
}

static void one_that_stands_still_says_for_how_long(void **state)
{
	struct stage *s = open_job(80, 24, running);

	(void)state;
	stage_progress(s, 42, 2000, 2000000, 10000000);
	assert_true(app_deadline(s->app) > s->now_us);
	stage_pass(s, 9000);
	stage_hides(s, "stall");
	stage_pass(s, 36000);
	assert_true(app_is_dirty(s->app));
	stage_shows(s, "stall 45s");
	assert_in_range(stage_count(s, "job show 42"), 3, 7);
	stage_hides(s, "rows/s");
	/* It goes on: no more of that. It ends: nothing ticks any more. */
	stage_progress(s, 42, 3000, 3000000, 10000000);
	stage_hides(s, "stall");
	stage_state(s, 42, "failed");
	stage_pass(s, 300);
	stage_answer(s, "job show 42", failed);
	stage_pass(s, 7000);
	assert_int_equal(app_deadline(s->app), -1);
	stage_close(s);
}

/* Its last progress came before somebody looked. */
static void one_that_stood_still_before_says_so_too(void **state)
{
	struct stage *s = stage_open(80, 24, NULL, false);

	(void)state;
	stage_progress(s, 42, 1000, 1000000, 10000000);
	stage_keys(s, ": 'jobs/42' enter");
	stage_answer(s, "job show 42", running);
	stage_pass(s, 15000);
	stage_shows(s, "stall 1");
	stage_close(s);
}

static void what_it_waits_for_is_told(void **state)
{
	struct stage *s = open_job(80, 24,
		"job|state|pipeline|target|created_at|run_after|held_back_by|waits_for|queue"
		"|priority\n"
		"42|waiting|stock|local:stock|2026-11-20T09:59:50Z|2026-11-20T10:12:00Z"
		"|queue mail is paused|[{\"job\":41,\"state\":\"running\",\"if_failed\":\"wait\"}]"
		"|mail|50\n");

	(void)state;
	stage_shows(s, "held back  queue mail is paused");
	stage_shows(s, "waits for  job 41   running   if it fails: wait");
	stage_shows(s, "not before 10:12:00, in 12m00");
	stage_hides(s, "read 0");
	stage_close(s);
}

static void one_over_its_budget_says_so(void **state)
{
	struct stage *s = open_job(120, 40,
		"job|state|pipeline|target|created_at|over_rejects|queue|priority\n"
		"42|succeeded|stock|local:stock|2026-11-20T09:59:50Z"
		"|12 of 100 rows were rejected, and at most 5 may be|mail|50\n");

	(void)state;
	stage_shows(s, "budget     12 of 100 rows were rejected, and at most 5 may be");
	stage_hides(s, "failed ");
	stage_close(s);
}

static void tabs_hold_the_rest(void **state)
{
	struct stage *s = open_job(80, 24, failed);

	(void)state;
	stage_keys(s, "]");
	stage_shows(s, "[Attempts]");
	stage_shows(s, "run 2");
	stage_shows(s, "attempt 1   09:50:00   took 1m00   w01:77");
	assert_null(stage_asked(s, "reject groups"));
	stage_keys(s, "]");
	stage_shows(s, "loading");
	stage_answer(s, "reject groups 42", "rows|field|rule|reason|sample\n"
		     "1180|amount|type|is no number|12,50\n5|customer|required|is empty|-\n");
	stage_shows(s, "1 180      amount  is no number  \"12,50\"");
	stage_keys(s, "] ]");
	stage_shows(s, "connection: files");
	stage_keys(s, "] ] [ [");
	stage_shows(s, "[Body]");
	stage_close(s);
}

static void the_log_tab_reads_what_is_new(void **state)
{
	struct stage *s = open_job(80, 24, failed);
	struct news n = { .kind = NEWS_LOG, .job = 42, .log_id = 12 };
	int asked;

	(void)state;
	stage_pass(s, 300);
	asked = stage_count(s, "job show 42");
	app_news(s->app, &n, s->now_us);
	assert_int_equal(stage_count(s, "log list --job 42"), 0);
	stage_keys(s, "] ] ]");
	stage_answer(s, "log list --job 42", "id|job|at|level|line\n"
		     "10|42|2026-11-20T09:50:00Z|info|began\n"
		     "11|42|2026-11-20T09:50:01Z|error|it hurts\n");
	stage_shows(s, "09:50:01 it hurts");
	for (int i = 0; i < 50; i++)
		app_news(s->app, &n, s->now_us);
	stage_pass(s, 1000);
	assert_int_equal(stage_count(s, "log list --job 42 --limit 1000 --after 11"), 1);
	assert_int_equal(stage_count(s, "job show 42"), asked);
	stage_close(s);
}

static void a_running_job_is_read_again_now_and_then(void **state)
{
	struct stage *s = open_job(80, 24, running);
	int asked;

	(void)state;
	stage_pass(s, 300);
	asked = stage_count(s, "job show 42");
	for (int i = 1; i <= 300; i++) {
		stage_pass(s, 100);
		stage_progress(s, 42, 1000 + i, 1000000 + i, 10000000);
	}
	assert_in_range(stage_count(s, "job show 42") - asked, 2, 3);
	stage_answer(s, "job show 42",
		     "job|state|target|started_at|slowest|time_source|time_mapping|time_target\n"
		     "42|running|local:orders|2026-11-20T09:59:55Z|source|8|1|1\n");
	stage_shows(s, "waiting for the source: source 80%");
	stage_pass(s, 5000);
	assert_in_range(stage_count(s, "job show 42") - asked, 2, 3);
	stage_close(s);
}

/* After a lost line both the job and its log are old. */
static void a_line_that_is_back_reads_both(void **state)
{
	struct stage *s = open_job(80, 24, failed);

	(void)state;
	stage_keys(s, "] ] ]");
	stage_answer(s, "log list --job 42", "id|job|at|level|line\n"
		     "10|42|2026-11-20T09:50:00Z|info|began\n");
	stage_pass(s, 300);
	if (stage_asked(s, "log list") != NULL)
		stage_answer(s, "log list", "id|job|at|level|line\n");
	stage_down(s, "gone");
	stage_up(s);
	stage_pass(s, 1000);
	assert_non_null(stage_asked(s, "job show 42"));
	assert_non_null(stage_asked(s, "log list --job 42 --limit 1000 --after 10"));
	stage_close(s);
}

static void keys_lead_on(void **state)
{
	struct stage *s = open_job(80, 24, failed);

	(void)state;
	stage_keys(s, "enter");
	assert_string_equal(app_path(s->app), "jobs/42/log");
	assert_non_null(strstr(stage_line(s, 1), "Log 42"));
	stage_keys(s, "esc x");
	assert_string_equal(app_path(s->app), "jobs/42/rejects");
	stage_keys(s, "esc R");
	assert_int_equal(stage_count(s, "job retry 42"), 0);
	stage_answer(s, "job show 42", failed);
	stage_keys(s, "R");
	assert_int_equal(stage_count(s, "job retry 42"), 1);
	stage_close(s);
}

static void what_cannot_be_read_says_why(void **state)
{
	struct app_options o = { .open = "jobs/42" };
	struct stage *s = stage_open(80, 24, &o, false);

	(void)state;
	stage_fail(s, "job show 42", ERR_NOT_FOUND, "there is no job 42");
	stage_shows(s, "there is no job 42");
	stage_keys(s, "r");
	stage_answer(s, "job show 42", failed);
	stage_hides(s, "there is no job 42");
	stage_close(s);
}

/* A long page goes up and down, and never beyond its ends, at any size. */
static void it_scrolls_and_fits(void **state)
{
	struct stage *s = open_job(40, 8, failed);

	(void)state;
	stage_keys(s, "down down down");
	stage_hides(s, "DATA amount");
	stage_keys(s, "end");
	stage_shows(s, "default   priority 100");
	stage_keys(s, "home");
	stage_shows(s, "DATA amount");
	for (int w = 1; w < 90; w += 4)
		for (int h = 1; h < 30; h += 3) {
			app_size(s->app, w, h);
			s->w = w;
			s->h = h;
			stage_keys(s, "end ]");
		}
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failed_job_says_why_first),
		cmocka_unit_test(the_ledger_adds_up),
		cmocka_unit_test(a_running_job_shows_how_far_it_is),
		cmocka_unit_test(one_that_stands_still_says_for_how_long),
		cmocka_unit_test(one_that_stood_still_before_says_so_too),
		cmocka_unit_test(what_it_waits_for_is_told),
		cmocka_unit_test(one_over_its_budget_says_so),
		cmocka_unit_test(tabs_hold_the_rest),
		cmocka_unit_test(the_log_tab_reads_what_is_new),
		cmocka_unit_test(a_running_job_is_read_again_now_and_then),
		cmocka_unit_test(a_line_that_is_back_reads_both),
		cmocka_unit_test(keys_lead_on),
		cmocka_unit_test(what_cannot_be_read_says_why),
		cmocka_unit_test(it_scrolls_and_fits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

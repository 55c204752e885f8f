/*
 * tests/unit/tui/view/logs_test.c
 *	Logs as they come: nothing twice, nothing missed, and still when one reads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tui/view/stage.h"

#define HEAD "id|job|at|level|line\n"

static struct stage *open_logs(const char *path)
{
	struct app_options o = { .open = path };
	struct stage *s = stage_open(80, 12, &o, false);

	stage_keys(s, "+");
	stage_pass(s, 300);
	return s;
}

/* Lines `from` .. `to` of job 7, a second apart; every tenth is an error. */
static const char *page(int from, int to)
{
	static char rows[200000];
	size_t n = (size_t)snprintf(rows, sizeof(rows), HEAD);

	for (int i = from; i <= to; i++)
		n += (size_t)snprintf(rows + n, sizeof(rows) - n,
				      "%d|7|2026-11-20T09:%02d:%02dZ|%s|line %d\n", i, i / 60 % 60,
				      i % 60, i % 10 == 0 ? "error" : "info", i);
	return rows;
}

static void tell(struct stage *s, int64_t job, int64_t id)
{
	struct news n = { .kind = NEWS_LOG, .job = job, .log_id = id };

	app_news(s->app, &n, s->now_us);
}

static void new_lines_come_behind_the_last(void **state)
{
	struct stage *s = open_logs("logs");

	(void)state;
	stage_shows(s, "loading");
	stage_answer(s, "log list --limit 1000", page(1, 20));
	stage_shows(s, "09:00:20 7 line 20");
	stage_shows(s, "follows");
	/* However many notices come, it is one question by the last number. */
	for (int i = 21; i <= 500; i++)
		tell(s, 7, i);
	stage_pass(s, 1000);
	assert_int_equal(stage_count(s, "log list"), 2);
	stage_answer(s, "log list --limit 1000 --after 20", page(21, 500));
	stage_shows(s, "line 500");
	stage_pass(s, 60000);
	assert_int_equal(stage_count(s, "log list"), 2);
	tell(s, 7, 500);
	stage_pass(s, 1000);
	assert_int_equal(stage_count(s, "log list"), 2);
	stage_close(s);
}

static void looking_back_stands_still(void **state)
{
	struct stage *s = open_logs("logs");

	(void)state;
	stage_answer(s, "log list", page(1, 20));
	stage_shows(s, "line 20");
	stage_keys(s, "up");
	stage_shows(s, "stands still");
	tell(s, 7, 900);
	stage_pass(s, 1000);
	stage_answer(s, "log list --limit 1000 --after 20", page(21, 900));
	stage_hides(s, "line 900");
	stage_shows(s, "+880 new");
	stage_shows(s, "line 19");
	stage_keys(s, "F");
	stage_shows(s, "line 900");
	stage_hides(s, "new");
	stage_close(s);
}

static void older_lines_are_read_when_one_goes_there(void **state)
{
	struct stage *s = open_logs("logs");

	(void)state;
	stage_answer(s, "log list", page(2001, 3000));
	stage_shows(s, "line 3000");
	assert_null(stage_asked(s, "log list --limit 1000 --before"));
	stage_keys(s, "home up up");
	assert_int_equal(stage_count(s, "log list --limit 1000 --before"), 1);
	stage_answer(s, "log list --limit 1000 --before 2001", page(1001, 2000));
	stage_shows(s, "line 2001");
	stage_keys(s, "up");
	stage_shows(s, "line 2000");
	/* A page that is not full was the first one. */
	stage_keys(s, "home up");
	stage_answer(s, "log list --limit 1000 --before 1001", page(990, 1000));
	stage_keys(s, "home up up");
	stage_shows(s, "line 990");
	assert_null(stage_asked(s, "log list --limit 1000 --before"));
	stage_close(s);
}

static void who_falls_behind_goes_on_at_the_end(void **state)
{
	struct stage *s = open_logs("logs");
	int last = 20;

	(void)state;
	stage_answer(s, "log list", page(1, last));
	tell(s, 7, 1000000);
	stage_pass(s, 1000);
	for (int i = 0; i < 3; i++, last += 1000) {
		char words[60];

		snprintf(words, sizeof(words), "log list --limit 1000 --after %d", last);
		stage_answer(s, words, page(last + 1, last + 1000));
	}
	assert_null(stage_asked(s, "log list --limit 1000 --after"));
	stage_answer(s, "log list --limit 1000", page(999001, 1000000));
	stage_shows(s, "line 1000000");
	stage_close(s);
}

static void a_late_line_of_another_job_is_not_missed(void **state)
{
	struct stage *s = open_logs("logs");

	(void)state;
	stage_answer(s, "log list", HEAD "5|7|2026-11-20T09:00:00Z|info|seven\n"
		     "9|8|2026-11-20T09:00:01Z|info|eight\n");
	stage_shows(s, "8 eight");
	/* Line 7 of job 7 was written before line 9, and is seen behind it. */
	tell(s, 7, 7);
	stage_pass(s, 1000);
	assert_int_equal(stage_count(s, "log list --limit 1000 --after"), 0);
	stage_answer(s, "log list --limit 1000", HEAD "5|7|2026-11-20T09:00:00Z|info|seven\n"
		     "7|7|2026-11-20T09:00:00Z|info|late\n9|8|2026-11-20T09:00:01Z|info|eight\n");
	stage_shows(s, "7 late");
	tell(s, 7, 7);
	stage_pass(s, 1000);
	assert_null(stage_asked(s, "log list"));
	stage_close(s);
}

static void filters_stack_and_turn(void **state)
{
	struct stage *s = open_logs("logs");

	(void)state;
	stage_answer(s, "log list", page(1, 300));
	stage_keys(s, "& '99' enter");
	stage_shows(s, "line 299");
	stage_hides(s, "line 300");
	stage_shows(s, "&1 99");
	stage_keys(s, "& 'line 1' enter");
	stage_shows(s, "line 199");
	stage_hides(s, "line 299");
	stage_keys(s, "t");
	stage_shows(s, "line 299");
	stage_shows(s, "&2 line 1 (off)");
	stage_keys(s, "alt-1");
	stage_shows(s, "line 300");
	stage_keys(s, "U U U");
	stage_hides(s, "&1");
	stage_close(s);
}

static void errors_and_words_are_found(void **state)
{
	struct stage *s = open_logs("logs");

	(void)state;
	stage_answer(s, "log list", page(1, 300));
	stage_keys(s, "home e");
	stage_shows(s, "line 10");
	stage_keys(s, "e E");
	stage_shows(s, "line 10");
	stage_keys(s, "/ 'LINE 123' enter");
	stage_shows(s, "line 123");
	stage_keys(s, "/ 'nowhere' enter");
	stage_shows(s, "nowhere is not in the lines that are here");
	stage_close(s);
}

static void a_moment_is_gone_to(void **state)
{
	struct stage *s = open_logs("logs");

	(void)state;
	stage_answer(s, "log list", page(1, 20));
	stage_keys(s, "T '9:58' enter");
	stage_answer(s, "log list --limit 1000 --since 121s", page(3480, 3500));
	stage_shows(s, "09:58:00 7 line 3480");
	stage_keys(s, "T '10m' enter");
	assert_non_null(stage_asked(s, "log list --limit 1000 --since 600s"));
	stage_keys(s, "T 'noon' enter");
	stage_shows(s, "noon is no time");
	stage_close(s);
}

static void lines_above_can_be_cleared(void **state)
{
	struct stage *s = open_logs("logs");

	(void)state;
	stage_answer(s, "log list", page(1, 20));
	stage_keys(s, "|");
	stage_hides(s, "line 20");
	tell(s, 7, 21);
	stage_pass(s, 1000);
	stage_answer(s, "log list --limit 1000 --after 20", page(21, 21));
	stage_shows(s, "line 21");
	stage_keys(s, "home up");
	assert_null(stage_asked(s, "log list --limit 1000 --before"));
	stage_close(s);
}

static void a_line_opens_its_job(void **state)
{
	struct stage *s = open_logs("logs");

	(void)state;
	stage_answer(s, "log list", page(1, 3));
	stage_screen(s);
	stage_keys(s, "enter");
	assert_string_equal(app_path(s->app), "jobs/7");
	stage_close(s);
}

static void of_one_job_only_that_is_read(void **state)
{
	struct stage *s = open_logs("jobs/42/log");

	(void)state;
	stage_answer(s, "log list --job 42 --limit 1000",
		     HEAD "5|42|2026-11-20T09:00:00Z|warning|a \033[31mred\033[0m word\n");
	assert_non_null(strstr(stage_line(s, 1), "Log 42"));
	stage_shows(s, "09:00:00 a red word");
	tell(s, 7, 900);
	stage_pass(s, 1000);
	assert_null(stage_asked(s, "log list"));
	tell(s, 42, 900);
	stage_pass(s, 1000);
	assert_non_null(stage_asked(s, "log list --job 42 --limit 1000 --after 5"));
	stage_close(s);
}

static void after_a_lost_line_it_goes_on_where_it_was(void **state)
{
	struct stage *s = open_logs("logs");

	(void)state;
	stage_answer(s, "log list", page(1, 20));
	stage_down(s, "the server is gone");
	stage_shows(s, "line 20");
	tell(s, 7, 30);
	stage_pass(s, 5000);
	assert_null(stage_asked(s, "log list"));
	stage_up(s);
	stage_pass(s, 1000);
	stage_answer(s, "log list --limit 1000 --after 20", page(21, 30));
	stage_shows(s, "line 30");
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_lines_come_behind_the_last),
		cmocka_unit_test(looking_back_stands_still),
		cmocka_unit_test(older_lines_are_read_when_one_goes_there),
		cmocka_unit_test(who_falls_behind_goes_on_at_the_end),
		cmocka_unit_test(a_late_line_of_another_job_is_not_missed),
		cmocka_unit_test(filters_stack_and_turn),
		cmocka_unit_test(errors_and_words_are_found),
		cmocka_unit_test(a_moment_is_gone_to),
		cmocka_unit_test(lines_above_can_be_cleared),
		cmocka_unit_test(a_line_opens_its_job),
		cmocka_unit_test(of_one_job_only_that_is_read),
		cmocka_unit_test(after_a_lost_line_it_goes_on_where_it_was),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

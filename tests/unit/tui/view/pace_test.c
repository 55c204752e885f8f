/*
 * tests/unit/tui/view/pace_test.c
 *	Time left as one span, as a range, and not at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/view/pace.h"

#define S 1000000LL
#define MB 1000000LL

/* Feeds a second at a time from `from` to `to`, with that many bytes a second. */
static void run(struct pace *p, int from, int to, int64_t per_s)
{
	for (int i = from; i <= to; i++)
		pace_feed(p, 7, i * S, p->rows + per_s / 100, p->bytes + per_s);
}

static void a_steady_job_has_one_time_left(void **state)
{
	struct pace p = { 0 };
	int64_t from, to;

	(void)state;
	assert_false(pace_left(&p, 100, 0, &from, &to));
	run(&p, 1, 2, MB);
	assert_false(pace_left(&p, 100 * MB, 2 * S, &from, &to));
	run(&p, 3, 40, MB);
	assert_true(pace_left(&p, 100 * MB, 40 * S, &from, &to));
	assert_in_range(from, 59 * S, 61 * S);
	assert_int_equal(from, to);
	assert_in_range((int)p.rows_fast, 9990, 10010);
}

static void one_that_slows_down_has_a_range(void **state)
{
	struct pace p = { 0 };
	int64_t from, to;

	(void)state;
	run(&p, 1, 60, MB);
	run(&p, 61, 75, MB / 10);
	assert_true(pace_left(&p, 120 * MB, 75 * S, &from, &to));
	assert_true(to > from + from / 4);
	assert_true(from > 58 * S && to < 600 * S);
}

static void what_cannot_be_told_is_not_told(void **state)
{
	struct pace p = { 0 };
	int64_t from, to;

	(void)state;
	run(&p, 1, 20, MB);
	assert_false(pace_left(&p, -1, 20 * S, &from, &to));
	assert_false(pace_left(&p, 1, 20 * S, &from, &to));
	assert_int_equal(pace_stall_us(&p, 29 * S), 0);
	assert_true(pace_left(&p, 100 * MB, 29 * S, &from, &to));
	assert_int_equal(pace_stall_us(&p, 65 * S), 45 * S);
	assert_false(pace_left(&p, 100 * MB, 65 * S, &from, &to));
	/* News that tells nothing new does not end a stall; a row does. */
	run(&p, 66, 66, 0);
	assert_int_equal(pace_stall_us(&p, 66 * S), 46 * S);
	pace_feed(&p, 7, 67 * S, p.rows + 1, p.bytes);
	assert_int_equal(pace_stall_us(&p, 67 * S), 0);
}

static void another_attempt_and_another_job_begin_anew(void **state)
{
	struct pace p = { 0 };
	int64_t from, to;

	(void)state;
	run(&p, 1, 20, MB);
	pace_feed(&p, 7, 21 * S, 0, 0);
	assert_false(pace_left(&p, 100 * MB, 21 * S, &from, &to));
	assert_int_equal(p.first_us, 21 * S);
	run(&p, 22, 30, MB);
	pace_feed(&p, 8, 31 * S, 1000000, 100 * MB);
	assert_int_equal(p.first_us, 31 * S);
	assert_int_equal(p.job, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_steady_job_has_one_time_left),
		cmocka_unit_test(one_that_slows_down_has_a_range),
		cmocka_unit_test(what_cannot_be_told_is_not_told),
		cmocka_unit_test(another_attempt_and_another_job_begin_anew),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

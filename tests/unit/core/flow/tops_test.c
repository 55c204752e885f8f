/*
 * tests/unit/core/flow/tops_test.c
 *	Frequent values: exact while there is room, bounded above.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/tops.h"

static uint64_t mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static void count_rows(void *ctx, uint32_t slot, const struct top *top)
{
	(void)slot;
	*(int64_t *)ctx += top->seen;
}

static void add(struct tops *t, uint64_t value)
{
	if (tops_hit(t, mix(value)) < 0)
		tops_take(t, mix(value));
}

static int64_t count_of(const struct tops *t, uint64_t value)
{
	for (uint32_t i = 0; i < t->max; i++)
		if (t->top[i].count > 0 && t->top[i].hash == mix(value))
			return t->top[i].count;
	return 0;
}

static void few_values_are_counted_exactly(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	uint32_t best[3];
	int64_t rows = 0;
	struct tops t;

	(void)state;
	tops_init(mem, &t, 16, count_rows, &rows);
	for (uint64_t i = 0; i < 16; i++)
		for (uint64_t k = 0; k <= i; k++)
			add(&t, i);
	assert_int_equal(t.floor, 0);
	assert_int_equal(t.used, 16);
	assert_int_equal(tops_best(&t, 3, best), 3);
	assert_int_equal(t.top[best[0]].count, 16);
	assert_int_equal(t.top[best[1]].count, 15);
	assert_int_equal(t.top[best[2]].count, 14);
	assert_int_equal(tops_best(&t, 0, best), 0);
	tops_flush(&t);
	assert_int_equal(rows, 136);
	tops_flush(&t);
	assert_int_equal(rows, 136);
	arena_free(mem);
}

/* One in three rows is of one value, one in nine of another, all others differ. */
static void frequent_ones_stay_and_none_is_counted_too_high(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	const int64_t n = 90000;
	uint32_t best[2];
	int64_t rows = 0;
	struct tops t;

	(void)state;
	tops_init(mem, &t, 64, count_rows, &rows);
	for (int64_t i = 0; i < n; i++)
		add(&t, i % 3 == 0 ? 1 : i % 9 == 1 ? 2 : (uint64_t)i + 100);
	assert_true(t.floor > 0 && t.floor < n / 16);
	assert_in_range(count_of(&t, 1), n / 3 - t.floor, n / 3);
	assert_in_range(count_of(&t, 2), n / 9 - t.floor, n / 9);
	assert_int_equal(tops_best(&t, 2, best), 2);
	assert_true(t.top[best[0]].hash == mix(1));
	assert_true(t.top[best[1]].hash == mix(2));
	/* Each row was told of once, whenever its value left. */
	tops_flush(&t);
	assert_int_equal(rows, n);
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_values_are_counted_exactly),
		cmocka_unit_test(frequent_ones_stay_and_none_is_counted_too_high),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

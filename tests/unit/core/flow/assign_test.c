/*
 * tests/unit/core/flow/assign_test.c
 *	The best assignment against all that there are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/assign.h"

#define SIDE_MAX 6
#define ROUNDS   500

static uint64_t seed = 88172645463325252u;

static uint32_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32);
}

/* The greatest sum over every way to pair rows from r on. */
static int64_t try_all(int nrows, int ncols, const int32_t *gain, int r, unsigned used)
{
	int64_t best;

	if (r == nrows)
		return 0;
	best = try_all(nrows, ncols, gain, r + 1, used);
	for (int c = 0; c < ncols; c++) {
		int64_t one;

		if ((used >> c & 1) || gain[r * ncols + c] <= 0)
			continue;
		one = gain[r * ncols + c] + try_all(nrows, ncols, gain, r + 1, used | 1u << c);
		best = one > best ? one : best;
	}
	return best;
}

static void no_other_assignment_is_better(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct arena *mem = arena_new(NULL, "test");
		int nrows = (int)(next_random() % (SIDE_MAX + 1));
		int ncols = (int)(next_random() % (SIDE_MAX + 1));
		int32_t gain[SIDE_MAX * SIDE_MAX + 1];
		int column[SIDE_MAX + 1];
		unsigned used = 0;
		int64_t sum = 0;

		for (int i = 0; i < nrows * ncols; i++)
			gain[i] = (int32_t)(next_random() % 12) - 4;
		assign_best(mem, nrows, ncols, gain, column);
		for (int r = 0; r < nrows; r++) {
			if (column[r] < 0)
				continue;
			assert_in_range(column[r], 0, ncols - 1);
			assert_false(used >> column[r] & 1);
			used |= 1u << column[r];
			assert_true(gain[r * ncols + column[r]] > 0);
			sum += gain[r * ncols + column[r]];
		}
		assert_true(sum == try_all(nrows, ncols, gain, 0, 0));
		arena_free(mem);
	}
}

static void a_greedy_choice_gives_way(void **state)
{
	static const int32_t gain[] = { 90, 80, 85, 10 };
	struct arena *mem = arena_new(NULL, "test");
	int column[2];

	(void)state;
	assign_best(mem, 2, 2, gain, column);
	assert_int_equal(column[0], 1);
	assert_int_equal(column[1], 0);
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_other_assignment_is_better),
		cmocka_unit_test(a_greedy_choice_gives_way),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

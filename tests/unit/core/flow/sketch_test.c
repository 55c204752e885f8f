/*
 * tests/unit/core/flow/sketch_test.c
 *	Estimates within their error, and samples with exact counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/sketch.h"

/* splitmix64: hashes that look independent. */
static uint64_t mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static void estimates_keep_their_error(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	int64_t n = 0;

	(void)state;
	for (int bits = 8; bits <= 14; bits += 6) {
		struct hll h;

		hll_init(mem, &h, bits);
		assert_int_equal(hll_count(&h), 0);
		n = 0;
		for (int64_t upto = 1; upto <= 1000000; upto *= 10) {
			int64_t apart;

			for (; n < upto; n++) {
				hll_add(&h, mix((uint64_t)n));
				hll_add(&h, mix((uint64_t)n / 2));
			}
			apart = hll_count(&h) - upto;
			/* The hashes are always the same, so this is no matter of luck. */
			assert_true((double)(apart < 0 ? -apart : apart) <=
				    3 * hll_error(&h) * (double)upto);
		}
	}
	arena_free(mem);
}

static void extreme_hashes_have_a_rank(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct hll h;

	(void)state;
	hll_init(mem, &h, 4);
	hll_add(&h, 0);
	assert_int_equal(h.reg[0], 61);
	hll_add(&h, UINT64_MAX);
	assert_int_equal(h.reg[15], 1);
	arena_free(mem);
}

static void a_sieve_is_exact_while_it_holds_all(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct sieve s;

	(void)state;
	sieve_init(mem, &s, 64);
	for (uint64_t i = 0; i < 64; i++)
		sieve_add(&s, mix(i), 1);
	assert_true(sieve_has_all(&s));
	assert_int_equal(s.used, 64);
	assert_int_equal(sieve_repeated(&s), 0);
	sieve_add(&s, mix(7), 2);
	assert_int_equal(s.used, 64);
	assert_int_equal(sieve_repeated(&s), 1);
	sieve_add(&s, mix(64), 1);
	assert_false(sieve_has_all(&s));
	arena_free(mem);
}

static void what_is_left_in_a_sieve_was_always_counted(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct sieve s;

	(void)state;
	sieve_init(mem, &s, 64);
	for (int round = 0; round < 3; round++)
		for (uint64_t i = 0; i < 100000; i++)
			sieve_add(&s, mix(i), 1);
	assert_in_range(s.used, 16, 64);
	for (uint32_t i = 0; i < s.slots; i++) {
		assert_true(s.entry[i].rows == 0 || s.entry[i].rows == 3);
		assert_true(s.entry[i].rows == 0 || s.entry[i].hash < s.bar);
	}
	assert_int_equal(sieve_repeated(&s), s.used);
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(estimates_keep_their_error),
		cmocka_unit_test(extreme_hashes_have_a_rank),
		cmocka_unit_test(a_sieve_is_exact_while_it_holds_all),
		cmocka_unit_test(what_is_left_in_a_sieve_was_always_counted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

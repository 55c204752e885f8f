/*
 * tests/unit/core/flow/hashset_test.c
 *	Values seen before: equal ones meet, others do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/flow/hashset.h"

static struct hash128 of_text(const char *s, size_t n)
{
	struct slice v = { s, n };
	struct column c = { .type = TYPE_TEXT };

	c.v.text = &v;
	return hash_cell(&c, 0);
}

static void two_hundred_thousand_texts_stay_apart(void **state)
{
	struct hashset *s = hashset_new();

	(void)state;
	for (int64_t i = 0; i < 200000; i++) {
		char text[48];
		int n = snprintf(text, sizeof(text), "some customer with number %lld",
				 (long long)i);

		assert_int_equal(hashset_add(s, of_text(text, (size_t)n), i), -1);
	}
	assert_int_equal(hashset_count(s), 200000);
	assert_int_equal(hashset_find(s, of_text("some customer with number 77", 28)), 77);
	assert_int_equal(hashset_add(s, of_text("some customer with number 77", 28), 5), 77);
	assert_int_equal(hashset_find(s, of_text("some customer with number 7", 27)), 7);
	assert_int_equal(hashset_find(s, of_text("nobody", 6)), -1);
	assert_int_equal(hashset_find(s, of_text("", 0)), -1);
	hashset_free(s);
	hashset_free(NULL);
}

static void equal_values_have_equal_hashes(void **state)
{
	struct decimal d[] = { { 150, 2 }, { 15, 1 }, { 15, 0 }, { 0, 3 }, { 0, 0 } };
	double f[] = { 0.0, -0.0, 1.0 };
	struct column c = { .type = TYPE_DECIMAL };
	struct hash128 a, b;

	(void)state;
	c.v.dec = d;
	a = hash_cell(&c, 0);
	b = hash_cell(&c, 1);
	assert_true(a.a == b.a && a.b == b.b);
	b = hash_cell(&c, 2);
	assert_false(a.a == b.a && a.b == b.b);
	a = hash_cell(&c, 3);
	b = hash_cell(&c, 4);
	assert_true(a.a == b.a && a.b == b.b);
	c.type = TYPE_FLOAT;
	c.v.f64 = f;
	a = hash_cell(&c, 0);
	b = hash_cell(&c, 1);
	assert_true(a.a == b.a && a.b == b.b);
	assert_false(of_text("ab", 2).a == of_text("ab\0", 3).a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_hundred_thousand_texts_stay_apart),
		cmocka_unit_test(equal_values_have_equal_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

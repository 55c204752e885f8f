/*
 * tests/unit/core/meta/job_over_test.c
 *	What a row says about a budget that was exceeded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/meta/job_over.h"
#include "core/meta/job_spent.h"

static void it_stands_beside_the_time(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct job_over held = { "2 of 3 rows \"x\"", true }, back;
	struct job_spent spent = { .source_us = 12, .target_us = 3400 };
	const char *json = job_over_json(mem, job_spent_json(mem, &spent), &held);

	(void)state;
	assert_string_equal(json, "{\"spent_us\":{\"source\":12,\"mapping\":0,\"target\":3400},"
			    "\"over_rejects\":\"2 of 3 rows \\\"x\\\"\",\"held\":true}");
	back = job_over_read(mem, json);
	assert_string_equal(back.why, held.why);
	assert_true(back.is_held);
	spent = job_spent_read(mem, json);
	assert_int_equal(spent.target_us, 3400);
	arena_free(mem);
}

static void a_warning_holds_nothing(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct job_over warned = { "2 of 3", false }, back;
	const char *json = job_over_json(mem, NULL, &warned);

	(void)state;
	assert_string_equal(json, "{\"over_rejects\":\"2 of 3\"}");
	back = job_over_read(mem, json);
	assert_string_equal(back.why, "2 of 3");
	assert_false(back.is_held);
	arena_free(mem);
}

static void within_the_budget_nothing_is_kept(void **state)
{
	static const char *const text[] = {
		"", "{", "[1]", "{\"spent_us\":{\"source\":1}}", "{\"over_rejects\":7,\"held\":true}",
		"{\"over_rejects\":\"2 of 3\",\"held\":1}",
	};
	struct arena *mem = arena_new(NULL, "test");
	struct job_over none = { 0 };

	(void)state;
	assert_null(job_over_json(mem, NULL, &none));
	assert_string_equal(job_over_json(mem, "{\"a\":1}", &none), "{\"a\":1}");
	assert_null(job_over_read(mem, NULL).why);
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		struct job_over o = job_over_read(mem, text[i]);

		assert_null(o.why);
		assert_false(o.is_held);
	}
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_stands_beside_the_time),
		cmocka_unit_test(a_warning_holds_nothing),
		cmocka_unit_test(within_the_budget_nothing_is_kept),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

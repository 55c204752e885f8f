/*
 * tests/unit/core/meta/job_spent_test.c
 *	What a row says about the time of a load.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/meta/job_spent.h"

static void what_is_written_is_read(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct job_spent in = { .source_us = 12, .target_us = 3400 }, out;
	const char *json = job_spent_json(mem, &in);

	(void)state;
	assert_string_equal(json, "{\"spent_us\":{\"source\":12,\"mapping\":0,\"target\":3400}}");
	out = job_spent_read(mem, json);
	assert_memory_equal(&in, &out, sizeof(in));
	in.blocked_by = "process 7 (\"x\\, user y): the lock on t";
	in.blocked_hint = "Wait.";
	out = job_spent_read(mem, job_spent_json(mem, &in));
	assert_string_equal(out.blocked_by, in.blocked_by);
	assert_string_equal(out.blocked_hint, "Wait.");
	assert_int_equal(out.target_us, 3400);
	assert_string_equal(job_spent_most(&out), "lock");
	assert_null(job_spent_json(mem, &(struct job_spent){ 0 }));
	arena_free(mem);
}

static void what_is_none_is_nothing_known(void **state)
{
	static const char *const text[] = {
		"", "{", "[1]", "{\"spent_us\":3}", "{\"status\":200}",
		"{\"spent_us\":{\"source\":5,\"target\":\"x\"}}", "{\"blocked\":{\"by\":3}}",
	};
	struct arena *mem = arena_new(NULL, "test");

	(void)state;
	assert_null(job_spent_most(&(struct job_spent){ 0 }));
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		struct job_spent s = job_spent_read(mem, text[i]);

		assert_null(job_spent_most(&s));
	}
	assert_int_equal(job_spent_read(mem, NULL).source_us, 0);
	arena_free(mem);
}

static const char *most(int64_t source, int64_t mapping, int64_t target)
{
	return job_spent_most(&(struct job_spent){ .source_us = source, .mapping_us = mapping,
						   .target_us = target });
}

static void the_largest_part_is_told(void **state)
{
	(void)state;
	assert_string_equal(most(5, 5, 5), "source");
	assert_string_equal(most(1, 9, 5), "mapping");
	assert_string_equal(most(1, 4, 5), "target");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(what_is_none_is_nothing_known),
		cmocka_unit_test(the_largest_part_is_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

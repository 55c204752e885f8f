/*
 * tests/unit/core/base/terms_test.c
 *	Terms are read, refused by name, written back, and taken out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/terms.h"

static void terms_come_back(void **state)
{
	static const char text[] = "{\"queue\":\"night\",\"priority\":7,\"attempts\":3,"
		"\"time_limit\":\"1h30m\",\"unique\":\"k\",\"on_clash\":\"replace\"}";
	struct arena *mem = arena_new(NULL, "test");
	json_t *in = json_loads(text, 0, NULL), *back = json_object();
	struct err err = { 0 };
	struct terms t;
	char *dump;

	(void)state;
	assert_int_equal(terms_read(mem, in, &t, &err), ERR_OK);
	assert_int_equal(t.time_limit_ms, 5400000);
	assert_int_equal(t.on_clash, TERMS_CLASH_REPLACE);
	terms_put(back, &t);
	dump = json_dumps(back, JSON_COMPACT);
	assert_string_equal(dump, text);
	free(dump);
	json_object_set_new(in, "mode", json_string("append"));
	terms_remove(in);
	assert_int_equal(json_object_size(in), 1);
	assert_int_equal(terms_read(mem, in, &t, &err), ERR_OK);
	terms_remove(back);
	terms_put(back, &t);	/* nothing was said */
	assert_int_equal(json_object_size(back), 0);
	json_decref(back);
	json_decref(in);
	arena_free(mem);
}

static void wrong_ones_are_named(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "{\"priority\":0}", "priority must be a whole number from 1 to 100000" },
		{ "{\"priority\":\"high\"}", "priority" },
		{ "{\"attempts\":101}", "attempts must be a whole number from 1 to 100" },
		{ "{\"attempts\":1.5}", "attempts" },
		{ "{\"queue\":\"\"}", "queue must be a text of 1 to 63 characters" },
		{ "{\"queue\":7}", "queue" },
		{ "{\"time_limit\":\"0s\"}", "time_limit must be a span above 0" },
		{ "{\"time_limit\":-5}", "time_limit must be a span above 0" },
		{ "{\"time_limit\":9223372036854775807}", "time_limit must be a span above 0" },
		{ "{\"time_limit\":true}", "time_limit must be a span above 0" },
		{ "{\"unique\":\"\"}", "unique must be a text of 1 to 200 characters" },
		{ "{\"unique\":\"k\",\"on_clash\":\"stop\"}", "on_clash must be keep, refuse" },
		{ "{\"on_clash\":\"keep\"}", "on_clash goes with unique" },
	};
	struct arena *mem = arena_new(NULL, "test");

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *in = json_loads(bad[i].text, 0, NULL);
		struct err err = { 0 };
		struct terms t;

		assert_int_equal(terms_read(mem, in, &t, &err), ERR_CONFIG);
		if (strstr(err.frame[0].text, bad[i].why) == NULL)
			fail_msg("%s: %s", bad[i].text, err.frame[0].text);
		json_decref(in);
	}
	arena_free(mem);
}

static void a_plain_number_is_seconds(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	json_t *in = json_loads("{\"time_limit\": 90, \"queue\": null}", 0, NULL);
	struct err err = { 0 };
	struct terms t;

	(void)state;
	assert_int_equal(terms_read(mem, in, &t, &err), ERR_OK);
	assert_int_equal(t.time_limit_ms, 90000);
	assert_null(t.queue);
	json_decref(in);
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terms_come_back),
		cmocka_unit_test(wrong_ones_are_named),
		cmocka_unit_test(a_plain_number_is_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

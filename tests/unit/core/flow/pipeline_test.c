/*
 * tests/unit/core/flow/pipeline_test.c
 *	Pipelines from JSON and back, and wrong keys named by their path.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/pipeline.h"

static enum err_code read(struct arena *mem, const char *text, struct pipeline *p, struct err *err)
{
	json_t *j = json_loads(text, 0, NULL);
	enum err_code rc;

	assert_non_null(j);
	rc = pipeline_from_json(mem, j, p, err);
	json_decref(j);
	return rc;
}

static void a_full_pipeline_comes_back(void **state)
{
	static const char text[] =
		"{\"name\":\"sales\",\"source\":{\"connection\":\"files\",\"stream\":\"in/*.csv\","
		"\"options\":{\"delimiter\":\";\"}},\"target\":{\"connector\":\"postgres\","
		"\"stream\":\"reporting.sales\",\"create_schema\":true},"
		"\"mode\":\"upsert\",\"key\":[\"order_id\"],"
		"\"map\":[{\"b\":\"x | trim\"},{\"a\":\"1\"}],\"checks\":[\"a >= 0\",\"b required\"],"
		"\"filter\":\"a <> 3\",\"only_mapped\":true,\"drift\":\"ignore\",\"cursor\":\"at\","
		"\"max_rejects\":\"2.5%\",\"over_rejects\":\"hold\",\"allow_shrink\":true,"
		"\"reload\":true,\"parallel\":2,"
		"\"limit_rows\":10,\"queue\":\"night\",\"priority\":7,\"attempts\":3,"
		"\"time_limit\":\"30m\",\"unique\":\"k\",\"on_clash\":\"refuse\","
		"\"slot\":{\"start\":\"2026-03-28T23:00:00Z\","
		"\"end\":\"2026-03-29T22:00:00Z\",\"local_start\":\"2026-03-29T00:00\","
		"\"local_end\":\"2026-03-30T00:00\",\"tz\":\"Europe/Berlin\"}}";
	struct arena *mem = arena_new(NULL, "test");
	struct err err = { 0 };
	struct pipeline p;
	json_t *back;
	char *dump;

	(void)state;
	assert_int_equal(read(mem, text, &p, &err), ERR_OK);
	assert_string_equal(p.map[0].target, "b");	/* the order of the text */
	assert_string_equal(p.map[1].expr, "1");
	assert_int_equal(p.mode, MODE_UPSERT);
	assert_true(p.has_mode);
	assert_true(p.target.create_schema);
	assert_int_equal(p.drift, DRIFT_IGNORE);
	assert_true(p.max_rejects_percent == 2.5);
	assert_int_equal(p.max_rejects, -1);
	assert_int_equal(p.over_rejects, OVER_HOLD);
	assert_string_equal(p.source.options.p[0].value, ";");
	back = pipeline_to_json(&p);
	dump = json_dumps(back, JSON_COMPACT);
	assert_string_equal(dump, text);
	free(dump);
	json_decref(back);
	arena_free(mem);
}

static void presets_are_not_written(void **state)
{
	struct arena *mem = arena_new(NULL, "test");
	struct err err = { 0 };
	struct pipeline p;
	json_t *back;
	char *dump;

	(void)state;
	assert_int_equal(read(mem,
			      "{\"source\":{\"stream\":\"a.csv\"},\"target\":{\"stream\":\"t\"},"
				   "\"max_rejects\":\"7\",\"over_rejects\":\"warn\","
				   "\"map\":{\"n\":5,\"z\":null}}", &p, &err),
			 ERR_OK);
	assert_false(p.has_mode);
	assert_int_equal(p.parallel, 1);
	assert_int_equal(p.max_rejects, 7);
	assert_string_equal(p.source.connection, "");
	back = pipeline_to_json(&p);
	dump = json_dumps(back, JSON_COMPACT);
	assert_string_equal(dump,
			    "{\"source\":{\"stream\":\"a.csv\"},\"target\":{\"stream\":\"t\"},"
				  "\"map\":[{\"n\":\"5\"},{\"z\":\"null\"}],\"max_rejects\":7}");
	free(dump);
	json_decref(back);
	arena_free(mem);
}

static void wrong_keys_are_named(void **state)
{
	static const char *const rows[][2] = {
		{ "[]", "a pipeline must be an object" },
		{ "{\"sorce\":{}}", "there is no setting sorce" },
		{ "{\"source\":{\"streem\":\"x\"}}", "there is no setting source.streem" },
		{ "{\"source\":{\"create_schema\":true}}",
		  "there is no setting source.create_schema" },
		{ "{\"target\":{\"create_schema\":1}}",
		  "target.create_schema must be true or false" },
		{ "{\"source\":\"x\"}", "source must be an object with connection and stream" },
		{ "{\"source\":{\"options\":{\"quote\":[]}}}",
		  "source.options.quote must be text, a whole number, true or false" },
		{ "{\"mode\":\"merge\"}", "mode must be append, upsert or replace" },
		{ "{\"mode\":\"upsert\"}", "mode upsert needs a key" },
		{ "{\"priority\":0}", "priority must be a whole number from 1 to 100000" },
		{ "{\"key\":[1]}", "key must be a list of texts" },
		{ "{\"map\":{\"a\":{}}}", "map.a must be an expression" },
		{ "{\"map\":[{\"a\":\"1\",\"b\":\"2\"}]}",
		  "map must be an object of TARGET: EXPRESSION" },
		{ "{\"parallel\":0}", "parallel must be a whole number from 1 to 16" },
		{ "{\"max_rejects\":-1}",
			"max_rejects must be a number of rows, or a share like \"2%\"" },
		{ "{\"max_rejects\":\"200%\"}",
		  "max_rejects must be a number of rows, or a share like \"2%\"" },
		{ "{\"over_rejects\":\"stop\"}", "over_rejects must be warn, fail or hold" },
		{ "{\"over_rejects\":\"fail\"}",
		  "over_rejects is fail, and max_rejects does not say of how many" },
		{ "{\"only_mapped\":\"yes\"}", "only_mapped must be true or false" },
		{ "{\"filter\":1}", "filter must be text" },
	};
	struct arena *mem = arena_new(NULL, "test");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err = { 0 };
		struct pipeline p;

		assert_int_equal(read(mem, rows[i][0], &p, &err), ERR_CONFIG);
		assert_string_equal(err.frame[0].text, rows[i][1]);
	}
	arena_free(mem);
}

static void files_are_named_from_the_root(void **state)
{
	struct arena *mem = arena_new(NULL, "test");

	(void)state;
	assert_string_equal(pipeline_anchor(mem, "/usr/bin", "a.csv"), "/usr/bin/a.csv");
	assert_string_equal(pipeline_anchor(mem, "/usr/bin", "../bin/./x*/../y.csv"),
			    "/usr/bin/x*/../y.csv");
	assert_string_equal(pipeline_anchor(mem, "/usr/bin", "/usr/lib/../bin/z\n-\n*.csv"),
			    "/usr/bin/z\n-\n/usr/bin/*.csv");
	assert_string_equal(pipeline_anchor(mem, "/no/where", "../a.csv"), "/no/where/../a.csv");
	arena_free(mem);
}

static void a_slot_is_filled_in(void **state)
{
	static const char text[] =
		"{\"source\":{\"stream\":\"in/${slot_start:%Y/%m-%d}.csv\","
		"\"query\":\"select * from t where at >= '${slot_start}' and at < '${slot_end}'\"},"
		"\"target\":{\"stream\":\"t\"},\"map\":[{\"a\":\"'${slot_end:%y%j %H:%M %%}'\"}],"
		"\"checks\":[\"a <> '${slot_start:}'\"],\"filter\":\"x <> '${other}'\","
		"\"slot\":{\"start\":\"2026-03-28T23:00:00Z\",\"end\":\"2026-03-29T22:30:00Z\","
		"\"local_start\":\"2026-03-29T00:00\",\"local_end\":\"2026-03-30T00:30\"}}";
	static const struct {
		const char *query, *why;
	} wrong[] = {
		{ "${slot_begin}", "source.query asks for ${slot_begin}" },
		{ "${slot_start:%Q}", "source.query asks for ${slot_start:%Q}" },
		{ "${slot_start:%", "source.query holds ${ without }" },
		{ "${slot_start", "source.query holds ${ without }" },
	};
	struct arena *mem = arena_new(NULL, "test");
	struct err err = { 0 };
	struct pipeline p;
	bool uses;

	(void)state;
	assert_int_equal(read(mem, text, &p, &err), ERR_OK);
	assert_int_equal(pipeline_fill_slot(mem, &p, &uses, &err), ERR_OK);
	assert_true(uses);
	assert_string_equal(p.source.stream, "in/2026/03-29.csv");
	assert_string_equal(p.source.query, "select * from t where at >= '2026-03-28T23:00:00Z' and "
			    "at < '2026-03-29T22:30:00Z'");
	assert_string_equal(p.map[0].expr, "'26089 00:30 %'");
	assert_string_equal(p.check[0], "a <> ''");
	assert_string_equal(p.filter, "x <> '${other}'");	/* nothing of ours */
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		p.source.query = wrong[i].query;
		assert_int_equal(pipeline_fill_slot(mem, &p, NULL, &err), ERR_CONFIG);
		if (strstr(err.frame[0].text, wrong[i].why) == NULL)
			fail_msg("%s: %s", wrong[i].query, err.frame[0].text);
		err_clear(&err);
	}
	p.slot.start = NULL;
	p.source.query = "${slot_end}";
	assert_int_equal(pipeline_fill_slot(mem, &p, NULL, &err), ERR_CONFIG);
	assert_non_null(strstr(err.frame[0].text, "has no slot"));
	err_clear(&err);
	p.source.query = "no";
	assert_int_equal(pipeline_fill_slot(mem, &p, &uses, &err), ERR_OK);
	assert_false(uses);
	assert_int_equal(read(mem, "{\"slot\":{\"start\":\"x\"}}", &p, &err), ERR_CONFIG);
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_named_from_the_root),
		cmocka_unit_test(a_full_pipeline_comes_back),
		cmocka_unit_test(a_slot_is_filled_in),
		cmocka_unit_test(presets_are_not_written),
		cmocka_unit_test(wrong_keys_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * tests/unit/core/meta/mapping_store_test.c
 *	Drafts are kept for whoever made them; versions are published over what was seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/meta/alert.h"
#include "core/meta/job.h"
#include "core/meta/mapping_store.h"
#include "core/meta/pipeline_store.h"
#include "tests/lib/metatemp.h"

struct bench {
	const char *conninfo;
	struct db *app;
	struct arena *mem;
	struct mapping_row row;
};

static int set_up(void **state)
{
	struct bench *b = test_calloc(1, sizeof(*b));
	struct err err = { 0 };

	b->conninfo = metatemp_new();
	b->app = metatemp_open(b->conninfo, META_APP, NULL, NULL);
	b->mem = arena_new(NULL, "test");
	OK(pipeline_put(b->app, "p", "{\"a\":1}", NULL, NULL, &err));
	OK(mapping_get(b->mem, b->app, "p", &b->row, &err));
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	db_close(b->app);
	arena_free(b->mem);
	test_free(b);
	return 0;
}

static bool keep(struct bench *b, const char *text)
{
	struct err err = { 0 };
	bool kept;

	b->row.draft = text;
	b->row.edits = "[{\"at\":0,\"cut\":[],\"put\":[\"a\"]}]";
	b->row.done = 1;
	b->row.base_version = b->row.version;
	OK(mapping_keep(b->app, &b->row, &kept, &err));
	return kept;
}

static void a_draft_is_kept_and_read_again(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };
	bool gone;

	assert_null(b->row.draft);
	assert_int_equal(b->row.version, 1);
	assert_true(keep(b, "x = 1\n"));
	/* Whoever has not read what is there now changes nothing. */
	assert_false(keep(b, "x = 2\n"));
	OK(mapping_get(b->mem, b->app, "p", &b->row, &err));
	assert_string_equal(b->row.draft, "x = 1\n");
	assert_int_equal(b->row.done, 1);
	assert_string_equal(b->row.base_body, "{\"a\": 1}");
	assert_true(keep(b, "x = 3\n"));
	OK(mapping_drop(b->app, &b->row, &gone, &err));
	assert_true(gone);
	OK(mapping_drop(b->app, &b->row, &gone, &err));
	assert_false(gone);
	OK(mapping_get(b->mem, b->app, "p", &b->row, &err));
	assert_null(b->row.draft);
	assert_int_equal(mapping_get(b->mem, b->app, "q", &b->row, &err), ERR_NOT_FOUND);
}

static void a_version_goes_over_the_one_that_was_seen(void **state)
{
	struct bench *b = *state;
	struct mapping_versions all;
	struct err err = { 0 };
	int64_t version;

	assert_true(keep(b, "x = 1\n"));
	OK(mapping_get(b->mem, b->app, "p", &b->row, &err));
	/* Meanwhile somebody applies a file. */
	OK(pipeline_put(b->app, "p", "{\"a\":2}", NULL, NULL, &err));
	OK(mapping_publish(b->app, &b->row, "{\"a\":3}", "x = 1\n", NULL, &version, &err));
	assert_int_equal(version, 0);
	OK(mapping_get(b->mem, b->app, "p", &b->row, &err));
	assert_string_equal(b->row.draft, "x = 1\n");
	assert_int_equal(b->row.base_version, 1);
	assert_string_equal(b->row.base_body, "{\"a\": 1}");
	assert_string_equal(b->row.body, "{\"a\": 2}");
	OK(mapping_publish(b->app, &b->row, "{\"a\":3}", "x = 1\n", "[{\"f\":\"int\"}]", &version,
			   &err));
	assert_int_equal(version, 3);
	OK(mapping_get(b->mem, b->app, "p", &b->row, &err));
	assert_null(b->row.draft);
	assert_string_equal(b->row.text, "x = 1\n");
	assert_string_equal(b->row.fields, "[{\"f\": \"int\"}]");
	OK(mapping_versions(b->mem, b->app, "p", 0, &all, &err));
	assert_int_equal(all.n, 3);
	assert_true(all.v[0].is_current);
	assert_string_not_equal(all.v[0].published_by, "");
	assert_string_equal(all.v[2].body, "{\"a\": 1}");
	OK(mapping_versions(b->mem, b->app, "p", 2, &all, &err));
	assert_int_equal(all.n, 1);
	assert_null(all.v[0].text);
}

static int64_t unnoted(struct bench *b)
{
	struct err err = { 0 };
	int64_t version;
	bool expected;

	OK(alert_expect(b->app, 1, 1, b->row.pipeline, &expected, &version, &err));
	return version;
}

/* As one that is published has: a version gets its fields once, from a job of its own source. */
static void a_version_gets_fields_by_its_first_run(void **state)
{
	struct bench *b = *state;
	struct job_request in = { .kind = "run", .body = "{\"source\":1}" };
	struct err err = { 0 };
	int64_t job;

	in.pipeline_id = b->row.pipeline;
	OK(job_add(b->app, &in, &job, NULL, &err));
	OK(pipeline_put(b->app, "p", "{\"source\":2}", NULL, NULL, &err));
	assert_int_equal(unnoted(b), 2);
	OK(mapping_note_fields(b->app, b->row.pipeline, 2, job, "{\"f\":\"int\"}", &err));
	assert_int_equal(unnoted(b), 2);
	OK(pipeline_put(b->app, "p", "{\"source\":1}", NULL, NULL, &err));
	OK(mapping_note_fields(b->app, b->row.pipeline, 3, job, "{\"f\":\"int\"}", &err));
	assert_int_equal(unnoted(b), 0);
	OK(mapping_note_fields(b->app, b->row.pipeline, 3, job, "{\"g\":\"int\"}", &err));
	OK(mapping_get(b->mem, b->app, "p", &b->row, &err));
	assert_string_equal(b->row.fields, "{\"f\": \"int\"}");
}

static void drafts_of_two_people_are_two(void **state)
{
	struct bench *b = *state;
	struct db *super = metatemp_super(b->conninfo);
	struct err err = { 0 };

	OK(db_exec(super, "begin; select set_config('leat.org', '1', true);"
			  "insert into leat.mapping_draft (org_id, pipeline_id, person, base_version, "
			  "text) values (1, 1, 'ann', 1, 'x = 9'); commit", &err));
	assert_true(keep(b, "x = 1\n"));
	OK(mapping_get(b->mem, b->app, "p", &b->row, &err));
	assert_string_equal(b->row.draft, "x = 1\n");
	assert_string_equal(b->row.others, "ann");
	/* Who wrote it is not for the writer to say. */
	assert_int_equal(db_exec(b->app, "insert into leat.mapping_draft (pipeline_id, person, "
				 "base_version, text) values (1, 'bob', 1, '')", &err),
			 ERR_DENIED);
	assert_int_equal(db_exec(b->app, "update leat.pipeline_version set published_by = 'bob'",
				 &err), ERR_DENIED);
	db_close(super);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_draft_is_kept_and_read_again),
		TEST(a_version_goes_over_the_one_that_was_seen),
		TEST(a_version_gets_fields_by_its_first_run),
		TEST(drafts_of_two_people_are_two),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

/*
 * tests/unit/core/meta/catalog_test.c
 *	Organizations, connections, secrets, pipelines, bookmarks, audit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/meta/audit.h"
#include "core/meta/bookmark.h"
#include "core/meta/connection.h"
#include "core/meta/job.h"
#include "core/meta/org.h"
#include "core/meta/pipeline_store.h"
#include "tests/lib/expect.h"
#include "tests/lib/metatemp.h"

struct bench {
	const char *conninfo;
	struct db *app;
	struct arena *mem;
};

static int set_up(void **state)
{
	struct bench *b = test_calloc(1, sizeof(*b));

	b->conninfo = metatemp_new();
	b->app = metatemp_open(b->conninfo, META_APP, NULL, NULL);
	b->mem = arena_new(NULL, "test");
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

static void organizations_are_apart(void **state)
{
	struct bench *b = *state;
	struct db *owner = metatemp_open(b->conninfo, META_OWNER, NULL, NULL), *other;
	struct project_list projects;
	struct err err = { 0 };
	const char *origin, *again;
	struct org org;
	int64_t id, mine;

	OK(org_add(owner, "acme", &id, &err));
	assert_int_equal(org_add(owner, "acme", &id, &err), ERR_CONFLICT);
	assert_int_equal(org_add(owner, "", &id, &err), ERR_CONFIG);
	err_clear(&err);
	other = metatemp_open(b->conninfo, META_APP, "acme", &mine);
	OK(org_current(b->mem, other, &org, &err));
	assert_string_equal(org.name, "acme");
	assert_int_equal(org.id, mine);
	OK(project_list(b->mem, other, &projects, &err));
	assert_int_equal(projects.n, 1);
	OK(project_find(other, NULL, &id, &err));
	assert_int_equal(projects.p[0].id, id);
	assert_int_equal(project_find(other, "no", &id, &err), ERR_NOT_FOUND);
	err_clear(&err);
	OK(pipeline_put(other, "theirs", "{}", NULL, NULL, &err));
	assert_int_equal(bookmark_set(b->app, "theirs", "1", &err), ERR_NOT_FOUND);
	err_clear(&err);
	OK(org_origin(b->mem, other, &origin, &err));
	OK(org_origin(b->mem, b->app, &again, &err));
	assert_string_equal(origin, again);
	assert_int_equal(strlen(origin), 36);
	assert_int_equal(org_add(b->app, "evil", &id, &err), ERR_DENIED);
	db_close(owner);
	db_close(other);
}

static void connections_keep_references_only(void **state)
{
	static const char *const secrets[] = { "password", NULL };
	struct bench *b = *state;
	struct connection c;
	struct connection_list all;
	struct err err = { 0 };
	bool changed;

	assert_int_equal(connection_put(b->app, PUT_NEW, "w", "postgres",
					"{\"password\":\"hunter2\"}", secrets, NULL, &err),
			 ERR_CONFIG);
	assert_non_null(strstr(err.hint, "env"));
	assert_int_equal(connection_put(b->app, PUT_NEW, "w", "postgres", "{\"a\":[1]}", NULL,
					NULL, &err), ERR_CONFIG);
	assert_int_equal(connection_put(b->app, PUT_NEW, "w", "postgres", "[1]", NULL, NULL,
					&err), ERR_CONFIG);
	assert_int_equal(connection_put(b->app, PUT_NEW, "", "postgres", "{}", NULL, NULL, &err),
			 ERR_CONFIG);
	err_clear(&err);
	OK(connection_put(b->app, PUT_NEW, "w", "postgres",
			  "{\"host\":\"h\",\"password\":{\"env\":\"PW\"}}", secrets, &changed,
			  &err));
	assert_true(changed);
	assert_int_equal(connection_put(b->app, PUT_NEW, "w", "postgres", "{}", NULL, NULL,
					&err), ERR_CONFLICT);
	err_clear(&err);
	OK(connection_put(b->app, PUT_ANY, "w", "postgres",
			  "{\"password\":{\"env\":\"PW\"},\"host\":\"h\"}", secrets, &changed,
			  &err));
	assert_false(changed);	/* another order of keys is the same */
	OK(connection_put(b->app, PUT_ANY, "w", "postgres", "{\"host\":\"h2\"}", secrets,
			  &changed, &err));
	assert_true(changed);
	OK(connection_get(b->mem, b->app, "w", &c, &err));
	assert_int_equal(c.version, 2);
	assert_string_equal(c.connector, "postgres");
	assert_string_equal(c.config, "{\"host\": \"h2\"}");
	OK(connection_list(b->mem, b->app, &all, &err));
	assert_int_equal(all.n, 1);
	OK(pipeline_put(b->app, "uses", "{\"target\":{\"connection\":\"w\"}}", NULL, NULL, &err));
	assert_int_equal(connection_remove(b->app, "w", &err), ERR_CONFLICT);
	assert_non_null(strstr(err.frame[0].text, "uses"));
	err_clear(&err);
	OK(pipeline_remove(b->app, "uses", &err));
	OK(connection_remove(b->app, "w", &err));
	assert_int_equal(connection_remove(b->app, "w", &err), ERR_NOT_FOUND);
	assert_int_equal(connection_get(b->mem, b->app, "w", &c, &err), ERR_NOT_FOUND);
	err_clear(&err);
	OK(connection_put(b->app, PUT_NEW, "w", "file", "{}", NULL, NULL, &err));
	assert_int_equal(metatemp_number(b->app, "select count(*) from leat.connection"), 2);
}

static void references_are_followed(void **state)
{
	static const char config[] = "{\"host\":\"h\",\"port\":5432,\"ssl\":true,\"none\":null,"
				     "\"a\":{\"env\":\"LEAT_T_A\"},\"b\":{\"secret\":\"s\"}}";
	struct bench *b = *state;
	struct connection_settings got;
	struct secret_list list;
	struct err err = { 0 };
	char path[200];
	int fd = mkstemp(expect_temp(path, sizeof(path), "leat-secret-XXXXXX")), right = 0;

	assert_int_equal(write(fd, "geheim\n", 7), 7);
	setenv("LEAT_T_A", "value a", 1);
	assert_int_equal(connection_resolve(b->mem, b->app, config, &got, &err), ERR_CONFIG);
	assert_int_equal(secret_put(b->app, "s", "vault", "x", &err), ERR_CONFIG);
	assert_int_equal(secret_put(b->app, "s", "file", "relative", &err), ERR_CONFIG);
	assert_int_equal(secret_put(b->app, "s", "env", "A=B", &err), ERR_CONFIG);
	err_clear(&err);
	OK(secret_put(b->app, "s", "file", path, &err));
	OK(connection_resolve(b->mem, b->app, config, &got, &err));
	assert_int_equal(got.n, 5);
	for (int i = 0; i < got.n; i++) {
		const struct connection_setting *s = &got.s[i];

		right += strcmp(s->name, "a") == 0 && strcmp(s->value, "value a") == 0 &&
			 s->is_secret;
		right += strcmp(s->name, "b") == 0 && strcmp(s->value, "geheim") == 0 &&
			 s->is_secret;
		right += strcmp(s->name, "port") == 0 && strcmp(s->value, "5432") == 0 &&
			 !s->is_secret;
		right += strcmp(s->name, "ssl") == 0 && strcmp(s->value, "true") == 0;
	}
	assert_int_equal(right, 4);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(connection_resolve(b->mem, b->app, config, &got, &err), ERR_CONFIG);
	assert_non_null(strstr(err.hint, "chmod 600"));
	unlink(path);
	close(fd);
	err_clear(&err);
	OK(secret_put(b->app, "s", "env", "LEAT_T_UNSET", &err));
	assert_int_equal(connection_resolve(b->mem, b->app, config, &got, &err), ERR_CONFIG);
	assert_non_null(strstr(err.frame[0].text, "LEAT_T_UNSET"));
	err_clear(&err);
	OK(secret_list(b->mem, b->app, &list, &err));
	assert_int_equal(list.n, 1);
	assert_string_equal(list.s[0].kind, "env");
	OK(secret_remove(b->app, "s", &err));
	assert_int_equal(secret_remove(b->app, "s", &err), ERR_NOT_FOUND);
}

static void a_pipelines_version_grows_with_changes(void **state)
{
	struct bench *b = *state;
	struct job_request in = { .kind = "run", .body = "{}" };
	enum pipeline_change change;
	struct pipeline_rows all;
	struct pipeline_row p;
	struct err err = { 0 };
	int64_t id, again, job;
	enum job_state st;

	OK(pipeline_put(b->app, "p", "{\"a\":1}", &id, &change, &err));
	assert_int_equal(change, PIPELINE_NEW);
	OK(pipeline_put(b->app, "p", "{ \"a\" : 1 }", &again, &change, &err));
	assert_int_equal(change, PIPELINE_SAME);
	assert_int_equal(again, id);
	OK(pipeline_put(b->app, "p", "{\"a\":2}", &again, &change, &err));
	assert_int_equal(change, PIPELINE_CHANGED);
	assert_int_equal(again, id);
	OK(pipeline_get(b->mem, b->app, "p", &p, &err));
	assert_int_equal(p.version, 2);
	assert_string_equal(p.body, "{\"a\": 2}");
	assert_int_equal(p.last_job, 0);
	assert_null(p.last_state);
	assert_int_equal(pipeline_put(b->app, "q", "[]", NULL, NULL, &err), ERR_CONFIG);
	err_clear(&err);
	in.pipeline_id = id;
	OK(job_add(b->app, &in, &job, NULL, &err));
	OK(pipeline_list(b->mem, b->app, NULL, &all, &err));
	assert_int_equal(all.n, 1);
	assert_int_equal(all.p[0].last_job, job);
	assert_string_equal(all.p[0].last_state, "queued");
	assert_int_equal(pipeline_remove(b->app, "p", &err), ERR_CONFLICT);
	err_clear(&err);
	OK(job_cancel(b->app, job, &st, &err));
	OK(pipeline_remove(b->app, "p", &err));
	assert_int_equal(pipeline_remove(b->app, "p", &err), ERR_NOT_FOUND);
	assert_int_equal(pipeline_get(b->mem, b->app, "p", &p, &err), ERR_NOT_FOUND);
}

static void bookmarks_by_hand(void **state)
{
	struct bench *b = *state;
	struct bookmark_list all;
	struct err err = { 0 };
	const char *value;
	int64_t id;

	OK(pipeline_put(b->app, "p", "{}", &id, NULL, &err));
	OK(bookmark_get(b->mem, b->app, id, &value, &err));
	assert_null(value);
	OK(bookmark_set(b->app, "p", "{\"at\":5}", &err));
	OK(bookmark_set(b->app, "p", "{\"at\":6}", &err));
	assert_int_equal(bookmark_set(b->app, "p", "{oops", &err), ERR_CONFIG);
	err_clear(&err);
	OK(bookmark_list(b->mem, b->app, NULL, &all, &err));
	assert_int_equal(all.n, 1);
	assert_string_equal(all.b[0].pipeline, "p");
	assert_string_equal(all.b[0].value, "{\"at\": 6}");
	assert_int_equal(all.b[0].job, 0);
	OK(bookmark_clear(b->app, "p", &err));
	assert_int_equal(bookmark_clear(b->app, "p", &err), ERR_NOT_FOUND);
}

static void acts_are_written_down_with_them(void **state)
{
	struct bench *b = *state;
	struct audit_list list;
	struct err err = { 0 };

	OK(pipeline_put(b->app, "p", "{}", NULL, NULL, &err));
	OK(pipeline_put(b->app, "p", "{}", NULL, NULL, &err));	/* no change, no row */
	OK(connection_put(b->app, PUT_NEW, "c", "file", "{}", NULL, NULL, &err));
	OK(db_begin(b->app, &err));
	OK(audit_add(b->app, "look", "at this", "{\"n\":1}", &err));
	db_rollback(b->app);
	OK(audit_add(b->app, "look", "at that", NULL, &err));
	OK(audit_list(b->mem, b->app, 0, 10, &list, &err));
	assert_int_equal(list.n, 4);	/* with the organization's own */
	assert_string_equal(list.row[0].object, "at that");
	assert_string_equal(list.row[1].action, "connection add");
	assert_string_equal(list.row[2].action, "pipeline add");
	assert_string_equal(list.row[2].actor, "postgres");
	OK(audit_list(b->mem, b->app, list.row[2].id, 10, &list, &err));
	assert_int_equal(list.n, 1);
	assert_int_equal(db_query(b->app, "update leat.audit set action = 'x'", NULL, 0, NULL,
				  &err), ERR_DENIED);
	assert_int_equal(db_query(b->app, "delete from leat.audit", NULL, 0, NULL, &err),
			 ERR_DENIED);
	assert_int_equal(db_query(b->app, "insert into leat.audit (action, object, actor) "
				  "values ('a', 'b', 'me')", NULL, 0, NULL, &err), ERR_DENIED);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(organizations_are_apart),
		T(connections_keep_references_only),
		T(references_are_followed),
		T(a_pipelines_version_grows_with_changes),
		T(bookmarks_by_hand),
		T(acts_are_written_down_with_them),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

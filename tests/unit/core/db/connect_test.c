/*
 * tests/unit/core/db/connect_test.c
 *	Sessions start as asked, or not at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/log.h"
#include "tests/lib/dbtest.h"

static struct pgtemp *server;

static char heard[2048];

static void hear(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	snprintf(heard, sizeof(heard), "%s", line);
}

static void a_session_starts_with_its_settings(void **state)
{
	struct db *db = dbtest_open(server, NULL);
	char v[200];

	(void)state;
	assert_string_equal(dbtest_one(db, "show search_path", v, sizeof(v)),
			    "pg_catalog, leat, pg_temp");
	assert_string_equal(dbtest_one(db, "show client_connection_check_interval", v, sizeof(v)),
			    "500ms");
	assert_string_equal(dbtest_one(db, "show timezone", v, sizeof(v)), "UTC");
	assert_string_equal(dbtest_one(db, "show datestyle", v, sizeof(v)), "ISO, MDY");
	assert_string_equal(dbtest_one(db, "show application_name", v, sizeof(v)), "leat test");
	assert_string_equal(dbtest_one(db, "show client_encoding", v, sizeof(v)), "UTF8");
	assert_true(db_server_version(db) >= 120000);
	db_close(db);
}

static void a_role_holds_from_the_first_statement(void **state)
{
	struct db *db = dbtest_open(server, NULL);
	struct db_options opt = { .conninfo = pgtemp_conninfo(server) };
	struct err err = { 0 };
	char v[64];

	(void)state;
	assert_int_equal(db_exec(db, "create role plain", &err), ERR_OK);
	db_close(db);
	db = dbtest_open(server, "plain");
	assert_string_equal(dbtest_one(db, "select current_user", v, sizeof(v)), "plain");
	db_close(db);

	opt.role = "postgres";
	assert_int_equal(db_open(&opt, &db, &err), ERR_CONFIG);
	assert_null(db);
	assert_non_null(strstr(err.frame[0].text, "superuser"));
	opt.role = "nobody_such";
	assert_int_equal(db_open(&opt, &db, &err), ERR_CONFIG);
	assert_string_equal(err.sqlstate, "22023");
	assert_non_null(strstr(err.hint, "migrate"));
}

static void the_environment_has_no_say(void **state)
{
	struct err err = { 0 };
	struct db *db;
	char v[64];

	(void)state;
	setenv("PGHOST", "/nowhere", 1);
	setenv("PGHOSTADDR", "10.255.255.1", 1);
	setenv("PGPORT", "1", 1);
	setenv("PGOPTIONS", "-c work_mem=64kB", 1);
	setenv("PGAPPNAME", "liar", 1);
	setenv("PGSSLMODE", "verify-full", 1);
	db = dbtest_open(server, NULL);
	assert_string_equal(dbtest_one(db, "show work_mem", v, sizeof(v)), "4MB");
	assert_string_equal(dbtest_one(db, "show timezone", v, sizeof(v)), "UTC");
	db_close(db);

	/* libpq passes these two on unasked: better no session than another clock. */
	setenv("PGTZ", "Asia/Tokyo", 1);
	assert_int_equal(db_open(&(struct db_options){ .conninfo = pgtemp_conninfo(server) }, &db,
				 &err), ERR_CONFIG);
	setenv("PGDATESTYLE", "German", 1);
	setenv("PGSERVICE", "none", 1);
	db_ignore_environment();
	assert_null(getenv("PGSERVICE"));
	assert_null(getenv("PGHOST"));
	db = dbtest_open(server, NULL);
	db_close(db);
}

static void notices_go_to_the_log_clean(void **state)
{
	struct db *db = dbtest_open(server, NULL);
	struct err err = { 0 };

	(void)state;
	heard[0] = '\0';
	log_setup(LOG_DEBUG, false);
	log_to(hear, NULL);
	dbtest_check(db_exec(db, "do $$ begin raise notice E'a\\x1b[2Jb'; end $$", &err), &err);
	log_to(NULL, NULL);
	log_setup(LOG_WARN, false);
	assert_non_null(strstr(heard, "[2Jb"));
	assert_null(strchr(heard, '\x1b'));
	db_close(db);
}

static int up(void **state)
{
	(void)state;
	server = pgtemp_start();
	return 0;
}

static int down(void **state)
{
	(void)state;
	pgtemp_free(server);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_starts_with_its_settings),
		cmocka_unit_test(a_role_holds_from_the_first_statement),
		cmocka_unit_test(the_environment_has_no_say),
		cmocka_unit_test(notices_go_to_the_log_clean),
	};

	return cmocka_run_group_tests(tests, up, down);
}

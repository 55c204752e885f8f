/*
 * tests/unit/core/db/query_test.c
 *	Sessions, statements and transactions against a real server.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/db/db.h"
#include "tests/lib/pgtemp.h"

static struct pgtemp *server;

static struct db *open_as(const char *role)
{
	struct db_options opt = { .conninfo = pgtemp_conninfo(server), .role = role,
				  .app_name = "leat test" };
	struct err err = { 0 };
	struct db *db;
	char text[400];

	if (db_open(&opt, &db, &err) != ERR_OK) {
		err_text(&err, text, sizeof(text));
		fail_msg("%s", text);
	}
	return db;
}

static char *one(struct db *db, const char *sql, char *into, size_t size)
{
	struct db_result *res;
	struct err err = { 0 };
	const char *v;

	assert_int_equal(db_query(db, sql, NULL, 0, &res, &err), ERR_OK);
	assert_int_equal(db_result_rows(res), 1);
	v = db_result_at(res, 0, 0);
	snprintf(into, size, "%s", v != NULL ? v : "(null)");
	db_result_free(res);
	return into;
}

static void a_session_starts_with_its_settings(void **state)
{
	struct db *db = open_as(NULL);
	char v[200];

	(void)state;
	assert_string_equal(one(db, "show search_path", v, sizeof(v)), "pg_catalog, leat, pg_temp");
	assert_string_equal(one(db, "show client_connection_check_interval", v, sizeof(v)),
			    "500ms");
	assert_string_equal(one(db, "show timezone", v, sizeof(v)), "UTC");
	assert_string_equal(one(db, "show datestyle", v, sizeof(v)), "ISO, MDY");
	assert_string_equal(one(db, "show application_name", v, sizeof(v)), "leat test");
	assert_string_equal(one(db, "show client_encoding", v, sizeof(v)), "UTF8");
	assert_true(db_server_version(db) >= 120000);
	db_close(db);
}

static void parameters_come_back_as_they_went(void **state)
{
	static const char bytes[] = { 0, 1, (char)0xff, '\\' };
	struct db *db = open_as(NULL);
	struct db_param params[] = { DB_TEXT("it's \"é\" \\"), DB_NULL, DB_INT8(INT64_MIN),
				     DB_BOOL(1), DB_FLOAT8(0.1), DB_BYTES(bytes, 4),
					DB_TEXT(NULL) };
	struct db_result *res;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(db_query(db, "select $1::text as a, $2::text as b, $3::int8 as c, "
				  "$4::bool as d, $5::float8 as e, $6::bytea as f, $7::text as g",
				  params, 7, &res, &err), ERR_OK);
	assert_int_equal(db_result_cols(res), 7);
	assert_string_equal(db_result_name(res, 5), "f");
	assert_string_equal(db_result_text(res, 0, "a"), "it's \"é\" \\");
	assert_null(db_result_text(res, 0, "b"));
	assert_true(db_result_int8(res, 0, "c") == INT64_MIN);
	assert_true(db_result_bool(res, 0, "d"));
	assert_true(db_result_float8(res, 0, "e") == 0.1);
	assert_string_equal(db_result_text(res, 0, "f"), "\\x0001ff5c");
	assert_null(db_result_text(res, 0, "g"));
	assert_int_equal(db_result_int8(res, 0, "g"), 0);
	db_result_free(res);

	params[0] = DB_TEXT("bad \xff utf8");
	assert_int_equal(db_query(db, "select $1", params, 1, NULL, &err), ERR_INPUT);
	assert_false(db_is_broken(db));
	db_close(db);
}

static void a_servers_error_keeps_its_sqlstate(void **state)
{
	struct db *db = open_as(NULL);
	struct err err = { 0 };

	(void)state;
	assert_int_equal(db_exec(db,
				 "create temp table t (a int primary key, b int check (b > 0)); "
				 "insert into t values (1, 1)", &err), ERR_OK);
	assert_int_equal(db_query(db, "insert into t values (1, 1)", NULL, 0, NULL, &err),
			 ERR_CONFLICT);
	assert_string_equal(err.sqlstate, "23505");
	assert_string_equal(db_last_fault(db)->constraint, "t_pkey");
	assert_int_equal(db_query(db, "insert into t values (2, 0)", NULL, 0, NULL, &err),
			 ERR_INPUT);
	assert_string_equal(db_last_fault(db)->sqlstate, "23514");
	assert_int_equal(db_query(db, "select * from nowhere", NULL, 0, NULL, &err), ERR_NOT_FOUND);
	assert_int_equal(db_query(db, "selekt", NULL, 0, NULL, &err), ERR_FAILED);
	assert_int_equal(db_query(db, "select 1", NULL, 0, NULL, &err), ERR_OK);
	assert_string_equal(db_last_fault(db)->sqlstate, "");
	db_close(db);
}

static void an_organization_holds_for_each_transaction(void **state)
{
	struct db *db = open_as(NULL);
	struct err err = { 0 };
	char v[64];

	(void)state;
	db_set_org(db, 42);
	assert_string_equal(one(db, "select current_setting('leat.org', true)", v, sizeof(v)),
			    "42");
	assert_false(db_in_transaction(db));
	assert_int_equal(db_begin(db, &err), ERR_OK);
	assert_string_equal(one(db, "select current_setting('leat.org', true)", v, sizeof(v)),
			    "42");
	assert_int_equal(db_commit(db, &err), ERR_OK);
	assert_int_equal(db_exec(db, "create temp table o as select current_setting('leat.org') v",
				 &err), ERR_OK);
	assert_string_equal(one(db, "select v from o", v, sizeof(v)), "42");
	/* An error in the one-trip transaction leaves none open. */
	assert_int_equal(db_query(db, "select 1/0", NULL, 0, NULL, &err), ERR_INPUT);
	assert_string_equal(err.sqlstate, "22012");
	assert_false(db_in_transaction(db));
	assert_int_equal(db_query(db, "select $1::text", (struct db_param[]){ DB_TEXT("\xff") }, 1,
				  NULL, &err),
			 ERR_INPUT);
	assert_false(db_is_broken(db));
	db_set_org(db, 0);
	assert_string_equal(one(db, "select current_setting('leat.org', true)", v, sizeof(v)), "");
	db_close(db);
}

static void a_transaction_holds_together(void **state)
{
	struct db *db = open_as(NULL);
	struct err err = { 0 };
	char v[64];

	(void)state;
	assert_int_equal(db_exec(db, "create temp table t (a int)", &err), ERR_OK);
	assert_int_equal(db_begin(db, &err), ERR_OK);
	assert_true(db_in_transaction(db));
	assert_int_equal(db_query(db, "insert into t values (1)", NULL, 0, NULL, &err), ERR_OK);
	db_rollback(db);
	assert_false(db_in_transaction(db));
	assert_string_equal(one(db, "select count(*) from t", v, sizeof(v)), "0");

	/* COMMIT of a failed transaction is a ROLLBACK: that is not success. */
	assert_int_equal(db_begin(db, &err), ERR_OK);
	assert_int_not_equal(db_query(db, "select 1/0", NULL, 0, NULL, &err), ERR_OK);
	assert_int_equal(db_commit(db, &err), ERR_FAILED);
	assert_false(db_in_transaction(db));
	assert_int_equal(db_commit(db, &err), ERR_BUG);
	db_rollback(db);
	db_close(db);
}

static void a_role_holds_from_the_first_statement(void **state)
{
	struct db *db = open_as(NULL);
	struct db_options opt = { .conninfo = pgtemp_conninfo(server) };
	struct err err = { 0 };
	char v[64];

	(void)state;
	assert_int_equal(db_exec(db, "create role plain", &err), ERR_OK);
	db_close(db);
	db = open_as("plain");
	assert_string_equal(one(db, "select current_user", v, sizeof(v)), "plain");
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

static void conninfo_is_allow_listed(void **state)
{
	static const struct {
		const char *conninfo;
		enum err_code code;
		const char *says;
	} cases[] = {
		{ "service=x", ERR_CONFIG, "service" },
		{ "options='-c a=b'", ERR_CONFIG, "options" },
		{ "replication=database", ERR_CONFIG, "replication" },
		{ "client_encoding=latin1", ERR_CONFIG, "client_encoding" },
		{ "nonsense", ERR_CONFIG, "conninfo" },
		{ "host=/nowhere/at/all user=x", ERR_UNREACHABLE, "/nowhere/at/all" },
		{ "host=127.0.0.1 port=1 user=x", ERR_UNREACHABLE, "127.0.0.1" },
	};
	struct err err = { 0 };
	struct db *db;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct db_options opt = { .conninfo = cases[i].conninfo };

		assert_int_equal(db_open(&opt, &db, &err), cases[i].code);
		assert_non_null(strstr(err.frame[0].text, cases[i].says));
		assert_string_not_equal(err.hint, "");
	}
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
	db = open_as(NULL);
	assert_string_equal(one(db, "show work_mem", v, sizeof(v)), "4MB");
	assert_string_equal(one(db, "show timezone", v, sizeof(v)), "UTC");
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
	db = open_as(NULL);
	db_close(db);
}

static void a_deadline_is_kept(void **state)
{
	struct db *db = open_as(NULL);
	struct err err = { 0 };
	int64_t start = clock_mono_us(), took;
	struct timespec nap = { .tv_nsec = 50 * 1000 * 1000 };
	struct db *other;
	char v[64] = "";

	(void)state;
	db_set_deadline(db, 150);
	assert_int_equal(db_query(db, "select pg_sleep(20)", NULL, 0, NULL, &err), ERR_TIMEOUT);
	took = (clock_mono_us() - start) / 1000;
	assert_true(took >= 150 && took < 1500);
	assert_true(db_is_broken(db));
	assert_int_equal(db_query(db, "select 1", NULL, 0, NULL, &err), ERR_UNREACHABLE);
	/* The server does not go on with it either. */
	other = open_as(NULL);
	for (int i = 0; i < 60 && strcmp(v, "0") != 0; i++) {
		one(other, "select count(*) from pg_stat_activity where query like "
		    "'select pg_sleep(20%' and state = 'active' and pid <> pg_backend_pid()",
		    v, sizeof(v));
		nanosleep(&nap, NULL);
	}
	assert_string_equal(v, "0");
	db_close(other);
	db_set_deadline(db, 0);
	assert_int_equal(db_reconnect(db, 1000, &err), ERR_OK);
	assert_string_equal(one(db, "select 7", v, sizeof(v)), "7");
	db_close(db);
}

static void *interrupt_soon(void *arg)
{
	struct timespec nap = { .tv_nsec = 100 * 1000 * 1000 };

	nanosleep(&nap, NULL);
	db_interrupt(arg);
	return NULL;
}

static void an_interrupt_ends_the_running_call(void **state)
{
	struct db *db = open_as(NULL);
	struct err err = { 0 };
	int64_t start;
	pthread_t thread;
	char v[64];

	(void)state;
	for (int in_tx = 0; in_tx < 2; in_tx++) {
		start = clock_mono_us();
		if (in_tx)
			assert_int_equal(db_begin(db, &err), ERR_OK);
		assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, db), 0);
		assert_int_equal(db_query(db, "select pg_sleep(20)", NULL, 0, NULL, &err),
				 ERR_INTERRUPTED);
		pthread_join(thread, NULL);
		assert_true(clock_mono_us() - start < 2000000);
		assert_false(db_is_broken(db));
		db_rollback(db);
		assert_string_equal(one(db, "select 7", v, sizeof(v)), "7");
	}
	/* Between calls: the next one fails, and only that one. */
	db_interrupt(db);
	assert_int_equal(db_query(db, "select 1", NULL, 0, NULL, &err), ERR_INTERRUPTED);
	assert_string_equal(one(db, "select 7", v, sizeof(v)), "7");
	db_close(db);
}

static void sqlstates_map_to_codes(void **state)
{
	(void)state;
	assert_int_equal(db_code_of_sqlstate("08006"), ERR_UNREACHABLE);
	assert_int_equal(db_code_of_sqlstate("57P01"), ERR_UNREACHABLE);
	assert_int_equal(db_code_of_sqlstate("57014"), ERR_CANCELLED);
	assert_int_equal(db_code_of_sqlstate("40001"), ERR_TRANSIENT);
	assert_int_equal(db_code_of_sqlstate("40P01"), ERR_TRANSIENT);
	assert_int_equal(db_code_of_sqlstate("55P03"), ERR_TRANSIENT);
	assert_int_equal(db_code_of_sqlstate("53300"), ERR_TRANSIENT);
	assert_int_equal(db_code_of_sqlstate("53100"), ERR_DISK);
	assert_int_equal(db_code_of_sqlstate("28P01"), ERR_DENIED);
	assert_int_equal(db_code_of_sqlstate("42501"), ERR_DENIED);
	assert_int_equal(db_code_of_sqlstate("42P01"), ERR_NOT_FOUND);
	assert_int_equal(db_code_of_sqlstate("23505"), ERR_CONFLICT);
	assert_int_equal(db_code_of_sqlstate("22003"), ERR_INPUT);
	assert_int_equal(db_code_of_sqlstate("XX000"), ERR_FAILED);
	assert_int_equal(db_code_of_sqlstate(""), ERR_FAILED);
	assert_int_equal(db_code_of_sqlstate(NULL), ERR_FAILED);
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
		cmocka_unit_test(parameters_come_back_as_they_went),
		cmocka_unit_test(a_servers_error_keeps_its_sqlstate),
		cmocka_unit_test(an_organization_holds_for_each_transaction),
		cmocka_unit_test(a_transaction_holds_together),
		cmocka_unit_test(a_role_holds_from_the_first_statement),
		cmocka_unit_test(conninfo_is_allow_listed),
		cmocka_unit_test(the_environment_has_no_say),
		cmocka_unit_test(a_deadline_is_kept),
		cmocka_unit_test(an_interrupt_ends_the_running_call),
		cmocka_unit_test(sqlstates_map_to_codes),
	};

	return cmocka_run_group_tests(tests, up, down);
}

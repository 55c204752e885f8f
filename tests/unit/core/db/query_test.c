/*
 * tests/unit/core/db/query_test.c
 *	Parameters, the organization, and transactions on a real server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/dbtest.h"

static struct pgtemp *server;

static void parameters_come_back_as_they_went(void **state)
{
	static const char bytes[] = { 0, 1, (char)0xff, '\\' };
	struct db *db = dbtest_open(server, NULL);
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

static const char show_org[] = "select current_setting('leat.org', true)";

static void an_organization_holds_for_each_transaction(void **state)
{
	struct db *db = dbtest_open(server, NULL);
	struct err err = { 0 };
	char v[64];

	(void)state;
	db_set_org(db, 42);
	assert_string_equal(dbtest_one(db, "select current_setting('leat.org', true)", v,
				       sizeof(v)),
			    "42");
	assert_false(db_in_transaction(db));
	assert_int_equal(db_begin(db, &err), ERR_OK);
	assert_string_equal(dbtest_one(db, "select current_setting('leat.org', true)", v,
				       sizeof(v)),
			    "42");
	assert_int_equal(db_commit(db, &err), ERR_OK);
	assert_int_equal(db_exec(db, "create temp table o as select current_setting('leat.org') v",
				 &err), ERR_OK);
	assert_string_equal(dbtest_one(db, "select v from o", v, sizeof(v)), "42");
	/* An error in the one-trip transaction leaves none open. */
	assert_int_equal(db_query(db, "select 1/0", NULL, 0, NULL, &err), ERR_INPUT);
	assert_string_equal(err.sqlstate, "22012");
	assert_false(db_in_transaction(db));
	assert_int_equal(db_query(db, "select $1::text", (struct db_param[]){ DB_TEXT("\xff") }, 1,
				  NULL, &err),
			 ERR_INPUT);
	assert_false(db_is_broken(db));
	db_set_org(db, 0);
	assert_string_equal(dbtest_one(db, show_org, v, sizeof(v)), "");
	db_close(db);
}

static void a_transaction_holds_together(void **state)
{
	struct db *db = dbtest_open(server, NULL);
	struct err err = { 0 };
	char v[64];

	(void)state;
	assert_int_equal(db_exec(db, "create temp table t (a int)", &err), ERR_OK);
	assert_int_equal(db_begin(db, &err), ERR_OK);
	assert_true(db_in_transaction(db));
	assert_int_equal(db_query(db, "insert into t values (1)", NULL, 0, NULL, &err), ERR_OK);
	db_rollback(db);
	assert_false(db_in_transaction(db));
	assert_string_equal(dbtest_one(db, "select count(*) from t", v, sizeof(v)), "0");

	/* COMMIT of a failed transaction is a ROLLBACK: that is not success. */
	assert_int_equal(db_begin(db, &err), ERR_OK);
	assert_int_not_equal(db_query(db, "select 1/0", NULL, 0, NULL, &err), ERR_OK);
	assert_int_equal(db_commit(db, &err), ERR_FAILED);
	assert_false(db_in_transaction(db));
	assert_int_equal(db_commit(db, &err), ERR_BUG);
	db_rollback(db);
	db_close(db);
}

static void a_question_and_its_answer_lie_apart(void **state)
{
	static const char one[] = "select $1::bigint as n";
	struct db *db = dbtest_open(server, NULL);
	struct db_result *res;
	struct err err = { 0 };
	char v[64];

	(void)state;
	for (int org = 0; org < 2; org++) {
		db_set_org(db, org);
		assert_int_equal(db_ask(db, one, &DB_INT8(7), 1, &err), ERR_OK);
		assert_int_equal(db_answer(db, &res, &err), ERR_OK);
		assert_int_equal(db_result_int8(res, 0, "n"), 7);
		db_result_free(res);
		/* Nobody waits for it: what is asked next has its own answer. */
		assert_int_equal(db_ask(db, one, &DB_INT8(8), 1, &err), ERR_OK);
		assert_false(db_in_transaction(db));
		assert_string_equal(dbtest_one(db, "select 9", v, sizeof(v)), "9");
		assert_int_equal(db_answer(db, &res, &err), ERR_BUG);
		err_clear(&err);
		/* Nor does what went wrong with it matter. */
		assert_int_equal(db_ask(db, "select 1/0", NULL, 0, &err), ERR_OK);
		assert_string_equal(dbtest_one(db, "select 10", v, sizeof(v)), "10");
		assert_int_equal(db_ask(db, "select 1/0", NULL, 0, &err), ERR_OK);
		assert_int_equal(db_answer(db, &res, &err), ERR_INPUT);
		err_clear(&err);
		/* One that is interrupted in between is not left behind. */
		assert_int_equal(db_ask(db, one, &DB_INT8(11), 1, &err), ERR_OK);
		db_interrupt(db);
		assert_int_equal(db_answer(db, &res, &err), ERR_INTERRUPTED);
		err_clear(&err);
		assert_string_equal(dbtest_one(db, "select 12", v, sizeof(v)), "12");
	}
	assert_int_equal(db_begin(db, &err), ERR_OK);
	assert_int_equal(db_ask(db, one, &DB_INT8(13), 1, &err), ERR_OK);
	assert_true(db_in_transaction(db));
	db_rollback(db);
	assert_false(db_in_transaction(db));
	assert_false(db_is_broken(db));
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
		cmocka_unit_test(parameters_come_back_as_they_went),
		cmocka_unit_test(an_organization_holds_for_each_transaction),
		cmocka_unit_test(a_transaction_holds_together),
		cmocka_unit_test(a_question_and_its_answer_lie_apart),
	};

	return cmocka_run_group_tests(tests, up, down);
}

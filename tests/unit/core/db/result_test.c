/*
 * tests/unit/core/db/result_test.c
 *	Answers are read by name and place, nulls included.
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

static void values_are_read_by_name_and_place(void **state)
{
	struct db *db = dbtest_open(server, NULL);
	struct db_result *res;
	struct err err = { 0 };

	(void)state;
	dbtest_check(db_query(db, "select i as \"A\", i::text as a, null::text as n, i = 2 as b, "
			      "i / 4.0::float8 as f from generate_series(1, 3) i", NULL, 0, &res,
			      &err), &err);
	assert_int_equal(db_result_rows(res), 3);
	assert_int_equal(db_result_cols(res), 5);
	assert_string_equal(db_result_name(res, 0), "A");
	assert_int_equal(db_result_type(res, 0), 23);
	assert_int_equal(db_result_int8(res, 2, "A"), 3);
	assert_string_equal(db_result_text(res, 1, "a"), "2");
	assert_string_equal(db_result_at(res, 1, 1), "2");
	assert_int_equal(db_result_len(res, 1, 1), 1);
	assert_null(db_result_text(res, 0, "n"));
	assert_int_equal(db_result_int8(res, 0, "n"), 0);
	assert_false(db_result_bool(res, 0, "n"));
	assert_false(db_result_bool(res, 0, "b"));
	assert_true(db_result_bool(res, 1, "b"));
	assert_true(db_result_float8(res, 0, "f") == 0.25);
	assert_true(db_result_float8(res, 0, "n") == 0.0);
	db_result_free(res);
	db_close(db);
}

static void touched_rows_are_counted(void **state)
{
	struct db *db = dbtest_open(server, NULL);
	struct db_result *res;
	struct err err = { 0 };

	(void)state;
	dbtest_check(db_exec(db, "create temp table t as select generate_series(1, 5) a", &err),
		     &err);
	dbtest_check(db_query(db, "delete from t where a > 2", NULL, 0, &res, &err), &err);
	assert_int_equal(db_result_affected(res), 3);
	assert_int_equal(db_result_rows(res), 0);
	db_result_free(res);
	dbtest_check(db_query(db, "create index on t (a)", NULL, 0, &res, &err), &err);
	assert_int_equal(db_result_affected(res), 0);
	db_result_free(res);
	db_result_free(NULL);
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
		cmocka_unit_test(values_are_read_by_name_and_place),
		cmocka_unit_test(touched_rows_are_counted),
	};

	return cmocka_run_group_tests(tests, up, down);
}

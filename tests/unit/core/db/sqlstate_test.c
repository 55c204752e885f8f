/*
 * tests/unit/core/db/sqlstate_test.c
 *	Each class of SQLSTATE has its code.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/db/db.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sqlstates_map_to_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

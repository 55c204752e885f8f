/*
 * tests/unit/core/flow/types_test.c
 *	Names of types both ways, and fields by name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/types.h"

static void types_are_read_and_written(void **state)
{
	static const char *const rows[][2] = {
		{ "int", "int" }, { "BIGINT", "bigint" }, { "int2", "smallint" },
		{ "decimal(10,2)", "decimal(10,2)" }, { "numeric ( 10 , 2 )", "decimal(10,2)" },
		{ "numeric(8)", "decimal(8,0)" }, { "numeric", "decimal" },
		{ "character  varying(20)", "varchar(20)" }, { "varchar", "text" },
		{ "double precision", "float" }, { "real", "real" }, { "bool", "boolean" },
		{ "timestamp with time zone", "timestamptz" }, { "jsonb", "json" },
		{ "bytea", "bytes" }, { "date", "date" }, { "time", "time" }, { "uuid", "uuid" },
		{ "decimal(10,11)", NULL }, { "int(3)", NULL }, { "text(", NULL }, { "", NULL },
		{ "varchar(0)", NULL }, { "decimal(1,2,3)", NULL }, { "decimal(-1)", NULL },
		{ "frob", NULL }, { "varchar(99999999999)", NULL }, { "date date", NULL },
	};
	struct arena *mem = arena_new(NULL, "test");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err = { 0 };
		struct type_spec t;
		enum err_code rc = type_parse(slice_of(rows[i][0]), &t, &err);

		if (rows[i][1] == NULL) {
			assert_int_equal(rc, ERR_CONFIG);
			assert_string_not_equal(err.hint, "");
			continue;
		}
		assert_int_equal(rc, ERR_OK);
		assert_string_equal(type_format(mem, &t), rows[i][1]);
	}
	arena_free(mem);
}

static void fields_are_found_exactly_first(void **state)
{
	struct field f[] = { { .name = "Id" }, { .name = "id" }, { .name = "Name" } };
	struct schema s = { 3, f };

	(void)state;
	assert_int_equal(schema_find(&s, slice_of("id")), 1);
	assert_int_equal(schema_find(&s, slice_of("Id")), 0);
	assert_int_equal(schema_find(&s, slice_of("ID")), -1);
	assert_int_equal(schema_find(&s, slice_of("NAME")), 2);
	assert_int_equal(schema_find(&s, slice_of("nam")), -1);
	assert_string_equal(type_name(TYPE_DECIMAL), "decimal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_read_and_written),
		cmocka_unit_test(fields_are_found_exactly_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

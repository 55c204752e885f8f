/*
 * tests/unit/core/db/quote_test.c
 *	Names and literals of every kind survive the server, or are refused by name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/db/db.h"
#include "core/db/quote.h"
#include "tests/lib/pgtemp.h"

static struct pgtemp *server;

static const char *const naughty[] = {
	"plain", "With Blank", "a\"b", "\"", "\"\"", "'", "''", "\\", "\\'", "a\\\"b", "select",
	"x; drop table t; --", "$1", "%s%n", "Grüße", "日本語", "😀", "a.b", ".", "\n", "\t", "\x01",
	"null", "U&\"\\0041\"", "E'x'", "$$", "/* */", "--", "\x7f", "\xe2\x80\xaertl",
	"123456789012345678901234567890123456789012345678901234567890123",
};

static void names_and_texts_come_back(void **state)
{
	struct db_options opt = { .conninfo = pgtemp_conninfo(server) };
	struct arena *mem = arena_new(NULL, "test");
	struct err err = { 0 };
	struct db *db;

	(void)state;
	assert_int_equal(db_open(&opt, &db, &err), ERR_OK);
	for (size_t i = 0; i < sizeof(naughty) / sizeof(naughty[0]); i++) {
		char *name, *text, *table;
		const char *schema_back, *table_back;
		struct db_result *res;

		assert_int_equal(quote_ident(mem, naughty[i], &name, &err), ERR_OK);
		assert_int_equal(quote_literal(mem, naughty[i], &text, &err), ERR_OK);
		assert_int_equal(db_query(db, arena_printf(mem, "select %s as %s", text, name),
					  NULL,
					  0, &res, &err), ERR_OK);
		assert_string_equal(db_result_name(res, 0), naughty[i]);
		assert_string_equal(db_result_at(res, 0, 0), naughty[i]);
		db_result_free(res);

		assert_int_equal(quote_table(mem, naughty[i], naughty[i], &table, &err), ERR_OK);
		assert_int_equal(db_exec(db, arena_printf(mem, "create schema %s; create table %s "
							  "(%s int)", name, table, name), &err),
				 ERR_OK);
		assert_int_equal(quote_split(mem, table, &schema_back, &table_back, &err), ERR_OK);
		assert_string_equal(schema_back, naughty[i]);
		assert_string_equal(table_back, naughty[i]);
	}
	db_close(db);
	arena_free(mem);
}

static void what_is_no_name_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "1234567890123456789012345678901234567890123456789012345678901234",
		"\xff", "a\xc3", "\xed\xa0\x80",
	};
	struct arena *mem = arena_new(NULL, "test");
	struct err err = { 0 };
	char *out;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(quote_ident(mem, bad[i], &out, &err), ERR_CONFIG);
		assert_null(out);
		assert_string_not_equal(err.frame[0].text, "");
	}
	assert_int_equal(quote_literal(mem, "\xff", &out, &err), ERR_CONFIG);
	assert_int_equal(quote_literal(mem, "", &out, &err), ERR_OK);
	assert_string_equal(out, "''");
	assert_int_equal(quote_table(mem, NULL, "t", &out, &err), ERR_OK);
	assert_string_equal(out, "\"t\"");
	arena_free(mem);
}

static void tables_are_split_as_people_type_them(void **state)
{
	static const struct {
		const char *text, *schema, *table;
	} good[] = {
		{ "sales", NULL, "sales" },	 { "Reporting.Sales", "Reporting", "Sales" },
		{ "\"my table\"", NULL, "my table" }, { "a.\"b.c\"", "a", "b.c" },
		{ "\"a.b\".c", "a.b", "c" },	 { "\"x\"\"y\"", NULL, "x\"y" },
		{ "my table", NULL, "my table" },
	};
	static const char *const bad[] = { "", ".", "a.", ".b", "a.b.c", "\"a", "a\"b", "\"a\"b",
					   "a.\"b\"c", "\"\"" };
	struct arena *mem = arena_new(NULL, "test");
	struct err err = { 0 };
	const char *schema, *table;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(quote_split(mem, good[i].text, &schema, &table, &err), ERR_OK);
		assert_string_equal(table, good[i].table);
		if (good[i].schema == NULL)
			assert_null(schema);
		else
			assert_string_equal(schema, good[i].schema);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(quote_split(mem, bad[i], &schema, &table, &err), ERR_CONFIG);
	arena_free(mem);
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
		cmocka_unit_test(names_and_texts_come_back),
		cmocka_unit_test(what_is_no_name_is_refused),
		cmocka_unit_test(tables_are_split_as_people_type_them),
	};

	return cmocka_run_group_tests(tests, up, down);
}

/*
 * tests/unit/core/meta/filter_test.c
 *	Filters as people type them: what they find on a server, and what is wrong with them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/meta/filter.h"
#include "core/meta/list.h"
#include "core/meta/row.h"
#include "tests/lib/metatemp.h"

static const struct filter_col cols[] = {
	{ "id", "t.id", FILTER_COUNT, NULL, FILTER_WORDS },
	{ "name", "t.name", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "note", "t.note", FILTER_TEXT, NULL, FILTER_WORDS },
	{ "state", "t.state", FILTER_ORDINAL, "queued|running|failed|dead", FILTER_WORDS },
	{ "kind", "t.kind", FILTER_CHOICE, "load|run", 0 },
	{ "rows", "t.rows", FILTER_COUNT, NULL, 0 },
	{ "size", "t.size", FILTER_BYTES, NULL, 0 },
	{ "age", "extract(epoch from now() - t.created)", FILTER_SPAN, NULL, 0 },
	{ "created", "t.created", FILTER_TIME, NULL, FILTER_SINCE },
	{ "made", "t.created", FILTER_TIME, NULL, FILTER_ALIAS },
	{ "paused", "t.paused", FILTER_BOOL, NULL, 0 },
	{ NULL, NULL, FILTER_TEXT, NULL, 0 },
};

#define ROWS "select * from (values " \
	"(1, 'orders_daily', null, 0, 'run', 10, 1000::bigint, now() - interval '1 minute', false), " \
	"(2, 'orders hourly', 'timeout (a|b)', 2, 'load', 1500, 2000000, now() - interval '3 hours', true), " \
	"(3, 'Stock', '100% \"full\"', 3, 'load', 2000000, 70000, '2026-02-28 13:00Z', null), " \
	"(4, 'x_y', '10:30 files:a.csv', 1, 'run', null, null, '2026-03-01 00:00Z', false)) " \
	"t (id, name, note, state, kind, rows, size, created, paused)"

static struct db *db;
static struct arena *mem;

static int up(void **state)
{
	metatemp_begin(state);
	db = metatemp_super(metatemp_empty());
	metatemp_run(db, "set timezone = 'UTC'");
	return 0;
}

static int down(void **state)
{
	db_close(db);
	return metatemp_end(state);
}

static int mem_up(void **state)
{
	(void)state;
	mem = arena_new(NULL, "test");
	return 0;
}

static int mem_down(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

/* "1 3": the ids of what the filter finds. */
static const char *found(const char *text, const char **unfinished)
{
	struct list_def def = { "row", cols, "t.id" };
	struct list_said said = { 0 };
	struct list_ask ask = { .filter = text, .said = &said };
	struct db_result *res = NULL;
	struct err err = { 0 };
	const char *out = "";

	OK(list_query(mem, db, &def, ROWS, NULL, 0, &ask, &res, &err));
	for (int i = 0; i < db_result_rows(res); i++)
		out = arena_printf(mem, "%s%s%s", out, i > 0 ? " " : "",
				   db_result_text(res, i, "id"));
	db_result_free(res);
	*unfinished = said.unfinished;
	return out;
}

static void rows_are_found(void **state)
{
	static const struct { const char *text, *ids; } list[] = {
		{ "", "1 2 3 4" }, { "   ", "1 2 3 4" },
		/* words */
		{ "orders", "1 2" }, { "ORDERS", "1 2" }, { "orders timeout", "2" },
		{ "\"orders hourly\"", "2" }, { "x_y", "4" }, { "s_d", "1" }, { "100%", "3" },
		{ "0%", "3" }, { "5%", "" }, { "\"\"\"full\"", "3" }, { "10:30", "4" },
		{ "files:a.csv", "4" }, { "3", "3 4" }, { "2", "2" }, { "fail", "2" }, { "~ord.*y$", "1 2" },
		{ "!orders", "3 4" }, { "! orders", "3 4" }, { "!!orders", "1 2" },
		/* both, either, parentheses */
		{ "stock|x_y", "3 4" }, { "stock | orders daily", "1 3" },
		{ "(stock|orders) !daily", "2 3" }, { "!(stock | x_y)", "1 2" },
		{ "((stock))", "3" }, { "()", "1 2 3 4" }, { "(stock", "3" }, { "(|) stock", "3" },
		{ "|stock|", "3" },
		/* texts */
		{ "name=Stock", "3" }, { "name=stock", "" }, { "name!=Stock", "1 2 4" },
		{ "name:stock", "3" }, { "name!:stock", "1 2 4" }, { "note=\"\"", "1" },
		{ "note!=\"\"", "2 3 4" }, { "note~time", "2" }, { "!note~time", "1 3 4" },
		{ "note!~time", "1 3 4" }, { "note~(time|full)", "2 3" },
		{ "note~\"time|full\"", "2 3" }, { "(note~(time|full) name:o)", "2 3" },
		{ "note~time|note~full", "2 3" }, { "note~[(]a", "2" }, { "note~\\(a", "2" },
		{ "name>o name<p", "1 2" }, { "note:\"timeout (a\"", "2" }, { "NAME:stock", "3" },
		/* choices */
		{ "state=failed", "2" }, { "state=failed,dead", "2 3" }, { "state!=failed", "1 3 4" },
		{ "state=FAILED", "2" }, { "state:e", "1 2 3" }, { "kind=load", "2 3" },
		{ "kind=load,run", "1 2 3 4" }, { "!kind=load", "1 4" }, { "paused=yes", "2" },
		{ "paused=no", "1 3 4" }, { "paused!=yes", "1 3 4" },
		/* numbers, sizes, spans */
		{ "rows=10", "1" }, { "rows>1k", "2 3" }, { "rows>=1.5k", "2 3" },
		{ "rows<1500", "1" }, { "rows<=1500", "1 2" }, { "rows=1..2k", "1 2" },
		{ "rows:10", "1" }, { "rows=..10", "1" }, { "rows=1500..", "2 3" },
		{ "!rows>1k", "1 4" }, { "rows!=10", "2 3 4" }, { "rows=10 rows=11", "" },
		{ "size>1MB", "2" }, { "size<1KiB", "1" }, { "size=70kB", "3" },
		{ "age<2m", "1" }, { "age>2h age<4h", "2" }, { "age=1..60m", "1" },
		/* moments */
		{ "created>2h", "1" }, { "created<2h", "2 3 4" }, { "since 2h", "1" },
		{ "Since 4h orders", "1 2" }, { "since", "" }, { "since when", "" },
		{ "created=2026-02-28", "3" }, { "created=2026-02-28..2026-03-01", "3 4" },
		{ "created=2026-03-01", "4" }, { "created<=2026-02-28", "3" },
		{ "created>2026-02-28 created<2026-04-01", "4" }, { "created=4h..2h", "2" },
		{ "created=\"2026-02-28 13:00Z\"", "3" }, { "created<2026-02-28", "" },
		{ "made=2026-02-28", "3" }, { "since 2026-03-01Z rows=10", "1" },
	};
	const char *half;

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		const char *ids = found(list[i].text, &half);

		if (half != NULL && strncmp(list[i].text, "since", 5) != 0)
			fail_msg("%s: left out %s", list[i].text, half);
		if (half == NULL && strcmp(ids, list[i].ids) != 0)
			fail_msg("%s: found \"%s\", not \"%s\"", list[i].text, ids, list[i].ids);
	}
}

/* Whatever is still being typed hides nothing that the rest shows. */
static void what_is_unfinished_hides_nothing(void **state)
{
	static const struct { const char *text, *half, *ids; } list[] = {
		{ "note~", "note~", "1 2 3 4" }, { "state=", "state=", "1 2 3 4" },
		{ "state=fai", "state=fai", "1 2 3 4" }, { "state=failed,", "state=failed,", "1 2 3 4" },
		{ "orders state=f", "state=f", "1 2" }, { "state= orders", "state=", "1 2" },
		{ "\"ord", "\"ord", "1 2 3 4" }, { "stock name=\"ord", "name=\"ord", "3" },
		{ "!", "!", "1 2 3 4" }, { "orders !", "!", "1 2" }, { "!note~", "note~", "1 2 3 4" },
		{ "note~(time", "note~(time", "1 2 3 4" }, { "note~[a", "note~[a", "1 2 3 4" },
		{ "note~a\\", "note~a\\", "1 2 3 4" }, { "rows>", "rows>", "1 2 3 4" },
		{ "stock | note~", "note~", "3" }, { "(note~) stock", "note~", "3" },
		{ "created>2026-0", "created>2026-0", "1 2 3 4" }, { "since 2026", "", "1 2 3 4" },
		{ "created=2026-02-28..2026-", "created=2026-02-28..2026-", "1 2 3 4" },
		{ "since ", "since ", "1 2 3 4" }, { "paused=y", "", "2" }, { "paused=ye", "", "1 2 3 4" },
		{ "rows=..", "rows=..", "1 2 3 4" }, { "~", "~", "1 2 3 4" }, { "\"\"", "\"\"", "1 2 3 4" },
	};
	const char *half;

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		const char *ids = found(list[i].text, &half);

		if (list[i].half[0] != '\0' && (half == NULL || strcmp(half, list[i].half) != 0))
			fail_msg("%s: left out %s", list[i].text, half != NULL ? half : "nothing");
		if (list[i].half[0] != '\0' && strcmp(ids, list[i].ids) != 0)
			fail_msg("%s: found \"%s\", not \"%s\"", list[i].text, ids, list[i].ids);
	}
}

static void what_is_wrong_is_pointed_at(void **state)
{
	static const struct { const char *text, *message, *hint; } list[] = {
		{ "stat=failed", "character 1: there is no column \"stat\"", "Did you mean state?" },
		{ "orders zzz>1", "character 8: there is no column \"zzz\"",
		  "Columns: id, name, note, state, kind, rows, size, age, created, paused." },
		{ "\xc3\xa4 stat=x", "character 3: there is", "state" },
		{ "state=faild x", "character 7: state is never \"faild\"", "Did you mean failed?" },
		{ "state=failed,zzz ", "character 14: state is never", "one of queued|running" },
		{ "state>failed", "character 1: state takes = and !=", "" },
		{ "state~fail", "character 1: state takes = and !=", "" },
		{ "rows>many", "character 6: rows takes a number like", "" },
		{ "rows~1", "character 1: rows takes =, !=", "" },
		{ "rows>1..2", "character 6: a range goes with = only", "" },
		{ "rows=2..1", "character 6: the range ends before it begins", "" },
		{ "rows=1..x", "not \"x\"", "" },
		{ "size>1XB", "size takes a size like 10MB", "" },
		{ "age>soon", "age takes a span like", "" },
		{ "created>soon", "created takes a moment", "" },
		{ "created=2h", "character 9: a span is no moment", "created>2h: since then" },
		{ "paused=maybe", "character 8: paused is yes or no", "" },
		{ "x)", "character 2: this ) has no (", "" },
		{ "=x", "character 1: the name of a column is missing", "" },
		{ "!|x", "character 1: behind ! belongs", "" },
		{ "\xff", "not UTF-8", "" },
		{ "!!!!!!!!!!!!!!!!!!!!!!!!!x", "nested too deep", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct err err = { 0 };
		struct filter *f;

		if (filter_parse(mem, list[i].text, cols, &f, &err) != ERR_USAGE)
			fail_msg("%s is taken", list[i].text);
		if (strstr(err.frame[0].text, list[i].message) == NULL)
			fail_msg("%s: %s", list[i].text, err.frame[0].text);
		if (strstr(err.hint, list[i].hint) == NULL)
			fail_msg("%s: hint %s", list[i].text, err.hint);
	}
}

static void there_are_limits(void **state)
{
	struct err err = { 0 };
	struct filter *f;
	struct buf text;

	(void)state;
	buf_init(&text, 10000);
	for (int i = 0; i <= FILTER_TERMS_MAX; i++)
		buf_adds(&text, "a ");
	assert_int_equal(filter_parse(mem, buf_str(&text), cols, &f, &err), ERR_USAGE);
	assert_non_null(strstr(err.frame[0].text, "too many terms"));
	buf_clear(&text);
	buf_adds(&text, "note~");
	for (int i = 0; i <= FILTER_REGEX_MAX; i++)
		buf_adds(&text, "a");
	assert_int_equal(filter_parse(mem, buf_str(&text), cols, &f, &err), ERR_USAGE);
	assert_non_null(strstr(err.frame[0].text, "too long"));
	for (int i = 0; i < FILTER_BYTES_MAX; i++)
		buf_adds(&text, "a");
	assert_int_equal(filter_parse(mem, buf_str(&text), cols, &f, &err), ERR_USAGE);
	buf_release(&text);
}

/* What only the server finds out is told in the same words. */
static void servers_complaints_are_the_filters(void **state)
{
	struct list_def def = { "row", cols, "t.id" };
	struct list_ask ask = { .filter = "x note~*a" };
	struct db_result *res = NULL;
	struct err err = { 0 };
	struct filter *f;

	(void)state;
	assert_int_equal(list_query(mem, db, &def, ROWS, NULL, 0, &ask, &res, &err), ERR_USAGE);
	assert_non_null(strstr(err.frame[0].text, "filter, character 8: "));
	assert_non_null(strstr(err.frame[0].text, "regular expression"));
	err_clear(&err);
	OK(filter_parse(mem, "x", cols, &f, &err));
	assert_int_equal(list_run(db, 50, "select pg_sleep(5)", NULL, 0, &res, &err),
			 ERR_CANCELLED);
	assert_int_equal(filter_refused(f, &err), ERR_TIMEOUT);
	assert_null(res);
	assert_false(db_in_transaction(db));
}

/* Callers that know an index take their terms out; the rest stays. */
static void terms_can_be_taken_out(void **state)
{
	const struct filter_term *t;
	struct db_param param[FILTER_PARAMS_MAX];
	struct err err = { 0 };
	const char *sql;
	struct filter *f;
	int n;

	(void)state;
	OK(filter_parse(mem, "state=dead,failed !stock (x|y) rows>5", cols, &f, &err));
	assert_int_equal(filter_needs(f), 4);
	t = filter_need(f, 0);
	assert_string_equal(t->col->name, "state");
	assert_int_equal(t->choices, 1u << 2 | 1u << 3);
	assert_null(filter_need(f, 1));
	assert_null(filter_need(f, 2));
	t = filter_need(f, 3);
	assert_true(t->lo.is_set && t->lo.is_out && t->lo.v == 5 && !t->hi.is_set);
	filter_drop(f, 0);
	assert_null(filter_need(f, 0));
	OK(filter_sql(mem, f, 3, &sql, param, &n, &err));
	assert_null(strstr(sql, "t.state in (2, 3)"));
	assert_non_null(strstr(sql, "$3::text"));
	assert_false(filter_is_empty(f));
	filter_drop(f, 3);
	filter_drop(f, 2);
	filter_drop(f, 1);
	assert_true(filter_is_empty(f));
	OK(filter_sql(mem, f, 1, &sql, param, &n, &err));
	assert_string_equal(sql, "true");
	assert_int_equal(n, 0);
	OK(filter_parse(mem, "state=dead | rows>5", cols, &f, &err));
	assert_null(filter_need(f, 0));
}

/* A value is a parameter, whatever stands in it. */
static void values_never_reach_the_text(void **state)
{
	static const char *const evil[] = {
		"name='", "name=\"'; drop table x; --\"", "name~'", "'--", "name:$1", "note>'",
		"\"\\'\"",
	};
	struct db_param param[FILTER_PARAMS_MAX];
	const char *sql, *half;
	struct filter *f;
	struct err err = { 0 };
	int n;

	(void)state;
	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		OK(filter_parse(mem, evil[i], cols, &f, &err));
		OK(filter_sql(mem, f, 1, &sql, param, &n, &err));
		assert_null(strstr(sql, "drop"));
		assert_true(n > 0);
		found(evil[i], &half);
		assert_null(half);
	}
}

/* ---- pages ------------------------------------------------------------------------- */

static const char *page(struct list_ask ask)
{
	struct list_def def = { "row", cols, "t.id" };
	struct db_result *res = NULL;
	struct err err = { 0 };
	const char *out = "";

	OK(list_query(mem, db, &def, ROWS, NULL, 0, &ask, &res, &err));
	for (int i = 0; i < db_result_rows(res); i++)
		out = arena_printf(mem, "%s%s", out, db_result_text(res, i, "id"));
	db_result_free(res);
	return out;
}

static void pages_go_both_ways(void **state)
{
	struct list_def def = { "row", cols, "t.id" };
	struct list_ask gone = { .after = "99" }, bad = { .sort = "-sise" };
	struct db_result *res = NULL;
	struct err err = { 0 };

	(void)state;
	assert_string_equal(page((struct list_ask){ 0 }), "1234");
	assert_string_equal(page((struct list_ask){ .limit = 2 }), "12");
	assert_string_equal(page((struct list_ask){ .limit = 2, .after = "2" }), "34");
	assert_string_equal(page((struct list_ask){ .limit = 2, .before = "4" }), "23");
	assert_string_equal(page((struct list_ask){ .limit = 9, .before = "1" }), "");
	assert_string_equal(page((struct list_ask){ .sort = "-rows" }), "3214");
	assert_string_equal(page((struct list_ask){ .sort = "rows" }), "1234");
	assert_string_equal(page((struct list_ask){ .sort = "-rows", .after = "2" }), "14");
	assert_string_equal(page((struct list_ask){ .sort = "-rows", .before = "1", .limit = 1 }), "2");
	assert_string_equal(page((struct list_ask){ .sort = "-kind", .limit = 2 }), "14");
	assert_string_equal(page((struct list_ask){ .sort = "-kind", .after = "4" }), "23");
	/* The row of the key need not be one that is shown. */
	assert_string_equal(page((struct list_ask){ .filter = "kind=load", .after = "1" }), "23");
	assert_int_equal(list_query(mem, db, &def, ROWS, NULL, 0, &gone, &res, &err),
			 ERR_NOT_FOUND);
	assert_int_equal(list_query(mem, db, &def, ROWS, NULL, 0, &bad, &res, &err), ERR_USAGE);
	assert_non_null(strstr(err.hint, "size"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, mem_up, mem_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_are_found),
		TEST(what_is_unfinished_hides_nothing),
		TEST(what_is_wrong_is_pointed_at),
		TEST(there_are_limits),
		TEST(servers_complaints_are_the_filters),
		TEST(terms_can_be_taken_out),
		TEST(values_never_reach_the_text),
		TEST(pages_go_both_ways),
	};

	return cmocka_run_group_tests(tests, up, down);
}

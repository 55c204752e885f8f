/*
 * tests/unit/core/flow/oracle_test.c
 *	A real server as judge: binary values both ways, and sums of numerics.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/flow/decimal.h"
#include "core/flow/format.h"
#include "core/flow/parse.h"
#include "core/flow/pgbin.h"
#include "tests/lib/dbtest.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define COPY_HEADER 19	/* signature, flags, length of the extension */

static struct pgtemp *server;
static struct db *db;

static const struct {
	const char *type;
	uint32_t oid;
	const char *value;
} cases[] = {
	{ "bool", PG_BOOL, "true" }, { "int2", PG_INT2, "-32768" }, { "int4", PG_INT4, "2147483647" },
	{ "int8", PG_INT8, "-9223372036854775808" }, { "float4", PG_FLOAT4, "1.25" },
	{ "float8", PG_FLOAT8, "0.1" }, { "float8", PG_FLOAT8, "1e+300" }, { "float8", PG_FLOAT8, "NaN" },
	{ "float8", PG_FLOAT8, "-Infinity" }, { "float8", PG_FLOAT8, "1e-05" },
	{ "float8", PG_FLOAT8, "123456789.123" },
	{ "numeric", PG_NUMERIC, "0" }, { "numeric", PG_NUMERIC, "0.000" }, { "numeric", PG_NUMERIC, "-1.50" },
	{ "numeric", PG_NUMERIC, "99999999999999999999999999999999999999" },
	{ "numeric", PG_NUMERIC, "-9999999999999999999999999999999999999.9" },
	{ "numeric", PG_NUMERIC, "999999999999999999999999999999999999.99" },
	{ "numeric", PG_NUMERIC, "99999999999999999999999999999999999.999" },
	{ "numeric", PG_NUMERIC, "0.00000000000000000000000000000000000001" },
	{ "numeric", PG_NUMERIC, "0.00001" }, { "numeric", PG_NUMERIC, "10000" },
	{ "numeric", PG_NUMERIC, "100000000.00000001" }, { "numeric", PG_NUMERIC, "12345.6789" },
	{ "text", PG_TEXT, "h\xc3\xa9llo, \"x\"\n" }, { "text", PG_TEXT, "" },
	{ "varchar", PG_VARCHAR, "abc" }, { "bytea", PG_BYTEA, "\\x00ff10" },
	{ "json", PG_JSON, "{\"a\": 1}" }, { "jsonb", PG_JSONB, "{\"a\": [1, null]}" },
	{ "date", PG_DATE, "2025-02-28" }, { "date", PG_DATE, "0001-01-01" },
	{ "date", PG_DATE, "5874897-12-31" }, { "date", PG_DATE, "infinity" },
	{ "date", PG_DATE, "-infinity" }, { "date", PG_DATE, "1999-12-31" },
	{ "time", PG_TIME, "23:59:59.999999" }, { "time", PG_TIME, "00:00:00" },
	{ "timestamp", PG_TIMESTAMP, "2025-02-28 13:45:59.123456" },
	{ "timestamp", PG_TIMESTAMP, "0001-01-01 00:00:00" }, { "timestamp", PG_TIMESTAMP, "infinity" },
	{ "timestamp", PG_TIMESTAMP, "1999-12-31 23:59:59.5" },
	{ "timestamptz", PG_TIMESTAMPTZ, "2025-02-28 13:45:59+00" },
	{ "timestamptz", PG_TIMESTAMPTZ, "-infinity" },
	{ "uuid", PG_UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" },
};

static int start(void **state)
{
	struct err err = { 0 };

	(void)state;
	server = pgtemp_start();
	db = dbtest_open(server, NULL);
	dbtest_check(db_exec(db, "set timezone = 'UTC'; set datestyle = 'ISO'", &err), &err);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	db_close(db);
	pgtemp_free(server);
	return 0;
}

/* All bytes of a binary COPY out. */
static void copy_out(const char *sql, struct buf *into)
{
	struct err err = { 0 };
	const char *p;
	bool eof = false;
	size_t n;

	dbtest_check(db_copy_out(db, sql, &err), &err);
	for (;;) {
		dbtest_check(db_copy_get(db, &p, &n, &eof, &err), &err);
		if (eof)
			return;
		buf_add(into, p, n);
	}
}

/* The server's bytes, decoded and formatted, are its text; sent back, they are it again. */
static void values_are_the_servers_both_ways(void **state)
{
	static const char head[COPY_HEADER + 1] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct batch *b = batch_new(NULL, 1, 1);
		struct column *c = &b->col[0];
		struct err err = { 0 };
		struct buf raw, wire;
		struct slice got;
		const char *sql;
		char back[200];
		char *end;

		buf_init(&raw, 1 << 16);
		buf_init(&wire, 1 << 16);
		sql = arena_printf(b->mem, "copy (select '%s'::%s) to stdout (format binary)",
				   cases[i].value, cases[i].type);
		copy_out(sql, &raw);
		/* header, field count, length, value, trailer */
		assert_true(raw.len >= COPY_HEADER + 2 + 4 + 2);
		b->nrows = 1;
		c->v.text[0] = (struct slice){ raw.data + COPY_HEADER + 6,
					       raw.len - COPY_HEADER - 8 };
		c->pg_oid = cases[i].oid;
		dbtest_check(pgbin_decode(b, 0, "v", &err), &err);
		got = format_cell(b->mem, c, 0);
		if (!slice_is(got, cases[i].value))
			fail_msg("%s %s was read as %.*s", cases[i].type, cases[i].value,
				 (int)got.n, got.p);
		sql = arena_printf(b->mem,
				   "drop table if exists pg_temp.v; create temp table v (v %s)",
				   cases[i].type);
		dbtest_check(db_exec(db, sql, &err), &err);
		sql = "copy pg_temp.v from stdin (format binary)";
		dbtest_check(db_copy_in(db, sql, &err), &err);
		buf_add(&wire, head, COPY_HEADER);
		buf_add(&wire, "\0\1", 2);
		dbtest_check(buf_reserve(&wire, pgbin_room(c, 0), &err), &err);
		end = pgbin_writer(c, cases[i].oid)(wire.data + wire.len, c, 0);
		assert_non_null(end);
		wire.len = (size_t)(end - wire.data);
		buf_add(&wire, "\xff\xff", 2);
		dbtest_check(db_copy_put(db, wire.data, wire.len, &err), &err);
		dbtest_check(db_copy_end(db, NULL, &err), &err);
		dbtest_one(db, "select v::text from pg_temp.v", back, sizeof(back));
		if (strcmp(back, cases[i].value) != 0)
			fail_msg("%s %s was stored as %s", cases[i].type, cases[i].value, back);
		buf_release(&raw);
		buf_release(&wire);
		batch_free(b);
	}
}

static uint64_t seed = 20251121;

static uint64_t next(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return seed >> 20;
}

/* Up to 12 digits before and 8 behind the point. */
static struct decimal random_decimal(void)
{
	struct decimal d = { (__int128)(next() % 1000000000000), (int)(next() % 9) };

	if (next() % 3 == 0)
		d.coef %= 1000;
	if (next() & 1)
		d.coef = -d.coef;
	if (d.coef == 0)
		d.coef = 7;
	return d;
}

static struct decimal compute(char op, struct decimal a, struct decimal b)
{
	struct decimal r = { 0 };
	bool ok = op == '+'   ? decimal_add(a, b, &r)
		  : op == '-' ? decimal_sub(a, b, &r)
		  : op == '*' ? decimal_mul(a, b, &r)
		  : op == '/' ? decimal_div(a, b, &r)
		  : op == '%' ? decimal_mod(a, b, &r)
			      : decimal_rescale(a, (int)(b.coef % 5 + 2), &r);

	assert_true(ok);
	return r;
}

/* Six hundred sums that nobody chose. */
static void sums_are_the_servers(void **state)
{
	static const char ops[] = "+-*/%r";

	(void)state;
	for (int i = 0; i < 600; i++) {
		struct decimal a = random_decimal(), b = random_decimal(), want, got;
		char op = ops[i % 6];
		char x[DECIMAL_TEXT], y[DECIMAL_TEXT], z[DECIMAL_TEXT], sql[200], text[200];

		decimal_format(a, x);
		decimal_format(b, y);
		if (op == 'r')
			snprintf(sql, sizeof(sql), "select round(%s::numeric, %d)::text", x,
				 (int)(b.coef % 5 + 2));
		else
			snprintf(sql, sizeof(sql), "select ((%s::numeric) %c (%s::numeric))::text",
				 x, op, y);
		dbtest_one(db, sql, text, sizeof(text));
		got = compute(op, a, b);
		decimal_format(got, z);
		assert_int_equal(parse_decimal(slice_of(text), &want), PARSE_OK);
		if (decimal_compare(want, got) != 0)
			fail_msg("%s: the server says %s, leat %s", sql, text, z);
		/* Quotients lose the server's zeros at the end; all else is the same text. */
		if (op != '/')
			assert_string_equal(z, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_the_servers_both_ways),
		cmocka_unit_test(sums_are_the_servers),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

/*
 * tests/unit/core/flow/pgbin_test.c
 *	PostgreSQL's binary format: known bytes, round trips, and what is refused.
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

static struct batch *one_cell(enum type type)
{
	struct field f = { .name = "v", .type = { .type = type } };
	struct schema s = { 1, &f };
	struct batch *b = batch_new(&s, 1, 4);

	b->nrows = 1;
	b->col[0].null[0] = 0;
	return b;
}

/* Fills the cell from text. */
static void set_cell(struct batch *b, const char *text)
{
	struct column *c = &b->col[0];
	struct slice s = slice_of(text);
	uint8_t *id;
	enum parse_rc rc = PARSE_OK;

	switch (c->type) {
	case TYPE_BOOL:
		rc = parse_bool(s, c->v.i64);
		break;
	case TYPE_INT:
		rc = parse_int(s, c->v.i64);
		break;
	case TYPE_FLOAT:
		rc = parse_float(s, c->v.f64);
		break;
	case TYPE_DECIMAL:
		rc = parse_decimal(s, c->v.dec);
		break;
	case TYPE_DATE:
		rc = parse_date(s, c->v.i64);
		break;
	case TYPE_TIME:
		rc = parse_time(s, c->v.i64);
		break;
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		rc = parse_timestamptz(s, c->v.i64);
		break;
	case TYPE_UUID:
		id = arena_alloc(b->mem, 16);
		rc = parse_uuid(s, id);
		c->v.text[0] = (struct slice){ (char *)id, 16 };
		break;
	default:
		c->v.text[0] = s;
	}
	assert_int_equal(rc, PARSE_OK);
}

static const struct {
	enum type type;
	uint32_t oid;
	const char *value;
	const char *hex;	/* as pg's *send() functions give it; NULL: round trip only */
} cases[] = {
	{ TYPE_BOOL, PG_BOOL, "true", "01" },
	{ TYPE_INT, PG_INT2, "-2", "fffe" },
	{ TYPE_INT, PG_INT4, "258", "00000102" },
	{ TYPE_INT, PG_INT8, "-9223372036854775808", "8000000000000000" },
	{ TYPE_FLOAT, PG_FLOAT4, "1.5", "3fc00000" },
	{ TYPE_FLOAT, PG_FLOAT8, "-0.1", "bfb999999999999a" },
	{ TYPE_DECIMAL, PG_NUMERIC, "0", "0000000000000000" },
	{ TYPE_DECIMAL, PG_NUMERIC, "0.00", "0000000000000002" },
	{ TYPE_DECIMAL, PG_NUMERIC, "1.50", "00020000000000020001" "1388" },
	{ TYPE_DECIMAL, PG_NUMERIC, "-12345.678", "0003000140000003" "00010929" "1a7c" },
	{ TYPE_DECIMAL, PG_NUMERIC, "10000", "0001000100000000" "0001" },
	{ TYPE_DECIMAL, PG_NUMERIC, "0.0001", "0001ffff00000004" "0001" },
	{ TYPE_DECIMAL, PG_NUMERIC, "0.00001", "0001fffe00000005" "03e8" },
	{ TYPE_DECIMAL, PG_NUMERIC, "99999999999999999999999999999999999999", NULL },
	{ TYPE_DECIMAL, PG_NUMERIC, "9999999999999999999999999999999999999.9", NULL },
	{ TYPE_DECIMAL, PG_NUMERIC, "-999999999999999999999999999999999999.99", NULL },
	{ TYPE_DECIMAL, PG_NUMERIC, "99999999999999999999999999999999999.999", NULL },
	{ TYPE_DECIMAL, PG_NUMERIC, "0.99999999999999999999999999999999999999", NULL },
	{ TYPE_DECIMAL, PG_NUMERIC, "0.00000000000000000000000000000000000001", NULL },
	{ TYPE_DECIMAL, PG_NUMERIC, "1.00000000000000000000", NULL },
	{ TYPE_DECIMAL, PG_NUMERIC, "12340000000000000000000", NULL },
	{ TYPE_TEXT, PG_TEXT, "h\xc3\xa9", "68c3a9" },
	{ TYPE_TEXT, PG_VARCHAR, "", "" },
	{ TYPE_TEXT, PG_BPCHAR, "ab  ", "61622020" },
	{ TYPE_BYTES, PG_BYTEA, "\x01\x02", "0102" },
	{ TYPE_JSON, PG_JSON, "{}", "7b7d" },
	{ TYPE_JSON, PG_JSONB, "{}", "017b7d" },
	{ TYPE_DATE, PG_DATE, "2000-01-02", "00000001" },
	{ TYPE_DATE, PG_DATE, "1999-12-31", "ffffffff" },
	{ TYPE_DATE, PG_DATE, "infinity", "7fffffff" },
	{ TYPE_DATE, PG_DATE, "-infinity", "80000000" },
	{ TYPE_TIME, PG_TIME, "00:00:01", "00000000000f4240" },
	{ TYPE_TIMESTAMP, PG_TIMESTAMP, "2000-01-01 00:00:00.000001", "0000000000000001" },
	{ TYPE_TIMESTAMP, PG_TIMESTAMP, "infinity", "7fffffffffffffff" },
	{ TYPE_TIMESTAMPTZ, PG_TIMESTAMPTZ, "1999-12-31 23:59:59.999999", "ffffffffffffffff" },
	{ TYPE_UUID, PG_UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
	  "a0eebc999c0b4ef8bb6d6bb9bd380a11" },
};

static void bytes_are_the_servers_and_come_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct batch *b = one_cell(cases[i].type);
		struct column *c = &b->col[0];
		struct err err = { 0 };
		struct slice want, got, bytes = { "", 0 };
		pgbin_put_fn put = pgbin_writer(c, cases[i].oid);
		char wire[256];
		char *end;

		set_cell(b, cases[i].value);
		want = format_cell(b->mem, c, 0);
		assert_non_null(put);
		end = put(wire, c, 0);
		assert_non_null(end);
		assert_true((size_t)(end - wire) <= pgbin_room(c, 0));
		got = (struct slice){ wire + 4, (size_t)(end - wire) - 4 };
		if (cases[i].hex != NULL) {
			const char *hex = arena_printf(b->mem, "\\x%s", cases[i].hex);

			assert_int_equal(parse_bytes(b->mem, slice_of(hex), &bytes), PARSE_OK);
			if (!slice_eq(got, bytes))
				fail_msg("%s as OID %u: other bytes", cases[i].value, cases[i].oid);
		}
		c->v.text = c->store_text;
		c->v.text[0] = got;
		c->pg_oid = cases[i].oid;
		assert_int_equal(pgbin_decode(b, 0, "v", &err), ERR_OK);
		assert_int_equal(c->type, cases[i].type);
		got = format_cell(b->mem, c, 0);
		if (!slice_eq(got, want))
			fail_msg("%s as OID %u came back as %.*s", cases[i].value, cases[i].oid,
				 (int)got.n, got.p);
		batch_free(b);
	}
}

static void nulls_and_passing_through(void **state)
{
	struct batch *b = one_cell(TYPE_INT);
	struct column *c = &b->col[0];
	char wire[64];

	(void)state;
	c->null[0] = 1;
	assert_ptr_equal(pgbin_writer(c, PG_INT4)(wire, c, 0), wire + 4);
	assert_memory_equal(wire, "\xff\xff\xff\xff", 4);
	c->null[0] = 0;
	c->v.i64[0] = 40000;
	assert_null(pgbin_writer(c, PG_INT2)(wire, c, 0));
	assert_null(pgbin_writer(c, PG_TEXT));
	c->pg_oid = 3734;	/* a type that only the server knows */
	c->v.text = c->store_text;
	c->v.text[0] = SLICE("raw");
	assert_ptr_equal(pgbin_writer(c, 3734)(wire, c, 0), wire + 7);
	assert_null(pgbin_writer(c, PG_TEXT));
	c->pg_oid = PG_VARCHAR;
	assert_non_null(pgbin_writer(c, PG_TEXT));
	batch_free(b);
}

struct bad {
	uint32_t oid;
	struct slice bytes;
	enum err_code rc;
	enum row_state state;
};

static void what_cannot_be_held_is_refused(void **state)
{
	static const struct bad bad[] = {
		{ PG_NUMERIC, { "\0\0\0\0\xc0\0\0\0", 8 }, ERR_OK, ROW_REJECTED },
		{ PG_NUMERIC, { "\0\0\0\0\xd0\0\0\0", 8 }, ERR_OK, ROW_REJECTED },
		{ PG_NUMERIC, { "\0\1\0\x10\0\0\0\0\0\1", 10 }, ERR_OK, ROW_REJECTED },
		{ PG_NUMERIC, { "\0\2\0\0\0\0\0\0\0\1", 10 }, ERR_INPUT, ROW_LIVE },
		{ PG_NUMERIC, { "\0\0", 2 }, ERR_INPUT, ROW_LIVE },
		{ PG_INT4, { "\0\0", 2 }, ERR_INPUT, ROW_LIVE },
		{ PG_JSONB, { "\2{}", 3 }, ERR_INPUT, ROW_LIVE },
		{ PG_UUID, { "short", 5 }, ERR_INPUT, ROW_LIVE },
		{ PG_BOOL, { "", 0 }, ERR_INPUT, ROW_LIVE },
		{ 3734, { "", 0 }, ERR_BUG, ROW_LIVE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct batch *b = one_cell(TYPE_TEXT);
		struct err err = { 0 };

		b->col[0].v.text[0] = bad[i].bytes;
		b->col[0].pg_oid = bad[i].oid;
		assert_int_equal(pgbin_decode(b, 0, "v", &err), bad[i].rc);
		assert_int_equal(b->state[0], bad[i].state);
		batch_free(b);
	}
}

static void timetz_becomes_text(void **state)
{
	struct batch *b = one_cell(TYPE_TEXT);
	struct err err = { 0 };

	(void)state;
	b->col[0].v.text[0] = (struct slice){ "\0\0\0\0\0\x0f\x42\x40\xff\xff\xb1\xf4", 12 };
	b->col[0].pg_oid = PG_TIMETZ;
	assert_int_equal(pgbin_decode(b, 0, "v", &err), ERR_OK);
	assert_true(slice_is(b->col[0].v.text[0], "00:00:01+05:33"));
	batch_free(b);
}

static void each_type_has_an_oid(void **state)
{
	struct type_spec t = { .type = TYPE_INT };

	(void)state;
	assert_int_equal(pgbin_oid(&t), PG_INT8);
	t.bytes = 2;
	assert_int_equal(pgbin_oid(&t), PG_INT2);
	t = (struct type_spec){ .type = TYPE_TEXT };
	assert_int_equal(pgbin_oid(&t), PG_TEXT);
	t.max_chars = 3;
	assert_int_equal(pgbin_oid(&t), PG_VARCHAR);
	for (int i = 0; i < TYPE_COUNT; i++) {
		struct type_spec back;

		t = (struct type_spec){ .type = (enum type)i, .bytes = i == TYPE_INT ? 8 : 0 };
		assert_true(pgbin_type(pgbin_oid(&t), &back));
		assert_int_equal(back.type, i);
	}
	assert_false(pgbin_type(3734, &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_the_servers_and_come_back),
		cmocka_unit_test(nulls_and_passing_through),
		cmocka_unit_test(what_cannot_be_held_is_refused),
		cmocka_unit_test(timetz_becomes_text),
		cmocka_unit_test(each_type_has_an_oid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

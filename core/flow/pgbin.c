/*
 * core/flow/pgbin.c
 *	Which type travels how, and plain cells into PostgreSQL's binary format.
 */
#include "core/flow/pgbin.h"

#include <endian.h>
#include <string.h>

#include "core/base/calendar.h"
#include "core/flow/decimal.h"

#define NUMERIC_NEG 0x4000
#define NBASE       10000

static const struct {
	uint32_t oid;
	struct type_spec type;
} types[] = {
	{ PG_BOOL, { .type = TYPE_BOOL } },
	{ PG_INT2, { .type = TYPE_INT, .bytes = 2 } },
	{ PG_INT4, { .type = TYPE_INT, .bytes = 4 } },
	{ PG_INT8, { .type = TYPE_INT, .bytes = 8 } },
	{ PG_FLOAT4, { .type = TYPE_FLOAT, .bytes = 4 } },
	{ PG_FLOAT8, { .type = TYPE_FLOAT, .bytes = 8 } },
	{ PG_NUMERIC, { .type = TYPE_DECIMAL } },
	{ PG_TEXT, { .type = TYPE_TEXT } },
	{ PG_VARCHAR, { .type = TYPE_TEXT } },
	{ PG_BPCHAR, { .type = TYPE_TEXT } },
	{ PG_NAME, { .type = TYPE_TEXT } },
	{ PG_XML, { .type = TYPE_TEXT } },
	{ PG_BYTEA, { .type = TYPE_BYTES } },
	{ PG_JSONB, { .type = TYPE_JSON } },
	{ PG_JSON, { .type = TYPE_JSON } },
	{ PG_DATE, { .type = TYPE_DATE } },
	{ PG_TIME, { .type = TYPE_TIME } },
	{ PG_TIMETZ, { .type = TYPE_TEXT } },
	{ PG_TIMESTAMP, { .type = TYPE_TIMESTAMP } },
	{ PG_TIMESTAMPTZ, { .type = TYPE_TIMESTAMPTZ } },
	{ PG_UUID, { .type = TYPE_UUID } },
};

bool pgbin_type(uint32_t oid, struct type_spec *out)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].oid != oid)
			continue;
		*out = types[i].type;
		out->pg_oid = oid;
		return true;
	}
	return false;
}

uint32_t pgbin_oid(const struct type_spec *t)
{
	if (t->type == TYPE_INT && t->bytes != 2 && t->bytes != 4)
		return PG_INT8;
	if (t->type == TYPE_FLOAT && t->bytes != 4)
		return PG_FLOAT8;
	if (t->type == TYPE_TEXT && t->max_chars > 0)
		return PG_VARCHAR;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type.type == t->type && types[i].type.bytes == t->bytes)
			return types[i].oid;
	return PG_TEXT;
}

static inline char *put16(char *p, uint16_t v)
{
	v = htobe16(v);
	memcpy(p, &v, 2);
	return p + 2;
}

static inline char *put32(char *p, uint32_t v)
{
	v = htobe32(v);
	memcpy(p, &v, 4);
	return p + 4;
}

static inline char *put64(char *p, uint64_t v)
{
	v = htobe64(v);
	memcpy(p, &v, 8);
	return p + 8;
}

static inline char *put_null(char *p)
{
	return put32(p, UINT32_MAX);
}

static char *put_bool(char *p, const struct column *c, uint32_t row)
{
	if (c->null[row])
		return put_null(p);
	p = put32(p, 1);
	*p++ = (char)(c->v.i64[row] != 0);
	return p;
}

static char *put_int2(char *p, const struct column *c, uint32_t row)
{
	if (c->null[row])
		return put_null(p);
	if (c->v.i64[row] < INT16_MIN || c->v.i64[row] > INT16_MAX)
		return NULL;
	return put16(put32(p, 2), (uint16_t)c->v.i64[row]);
}

static char *put_int4(char *p, const struct column *c, uint32_t row)
{
	if (c->null[row])
		return put_null(p);
	if (c->v.i64[row] < INT32_MIN || c->v.i64[row] > INT32_MAX)
		return NULL;
	return put32(put32(p, 4), (uint32_t)c->v.i64[row]);
}

/* Times and timestamps too: the epoch is the same, infinities are the ends of int64. */
static char *put_int8(char *p, const struct column *c, uint32_t row)
{
	return c->null[row] ? put_null(p) : put64(put32(p, 8), (uint64_t)c->v.i64[row]);
}

static char *put_date(char *p, const struct column *c, uint32_t row)
{
	int64_t v;

	if (c->null[row])
		return put_null(p);
	v = c->v.i64[row];
	if (!calendar_is_finite(v))
		v = v > 0 ? INT32_MAX : INT32_MIN;
	else if (v >= INT32_MAX || v <= INT32_MIN)
		return NULL;
	return put32(put32(p, 4), (uint32_t)v);
}

static char *put_float4(char *p, const struct column *c, uint32_t row)
{
	float f;
	uint32_t bits;

	if (c->null[row])
		return put_null(p);
	f = (float)c->v.f64[row];
	memcpy(&bits, &f, 4);
	return put32(put32(p, 4), bits);
}

static char *put_float8(char *p, const struct column *c, uint32_t row)
{
	uint64_t bits;

	if (c->null[row])
		return put_null(p);
	memcpy(&bits, &c->v.f64[row], 8);
	return put64(put32(p, 8), bits);
}

static char *put_text(char *p, const struct column *c, uint32_t row)
{
	const struct slice *s = &c->v.text[row];

	if (c->null[row])
		return put_null(p);
	if (s->n > INT32_MAX)
		return NULL;
	p = put32(p, (uint32_t)s->n);
	if (s->n > 0)
		memcpy(p, s->p, s->n);
	return p + s->n;
}

static char *put_jsonb(char *p, const struct column *c, uint32_t row)
{
	const struct slice *s = &c->v.text[row];

	if (c->null[row])
		return put_null(p);
	if (s->n >= INT32_MAX)
		return NULL;
	p = put32(p, (uint32_t)s->n + 1);
	*p++ = 1;	/* version */
	if (s->n > 0)
		memcpy(p, s->p, s->n);
	return p + s->n;
}

/* Base-10000 digits, newest (lowest) first, of a whole coefficient. */
static int split_digits(unsigned __int128 m, uint16_t *digit)
{
	const uint64_t e16 = 10000000000000000ull;
	int n = 0;

	while (m >> 63 != 0) {
		uint64_t low = (uint64_t)(m % e16);

		m /= e16;
		for (int i = 0; i < 4; i++, low /= NBASE)
			digit[n++] = (uint16_t)(low % NBASE);
	}
	for (uint64_t v = (uint64_t)m; v != 0; v /= NBASE)
		digit[n++] = (uint16_t)(v % NBASE);
	return n;
}

static char *put_numeric(char *p, const struct column *c, uint32_t row)
{
	static const unsigned lift[4] = { 1, 1000, 100, 10 };
	struct decimal d;
	unsigned __int128 m;
	uint16_t digit[16];
	int n, first = 0, below, weight;
	char *start = p;

	if (c->null[row])
		return put_null(p);
	d = c->v.dec[row];
	m = d.coef < 0 ? (unsigned __int128)0 - (unsigned __int128)d.coef
		       : (unsigned __int128)d.coef;
	/* The point must stand between base-10000 digits: at most 41 digits, under 2^137. */
	below = (d.scale + 3) / 4;
	if (d.scale % 4 != 0 && m > (~(unsigned __int128)0) / lift[d.scale % 4]) {
		/* Lifting would overflow: the low part is split off by hand. */
		unsigned __int128 unit = d.scale % 4 == 1 ? 10 : d.scale % 4 == 2 ? 100 : 1000;

		digit[0] = (uint16_t)((unsigned)(m % unit) * lift[d.scale % 4]);
		n = 1 + split_digits(m / unit, digit + 1);
	} else {
		n = split_digits(m * lift[d.scale % 4], digit);
	}
	weight = n - 1 - below;
	while (first < n && digit[first] == 0)
		first++;
	if (first == n)
		weight = 0;
	p = put32(p, (uint32_t)(8 + 2 * (n - first)));
	p = put16(p, (uint16_t)(n - first));
	p = put16(p, (uint16_t)weight);
	p = put16(p, d.coef < 0 ? NUMERIC_NEG : 0);
	p = put16(p, (uint16_t)d.scale);
	while (n > first)
		p = put16(p, digit[--n]);
	return p > start ? p : NULL;
}

static char *put_uuid(char *p, const struct column *c, uint32_t row)
{
	if (c->null[row])
		return put_null(p);
	if (c->v.text[row].n != 16)
		return NULL;
	return put_text(p, c, row);
}

static bool is_text_oid(uint32_t oid)
{
	return oid == PG_TEXT || oid == PG_VARCHAR || oid == PG_BPCHAR || oid == PG_NAME ||
	       oid == PG_XML;
}

pgbin_put_fn pgbin_writer(const struct column *c, uint32_t oid)
{
	static const struct {
		enum type type;
		uint32_t oid;
		pgbin_put_fn put;
	} way[] = {
		{ TYPE_BOOL, PG_BOOL, put_bool }, { TYPE_INT, PG_INT2, put_int2 },
		{ TYPE_INT, PG_INT4, put_int4 }, { TYPE_INT, PG_INT8, put_int8 },
		{ TYPE_FLOAT, PG_FLOAT4, put_float4 }, { TYPE_FLOAT, PG_FLOAT8, put_float8 },
		{ TYPE_DECIMAL, PG_NUMERIC, put_numeric }, { TYPE_TEXT, PG_TEXT, put_text },
		{ TYPE_TEXT, PG_VARCHAR, put_text }, { TYPE_TEXT, PG_BPCHAR, put_text },
		{ TYPE_TEXT, PG_NAME, put_text }, { TYPE_TEXT, PG_XML, put_text },
		{ TYPE_BYTES, PG_BYTEA, put_text }, { TYPE_JSON, PG_JSON, put_text },
		{ TYPE_JSON, PG_JSONB, put_jsonb }, { TYPE_JSON, PG_TEXT, put_text },
		{ TYPE_DATE, PG_DATE, put_date }, { TYPE_TIME, PG_TIME, put_int8 },
		{ TYPE_TIMESTAMP, PG_TIMESTAMP, put_int8 },
		{ TYPE_TIMESTAMPTZ, PG_TIMESTAMPTZ, put_int8 }, { TYPE_UUID, PG_UUID, put_uuid },
	};

	if (c->pg_oid != 0) {
		if (c->pg_oid == oid || (is_text_oid(c->pg_oid) && is_text_oid(oid)))
			return put_text;
		return NULL;
	}
	for (size_t i = 0; i < sizeof(way) / sizeof(way[0]); i++)
		if (way[i].type == c->type && way[i].oid == oid)
			return way[i].put;
	return NULL;
}

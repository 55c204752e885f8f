/*
 * core/flow/pgbin_read.c
 *	PostgreSQL's binary format into plain cells, in place.
 */
#include <endian.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/calendar.h"
#include "core/flow/decimal.h"
#include "core/flow/format.h"
#include "core/flow/pgbin.h"

#define NUMERIC_POS  0x0000
#define NUMERIC_NEG  0x4000
#define NUMERIC_NAN  0xC000
#define NUMERIC_PINF 0xD000
#define NUMERIC_NINF 0xF000
#define NBASE        10000

static inline uint16_t get16(const char *p)
{
	uint16_t v;

	memcpy(&v, p, 2);
	return be16toh(v);
}

static inline uint32_t get32(const char *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return be32toh(v);
}

static inline uint64_t get64(const char *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return be64toh(v);
}

enum got { GOT_VALUE, GOT_PROBLEM, GOT_RUBBISH };

/* Makes room for `zeros` more digits or drops that many zeros at the end. */
static bool set_scale(__int128 coef, int have, int want, struct decimal *out)
{
	struct decimal d = { coef, 0 };

	for (; have > want; have--) {
		if (d.coef % 10 != 0)
			return false;
		d.coef /= 10;
	}
	if (have < want && d.coef != 0 && !decimal_rescale(d, want - have, &d))
		return false;
	*out = (struct decimal){ d.coef, want };
	return decimal_digits(*out) <= DECIMAL_DIGITS;
}

static enum got read_numeric(struct slice s, struct decimal *out, const char **why)
{
	int n, weight, sign, scale, have;
	__int128 coef = 0;

	if (s.n < 8)
		return GOT_RUBBISH;
	n = get16(s.p);
	weight = (int16_t)get16(s.p + 2);
	sign = get16(s.p + 4);
	scale = get16(s.p + 6);
	*why = "is NaN or infinity, which a decimal cannot hold";
	if (sign == NUMERIC_NAN || sign == NUMERIC_PINF || sign == NUMERIC_NINF)
		return GOT_PROBLEM;
	if ((sign != NUMERIC_POS && sign != NUMERIC_NEG) || s.n != 8 + 2 * (size_t)n)
		return GOT_RUBBISH;
	*why = "has more than 38 digits";
	have = (n - 1 - weight) * 4;	/* digits behind the point in coef */
	for (int i = 0; i < n; i++) {
		unsigned digit = get16(s.p + 8 + 2 * i);
		unsigned base = NBASE;

		if (digit >= NBASE)
			return GOT_RUBBISH;
		/* The zeros that fill the last base-10000 digit may be one too many for us. */
		for (; i == n - 1 && base > 10 && have > scale && digit % 10 == 0; have--) {
			digit /= 10;
			base /= 10;
		}
		if (__builtin_mul_overflow(coef, base, &coef) ||
		    __builtin_add_overflow(coef, (__int128)digit, &coef))
			return GOT_PROBLEM;
	}
	if (coef == 0)
		have = scale;
	/* A long tail of zeros says nothing: 1.0000...0 is kept as far as it fits. */
	while (!(scale <= DECIMAL_DIGITS && set_scale(coef, have, scale, out)))
		if (--scale < 0)
			return GOT_PROBLEM;
	if (sign == NUMERIC_NEG)
		out->coef = -out->coef;
	return GOT_VALUE;
}

static bool read_i64(struct slice s, uint32_t oid, int64_t *out)
{
	int64_t v;

	switch (s.n) {
	case 1:
		*out = s.p[0] != 0;
		return oid == PG_BOOL;
	case 2:
		*out = (int16_t)get16(s.p);
		return oid == PG_INT2;
	case 4:
		v = (int32_t)get32(s.p);
		if (oid == PG_DATE && v == INT32_MAX)
			v = INT64_MAX;
		else if (oid == PG_DATE && v == INT32_MIN)
			v = INT64_MIN;
		*out = v;
		return oid == PG_INT4 || oid == PG_DATE;
	case 8:
		*out = (int64_t)get64(s.p);
		return oid == PG_INT8 || oid == PG_TIME || oid == PG_TIMESTAMP ||
		       oid == PG_TIMESTAMPTZ;
	default:
		return false;
	}
}

static bool read_double(struct slice s, uint32_t oid, double *out)
{
	if (oid == PG_FLOAT4 && s.n == 4) {
		uint32_t bits = get32(s.p);
		float f;

		memcpy(&f, &bits, 4);
		*out = (double)f;
		return true;
	}
	if (oid == PG_FLOAT8 && s.n == 8) {
		uint64_t bits = get64(s.p);

		memcpy(out, &bits, 8);
		return true;
	}
	return false;
}

/* "13:45:00+02": microseconds, then seconds west of Greenwich. */
static bool read_timetz(struct arena *mem, struct slice s, struct slice *out)
{
	char text[FORMAT_MAX];
	int64_t us;
	int east, at;
	size_t n;
	char *p;

	if (s.n != 12)
		return false;
	us = (int64_t)get64(s.p);
	if (us < 0 || us > DAY_US)
		return false;
	n = format_time(us, text);
	east = -(int32_t)get32(s.p + 8);
	at = east < 0 ? -east : east;
	text[n++] = east < 0 ? '-' : '+';
	text[n++] = (char)('0' + at / 36000 % 10);
	text[n++] = (char)('0' + at / 3600 % 10);
	if (at % 3600 != 0) {
		text[n++] = ':';
		text[n++] = (char)('0' + at / 600 % 6);
		text[n++] = (char)('0' + at / 60 % 10);
	}
	p = arena_strndup(mem, text, n);
	*out = (struct slice){ p, n };
	return true;
}

static bool read_bytes(struct arena *mem, uint32_t oid, struct slice *s)
{
	if (oid == PG_JSONB) {
		if (s->n < 1 || s->p[0] != 1)
			return false;
		s->p++;
		s->n--;
	}
	if (oid == PG_TIMETZ)
		return read_timetz(mem, *s, s);
	return oid != PG_UUID || s->n == 16;
}

static enum err_code rubbish(struct err *err, const char *field, uint32_t oid, size_t n)
{
	return err_set(err, ERR_INPUT, "field %s: %zu bytes that are no value of type OID %u",
		       field, n,
		       oid);
}

/* The values move from text[] to the wide store, cell by cell. */
static enum err_code decode_wide(struct batch *b, struct column *c, uint32_t oid,
				 const char *field, struct err *err)
{
	const struct slice *from = c->v.text;

	c->v.any = c->store_wide;
	for (uint32_t i = 0; i < b->nrows; i++) {
		const char *why = "";
		enum got got;

		if (c->null[i])
			continue;
		if (c->type == TYPE_DECIMAL)
			got = read_numeric(from[i], &c->v.dec[i], &why);
		else if (c->type == TYPE_FLOAT)
			got = read_double(from[i], oid, &c->v.f64[i]) ? GOT_VALUE : GOT_RUBBISH;
		else
			got = read_i64(from[i], oid, &c->v.i64[i]) ? GOT_VALUE : GOT_RUBBISH;
		if (got == GOT_RUBBISH)
			return rubbish(err, field, oid, from[i].n);
		if (got == GOT_PROBLEM) {
			c->null[i] = 1;
			batch_reject(b, i, field, SLICE("NaN, infinity or over 38 digits"), "type",
				     "%s", why);
		}
	}
	return ERR_OK;
}

enum err_code pgbin_decode(struct batch *b, int col, const char *field, struct err *err)
{
	struct column *c = &b->col[col];
	uint32_t oid = c->pg_oid;
	struct type_spec t;

	if (oid == 0)
		return ERR_OK;
	if (!pgbin_type(oid, &t))
		return err_set(err, ERR_BUG, "field %s: no way to read type OID %u", field, oid);
	c->type = t.type;
	c->pg_oid = 0;
	if (t.type != TYPE_TEXT && t.type != TYPE_BYTES && t.type != TYPE_JSON &&
	    t.type != TYPE_UUID)
		return decode_wide(b, c, oid, field, err);
	if (oid != PG_JSONB && oid != PG_TIMETZ && oid != PG_UUID)
		return ERR_OK;
	for (uint32_t i = 0; i < b->nrows; i++)
		if (!c->null[i] && !read_bytes(b->mem, oid, &c->v.text[i]))
			return rubbish(err, field, oid, c->v.text[i].n);
	return ERR_OK;
}

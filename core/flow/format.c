/*
 * core/flow/format.c
 *	Values as text.
 */
#include "core/flow/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/calendar.h"
#include "core/flow/decimal.h"
#include "core/flow/parse.h"

static size_t put_text(const char *s, char *out)
{
	size_t n = strlen(s);

	memcpy(out, s, n);
	return n;
}

size_t format_int(int64_t v, char *out)
{
	uint64_t m = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char tmp[20];
	size_t n = 0, len = 0;

	do
		tmp[n++] = (char)('0' + m % 10);
	while ((m /= 10) != 0);
	if (v < 0)
		out[len++] = '-';
	while (n > 0)
		out[len++] = tmp[--n];
	return len;
}

/* A locale may have put a comma where the point belongs. */
static void fix_point(char *s)
{
	char *comma = strchr(s, ',');

	if (comma != NULL)
		*comma = '.';
}

size_t format_float(double v, int bytes, char *out)
{
	int digits = bytes == 4 ? 6 : 15;
	int most = bytes == 4 ? 9 : 17;

	if (isnan(v))
		return put_text("NaN", out);
	if (isinf(v))
		return put_text(v > 0 ? "Infinity" : "-Infinity", out);
	for (;; digits++) {
		double back = 0;
		int n = snprintf(out, FORMAT_MAX, "%.*g", digits, v);

		fix_point(out);
		if (digits == most || n <= 0)
			return n > 0 ? (size_t)n : 0;
		if (parse_float((struct slice){ out, (size_t)n }, &back) != PARSE_OK)
			continue;
		if (bytes == 4 ? (float)back == (float)v : !(back < v) && !(back > v))
			return (size_t)n;
	}
}

size_t format_bool(int64_t v, char *out)
{
	return put_text(v != 0 ? "true" : "false", out);
}

static char *put_number(char *p, int64_t v, int width)
{
	char tmp[20];
	int n = 0;

	for (; v > 0 || n < width; v /= 10)
		tmp[n++] = (char)('0' + v % 10);
	while (n > 0)
		*p++ = tmp[--n];
	return p;
}

/* Writes the day; *bc says that " BC" belongs behind everything. */
static char *put_day(char *p, int64_t days, bool *bc)
{
	int64_t y;
	int m, d;

	calendar_split(days, &y, &m, &d);
	*bc = y <= 0;
	p = put_number(p, *bc ? 1 - y : y, 4);
	*p++ = '-';
	p = put_number(p, m, 2);
	*p++ = '-';
	return put_number(p, d, 2);
}

static char *put_clock(char *p, int64_t us)
{
	int64_t fraction = us % SECOND_US;

	p = put_number(p, us / HOUR_US, 2);
	*p++ = ':';
	p = put_number(p, us / MINUTE_US % 60, 2);
	*p++ = ':';
	p = put_number(p, us / SECOND_US % 60, 2);
	if (fraction != 0) {
		*p++ = '.';
		p = put_number(p, fraction, 6);
		while (p[-1] == '0')
			p--;
	}
	return p;
}

static size_t put_infinity(int64_t v, char *out)
{
	return put_text(v > 0 ? "infinity" : "-infinity", out);
}

size_t format_date(int64_t v, char *out)
{
	char *p;
	bool bc;

	if (!calendar_is_finite(v))
		return put_infinity(v, out);
	p = put_day(out, v, &bc);
	if (bc)
		p += put_text(" BC", p);
	return (size_t)(p - out);
}

size_t format_time(int64_t v, char *out)
{
	return (size_t)(put_clock(out, v) - out);
}

static size_t put_moment(int64_t v, const char *zone, char *out)
{
	int64_t rest, day;
	char *p;
	bool bc;

	if (!calendar_is_finite(v))
		return put_infinity(v, out);
	day = calendar_day_of(v, &rest);
	p = put_day(out, day, &bc);
	*p++ = ' ';
	p = put_clock(p, rest);
	p += put_text(zone, p);
	if (bc)
		p += put_text(" BC", p);
	return (size_t)(p - out);
}

size_t format_timestamp(int64_t v, char *out)
{
	return put_moment(v, "", out);
}

size_t format_timestamptz(int64_t v, char *out)
{
	return put_moment(v, "+00", out);
}

static char *put_hex(char *p, const uint8_t *v, size_t n)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*p++ = hex[v[i] >> 4];
		*p++ = hex[v[i] & 15];
	}
	return p;
}

size_t format_uuid(const uint8_t *v, char *out)
{
	static const uint8_t group[] = { 4, 2, 2, 2, 6 };
	char *p = out;

	for (size_t i = 0; i < sizeof(group); i++) {
		if (i > 0)
			*p++ = '-';
		p = put_hex(p, v, group[i]);
		v += group[i];
	}
	return (size_t)(p - out);
}

static struct slice bytes_text(struct arena *mem, struct slice v)
{
	char *text = arena_bytes(mem, 2 + 2 * v.n);

	text[0] = '\\';
	text[1] = 'x';
	put_hex(text + 2, (const uint8_t *)v.p, v.n);
	return (struct slice){ text, 2 + 2 * v.n };
}

static size_t format_number(const struct column *c, uint32_t row, char *out)
{
	switch (c->type) {
	case TYPE_BOOL:
		return format_bool(c->v.i64[row], out);
	case TYPE_FLOAT:
		return format_float(c->v.f64[row], 8, out);
	case TYPE_DECIMAL:
		return decimal_format(c->v.dec[row], out);
	case TYPE_DATE:
		return format_date(c->v.i64[row], out);
	case TYPE_TIME:
		return format_time(c->v.i64[row], out);
	case TYPE_TIMESTAMP:
		return format_timestamp(c->v.i64[row], out);
	case TYPE_TIMESTAMPTZ:
		return format_timestamptz(c->v.i64[row], out);
	default:
		return format_int(c->v.i64[row], out);
	}
}

struct slice format_short(const struct column *c, uint32_t row, char *tmp)
{
	switch (c->type) {
	case TYPE_TEXT:
	case TYPE_JSON:
	case TYPE_BYTES:
		return c->v.text[row];
	case TYPE_UUID:
		if (c->v.text[row].n != 16)
			return SLICE("");
		return (struct slice){ tmp, format_uuid((const uint8_t *)c->v.text[row].p, tmp) };
	default:
		return (struct slice){ tmp, format_number(c, row, tmp) };
	}
}

struct slice format_cell(struct arena *mem, const struct column *c, uint32_t row)
{
	char tmp[FORMAT_MAX];
	struct slice s;

	if (c->null[row])
		return SLICE("");
	if (c->type == TYPE_BYTES)
		return bytes_text(mem, c->v.text[row]);
	s = format_short(c, row, tmp);
	return s.p == tmp ? (struct slice){ arena_strndup(mem, tmp, s.n), s.n } : s;
}

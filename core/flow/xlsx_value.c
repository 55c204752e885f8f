/*
 * core/flow/xlsx_value.c
 *	Numbers, days and references of spreadsheets.
 */
#include "core/flow/xlsx_value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/calendar.h"
#include "core/base/text.h"
#include "core/flow/format.h"
#include "core/flow/parse.h"

#define EXACT_DIGITS  15	/* any so long number survives a double */
#define DOUBLE_DIGITS 17	/* no double needs more */
#define PLAIN_DIGITS  30	/* written out without an exponent */
#define LAST_DAY      2958465	/* 9999-12-31 in the system of 1900 */
#define DAY_MS        86400000

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- number formats -------------------------------------------------------- */

/* What the letters of a format's first section are about. */
struct letters {
	bool day;	/* y d g b: years, days, eras */
	bool month;	/* m, which may also be minutes */
	bool clock;	/* h s am/pm */
	bool span;	/* [h] */
};

/* Text between brackets: [h] counts hours; colours, locales and conditions say nothing. */
static size_t read_bracket(struct slice code, size_t at, struct letters *l)
{
	const char *close = memchr(code.p + at, ']', code.n - at);
	size_t end = close != NULL ? (size_t)(close - code.p) : code.n;
	size_t n = end - at - 1, same = 0;

	while (same < n && strchr("hmsHMS", code.p[at + 1 + same]) != NULL)
		same++;
	l->span |= n > 0 && same == n;
	return end;
}

static void read_letter(struct slice code, size_t at, struct letters *l)
{
	switch (code.p[at] | 32) {
	case 'y': case 'd': case 'g': case 'b':
		l->day = true;
		break;
	case 'e':
		/* 0.00E+00 is a number; e alone is the year of an era. */
		l->day |= at + 1 == code.n || strchr("+-", code.p[at + 1]) == NULL;
		break;
	case 'm':
		l->month = true;
		break;
	case 'h': case 's':
		l->clock = true;
		break;
	default:
		break;
	}
}

/* "AM/PM" or "A/P" at `at`: its length, else 0. */
static size_t am_pm(struct slice code, size_t at)
{
	if (code.n - at >= 5 && strncasecmp(code.p + at, "am/pm", 5) == 0)
		return 5;
	return code.n - at >= 3 && strncasecmp(code.p + at, "a/p", 3) == 0 ? 3 : 0;
}

enum xlsx_style xlsx_style_of_code(struct slice code)
{
	struct letters l = { 0 };

	if (code.n >= 7 && strncasecmp(code.p, "General", 7) == 0)
		return XLSX_NUMBER;
	for (size_t i = 0; i < code.n && code.p[i] != ';'; i++) {
		if (code.p[i] == '"') {
			const char *close = memchr(code.p + i + 1, '"', code.n - i - 1);

			i = close != NULL ? (size_t)(close - code.p) : code.n;
		} else if (code.p[i] == '\\' || code.p[i] == '_' || code.p[i] == '*') {
			i++;
		} else if (code.p[i] == '[') {
			i = read_bracket(code, i, &l);
		} else if (am_pm(code, i) > 0) {
			l.clock = true;
			i += am_pm(code, i) - 1;
		} else {
			read_letter(code, i, &l);
		}
	}
	if (l.span)
		return XLSX_DURATION;
	if (l.day || (l.month && !l.clock))
		return l.clock ? XLSX_DATETIME : XLSX_DATE;
	return l.clock ? XLSX_TIME : XLSX_NUMBER;
}

enum xlsx_style xlsx_style_of_id(int id)
{
	static const struct {
		int from, to;
		enum xlsx_style style;
	} known[] = {
		{ 14, 17, XLSX_DATE }, { 18, 21, XLSX_TIME }, { 22, 22, XLSX_DATETIME },
		{ 27, 31, XLSX_DATE }, { 32, 35, XLSX_TIME }, { 36, 36, XLSX_DATE },
		{ 45, 45, XLSX_TIME }, { 46, 46, XLSX_DURATION }, { 47, 47, XLSX_TIME },
		{ 50, 58, XLSX_DATE },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (id >= known[i].from && id <= known[i].to)
			return known[i].style;
	return XLSX_NUMBER;
}

/* ---- numbers --------------------------------------------------------------- */

/* "1.25E-3" as "0.00125" when that is short enough; else as it is. */
static size_t without_exponent(const char *v, size_t n, char *to)
{
	char digits[XLSX_VALUE_MAX], *out = to;
	const char *e = memchr(v, 'E', n);
	size_t at = v[0] == '-', ndigits = 0;
	long point = 0, exponent = 0;
	bool is_behind = false, is_down;

	if (e == NULL)
		e = memchr(v, 'e', n);
	if (e == NULL) {
		memcpy(to, v, n);
		return n;
	}
	for (; v + at < e; at++) {
		if (v[at] == '.') {
			is_behind = true;
			continue;
		}
		/* No zero in front: 0.5E3 is 500. */
		if (ndigits > 0 || v[at] != '0' || is_behind)
			digits[ndigits++] = v[at];
		point += !is_behind && ndigits > 0;
	}
	at++;
	is_down = v[at] == '-';
	at += v[at] == '-' || v[at] == '+';
	for (; at < n && exponent < 1000; at++)
		exponent = exponent * 10 + (v[at] - '0');
	point += is_down ? -exponent : exponent;
	if (point < -PLAIN_DIGITS || point > PLAIN_DIGITS || (long)ndigits - point > PLAIN_DIGITS) {
		memcpy(to, v, n);
		return n;
	}
	if (v[0] == '-')
		*out++ = '-';
	if (point <= 0) {
		*out++ = '0';
		*out++ = '.';
	}
	for (long i = point; i < 0; i++)
		*out++ = '0';
	for (long i = 0; i < (long)ndigits || i < point; i++) {
		if (i > 0 && i == point)
			*out++ = '.';
		*out++ = i < (long)ndigits ? digits[i] : '0';
	}
	return (size_t)(out - to);
}

/* Checks [-]digits[.digits][E[+-]digits]; counts the significant digits. */
static bool read_number(struct slice v, int *ndigits, bool *is_whole, bool *has_exponent)
{
	size_t i = 0, digits = 0;

	*ndigits = 0;
	*is_whole = true;
	*has_exponent = false;
	i += i < v.n && v.p[i] == '-';
	for (; i < v.n && (is_digit(v.p[i]) || (v.p[i] == '.' && *is_whole)); i++) {
		if (v.p[i] == '.') {
			*is_whole = false;
			continue;
		}
		digits++;
		*ndigits += *ndigits > 0 || v.p[i] != '0';
	}
	if (digits == 0)
		return false;
	if (i < v.n && (v.p[i] | 32) == 'e') {
		*has_exponent = true;
		i++;
		i += i < v.n && (v.p[i] == '-' || v.p[i] == '+');
		if (i == v.n)
			return false;
		while (i < v.n && is_digit(v.p[i]))
			i++;
	}
	return i == v.n;
}

size_t xlsx_number(struct slice v, char to[XLSX_VALUE_MAX])
{
	char shortest[XLSX_VALUE_MAX];
	bool is_whole, has_exponent;
	int ndigits;
	double d;

	v = parse_trim(v);
	if (v.n > 0 && v.p[0] == '+')
		v.p++, v.n--;
	if (v.n > XLSX_VALUE_MAX - 8 || !read_number(v, &ndigits, &is_whole, &has_exponent))
		return 0;
	if (!has_exponent && (is_whole || ndigits <= EXACT_DIGITS || ndigits > DOUBLE_DIGITS)) {
		memcpy(to, v.p, v.n);
		return v.n;
	}
	if (ndigits <= EXACT_DIGITS || ndigits > DOUBLE_DIGITS)
		return without_exponent(v.p, v.n, to);
	if (parse_float(v, &d) != PARSE_OK || !isfinite(d))
		return 0;
	return without_exponent(shortest, format_float(d, 8, shortest), to);
}

/* ---- days ------------------------------------------------------------------ */

/* Whole days and milliseconds of the day: as exact as a double of that size is. */
static bool split_days(struct slice v, int64_t *days, int64_t *ms)
{
	double d, whole;

	v = parse_trim(v);
	if (v.n > 0 && v.n <= 7) {
		int64_t n = 0;
		size_t i = 0;

		while (i < v.n && is_digit(v.p[i]))
			n = n * 10 + (v.p[i++] - '0');
		*days = n;
		*ms = 0;
		if (i == v.n)
			return true;
	}
	if (parse_float(v, &d) != PARSE_OK || !isfinite(d) || fabs(d) > 1e9)
		return false;
	whole = floor(d);
	*days = (int64_t)whole;
	*ms = (int64_t)llround((d - whole) * DAY_MS);
	if (*ms == DAY_MS) {
		*ms = 0;
		(*days)++;
	}
	return true;
}

static char *put_two(char *to, int v)
{
	to[0] = (char)('0' + v / 10 % 10);
	to[1] = (char)('0' + v % 10);
	return to + 2;
}

/* ":MM:SS[.mmm]" behind the hours. */
static char *put_rest(char *to, int64_t ms)
{
	int part = (int)(ms % 1000);

	*to++ = ':';
	to = put_two(to, (int)(ms / 60000 % 60));
	*to++ = ':';
	to = put_two(to, (int)(ms / 1000 % 60));
	if (part != 0) {
		*to++ = '.';
		*to++ = (char)('0' + part / 100);
		to = put_two(to, part % 100);
	}
	return to;
}

static size_t put_clock(char *to, int64_t ms)
{
	return (size_t)(put_rest(put_two(to, (int)(ms / 3600000)), ms) - to);
}

static size_t put_duration(char *to, int64_t days, int64_t ms)
{
	int64_t all = days * DAY_MS + ms;
	char *out = to;

	if (all < 0) {
		*out++ = '-';
		all = -all;
	}
	if (all / 3600000 < 100)
		out = put_two(out, (int)(all / 3600000));
	else
		out += format_int(all / 3600000, out);
	return (size_t)(put_rest(out, all) - to);
}

static size_t put_day(char *to, int64_t days)
{
	int64_t y;
	int m, d;
	char *out = to;

	calendar_split(days, &y, &m, &d);
	out = put_two(out, (int)(y / 100));
	out = put_two(out, (int)(y % 100));
	*out++ = '-';
	out = put_two(out, m);
	*out++ = '-';
	out = put_two(out, d);
	return (size_t)(out - to);
}

/* Days since 2000-01-01 of a serial number; false: *why. */
static bool day_of(int64_t serial, bool from_1904, int64_t *day, const char **why)
{
	if (from_1904) {
		*day = serial + calendar_days(1904, 1, 1);
	} else if (serial == 60) {
		*why = "is 29 February 1900, a day that never was";
		return false;
	} else {
		*day = serial + calendar_days(1899, 12, serial < 60 ? 31 : 30);
	}
	if (serial < 0 || serial > LAST_DAY - (from_1904 ? 1462 : 0)) {
		*why = "is a day outside of the calendar of spreadsheets";
		return false;
	}
	return true;
}

size_t xlsx_moment(struct slice v, enum xlsx_style style, bool from_1904,
		   char to[XLSX_VALUE_MAX], const char **why)
{
	int64_t serial, ms, day;
	size_t n;

	*why = "is not a number, as days must be";
	if (!split_days(v, &serial, &ms))
		return 0;
	if (style == XLSX_DURATION)
		return put_duration(to, serial, ms);
	/* Below one there is no day in the system of 1900, and a time alone in both. */
	if (serial == 0 && (style == XLSX_TIME || !from_1904))
		return put_clock(to, ms);
	if (!day_of(serial, from_1904, &day, why))
		return 0;
	n = put_day(to, day);
	if (style == XLSX_DATE && ms == 0)
		return n;
	to[n++] = ' ';
	return n + put_clock(to + n, ms);
}

/* ---- texts and references -------------------------------------------------- */

/* Four hex digits, or -1. */
static int32_t hex4(const char *p)
{
	int32_t c = 0;

	for (int i = 0; i < 4; i++) {
		int d = is_digit(p[i]) ? p[i] - '0'
		      : (p[i] | 32) >= 'a' && (p[i] | 32) <= 'f' ? (p[i] | 32) - 'a' + 10 : -1;

		if (d < 0)
			return -1;
		c = c * 16 + d;
	}
	return c;
}

/* The code unit of an escape at p, or -1. */
static int32_t escape_at(const char *p, size_t n)
{
	return n >= 7 && p[0] == '_' && p[1] == 'x' && p[6] == '_' ? hex4(p + 2) : -1;
}

size_t xlsx_unescape(char *p, size_t n)
{
	size_t out = 0;

	if (n < 7 || memmem(p, n, "_x", 2) == NULL)
		return n;
	for (size_t i = 0; i < n;) {
		int32_t c = escape_at(p + i, n - i), low;

		if (c >= 0xd800 && c < 0xdc00) {
			low = escape_at(p + i + 7, n - i - 7);
			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				i += 7;
			}
		}
		/* Half a pair and NUL are no characters: what stands there stays. */
		if (c <= 0 || (c >= 0xd800 && c < 0xe000)) {
			p[out++] = p[i++];
			continue;
		}
		out += utf8_encode((uint32_t)c, p + out);
		i += 7;
	}
	return out;
}

int xlsx_column(struct slice letters)
{
	int c = 0;

	if (letters.n == 0 || letters.n > 3)
		return -1;
	for (size_t i = 0; i < letters.n; i++) {
		char l = (char)(letters.p[i] & ~32);

		if (l < 'A' || l > 'Z')
			return -1;
		c = c * 26 + (l - 'A' + 1);
	}
	return c <= XLSX_COLUMNS_MAX ? c - 1 : -1;
}

bool xlsx_ref(struct slice ref, int *column, long *row)
{
	char clean[16];
	size_t n = 0, at = 0;
	int64_t r;

	for (size_t i = 0; i < ref.n; i++)
		if (ref.p[i] != '$' && n < sizeof(clean))
			clean[n++] = ref.p[i];
	while (at < n && !is_digit(clean[at]))
		at++;
	if (n == 0 || n == sizeof(clean))
		return false;
	if (at > 0) {
		int c = xlsx_column((struct slice){ clean, at });

		if (c < 0)
			return false;
		*column = c;
	}
	if (at == n)
		return true;
	if (parse_int((struct slice){ clean + at, n - at }, &r) != PARSE_OK || r < 1 ||
	    r > XLSX_ROWS_MAX)
		return false;
	*row = (long)r;
	return true;
}

char *xlsx_ref_text(int column, long row, char *to)
{
	char letters[4];
	int n = 0;

	for (int c = column + 1; c > 0 && n < 3; c = (c - 1) / 26)
		letters[n++] = (char)('A' + (c - 1) % 26);
	for (int i = 0; i < n; i++)
		to[i] = letters[n - 1 - i];
	snprintf(to + n, 12, "%ld", row);
	return to;
}

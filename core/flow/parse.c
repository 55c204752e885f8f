/*
 * core/flow/parse.c
 *	Numbers, booleans, identifiers and bytes from text.
 */
#include "core/flow/parse.h"

#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/arena.h"
#include "core/flow/decimal.h"

#define FLOAT_CHARS_MAX 400	/* a float written longer than this is no float */
#define EXPONENT_MAX    9999

static inline bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

enum parse_rc parse_int(struct slice s, int64_t *out)
{
	const char *p, *end;
	uint64_t v = 0;
	bool neg;

	s = parse_trim(s);
	if (s.n == 0)
		return PARSE_BLANK;
	p = s.p;
	end = p + s.n;
	neg = *p == '-';
	if (*p == '-' || *p == '+')
		p++;
	if (p == end)
		return PARSE_BAD;
	while (end - p > 18 && *p == '0')
		p++;
	if (end - p > 19) {
		for (; p < end; p++)
			if (!is_digit(*p))
				return PARSE_BAD;
		return PARSE_RANGE;
	}
	for (; p < end; p++) {
		unsigned d = (unsigned char)(*p - '0');

		if (d > 9)
			return PARSE_BAD;
		v = v * 10 + d;
	}
	if (v > (uint64_t)INT64_MAX + neg)
		return PARSE_RANGE;
	*out = (int64_t)(neg ? 0 - v : v);
	return PARSE_OK;
}

/* Digits gathered so far; 38 fit. */
struct digits {
	uint64_t low;	/* the newest up to 18 */
	int nlow;
	__int128 high;	/* those before */
	int total;	/* significant ones */
};

static bool push_high(struct digits *d)
{
	d->high = d->high * decimal_pow10(d->nlow) + (__int128)d->low;
	d->low = 0;
	d->nlow = 0;
	return d->total <= DECIMAL_DIGITS;
}

static inline bool push_digit(struct digits *d, unsigned v)
{
	d->total += d->total > 0 || v != 0;
	if (d->total > DECIMAL_DIGITS)
		return false;
	d->low = d->low * 10 + v;
	if (++d->nlow == 18)
		return push_high(d);
	return true;
}

/* "e-7" at p: into *exp. */
static bool read_exponent(const char *p, const char *end, int *exp)
{
	bool neg = false;
	int v = 0;

	p++;
	if (p < end && (*p == '-' || *p == '+'))
		neg = *p++ == '-';
	if (p == end)
		return false;
	for (; p < end; p++) {
		if (!is_digit(*p))
			return false;
		if (v < EXPONENT_MAX)
			v = v * 10 + (*p - '0');
	}
	*exp = neg ? -v : v;
	return true;
}

/* The exponent moves the point; false when the result has too many digits. */
static bool apply_exponent(struct decimal *d, int exp)
{
	int scale;

	if (d->coef == 0) {
		d->scale = 0;
		return true;
	}
	scale = d->scale - exp;
	if (scale > DECIMAL_DIGITS) {
		*d = decimal_strip(*d, d->scale > scale - DECIMAL_DIGITS
						? d->scale - (scale - DECIMAL_DIGITS) : 0);
		scale = d->scale - exp;
	}
	if (scale > DECIMAL_DIGITS || scale < -DECIMAL_DIGITS)
		return false;
	if (scale >= 0) {
		d->scale = scale;
		return true;
	}
	d->scale = 0;
	return decimal_rescale(*d, -scale, d) && (d->scale = 0, true);
}

/* The slow way in: exponents, more than 18 digits, and what is no number. */
static enum parse_rc decimal_general(const char *p, const char *end, bool neg, char point,
				     struct decimal *out)
{
	struct digits d = { 0 };
	struct decimal r = { 0 };
	bool any = false, seen_point = false, too_long = false;
	int exp = 0, scale = 0;

	for (; p < end; p++) {
		unsigned v = (unsigned char)(*p - '0');

		if (v > 9) {
			if (*p != point || seen_point)
				break;
			seen_point = true;
			continue;
		}
		any = true;
		scale += seen_point;
		too_long = too_long || !push_digit(&d, v);
	}
	if (!any || (p < end && *p != 'e' && *p != 'E'))
		return PARSE_BAD;
	if (p < end && !read_exponent(p, end, &exp))
		return PARSE_BAD;
	if (too_long || !push_high(&d))
		return PARSE_RANGE;
	r.coef = d.high;
	if (scale > DECIMAL_DIGITS) {
		exp -= scale;
		scale = 0;
	}
	r.scale = scale;
	if (exp != 0 && !apply_exponent(&r, exp))
		return PARSE_RANGE;
	if (neg)
		r.coef = -r.coef;
	*out = r;
	return PARSE_OK;
}

static enum parse_rc decimal_point(struct slice s, char point, struct decimal *out)
{
	const char *p, *end, *start;
	uint64_t v = 0;
	int scale = 0;
	bool neg;

	s = parse_trim(s);
	if (s.n == 0)
		return PARSE_BLANK;
	p = s.p;
	end = p + s.n;
	neg = *p == '-';
	if (*p == '-' || *p == '+')
		p++;
	start = p;
	if (end - p > 18)
		return decimal_general(start, end, neg, point, out);
	for (; p < end && is_digit(*p); p++)
		v = v * 10 + (unsigned)(*p - '0');
	if (p < end && *p == point && end - start > 1) {
		const char *q = ++p;

		for (; p < end && is_digit(*p); p++)
			v = v * 10 + (unsigned)(*p - '0');
		scale = (int)(p - q);
	}
	if (p < end || p == start)
		return decimal_general(start, end, neg, point, out);
	out->coef = neg ? -(__int128)v : (__int128)v;
	out->scale = scale;
	return PARSE_OK;
}

enum parse_rc parse_decimal(struct slice s, struct decimal *out)
{
	return decimal_point(s, '.', out);
}

/* Copies without group marks; 0 when they do not stand between groups of three. */
static size_t ungroup(struct slice s, char point, char group, char *out, size_t size)
{
	size_t n = 0, run = 0;
	bool grouped = false;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == group) {
			if (run == 0 || run > 3 || (grouped && run != 3))
				return 0;
			grouped = true;
			run = 0;
			continue;
		}
		if (n == size)
			return 0;
		if (c == point || c == 'e' || c == 'E') {
			if (grouped && run != 3)
				return 0;
			for (; i < s.n && n < size; i++)
				out[n++] = s.p[i];
			return i == s.n ? n : 0;
		}
		run += is_digit(c);
		out[n++] = c;
	}
	return grouped && run != 3 ? 0 : n;
}

enum parse_rc parse_decimal_marks(struct slice s, char point, char group, struct decimal *out)
{
	char plain[96];
	size_t n;

	s = parse_trim(s);
	if (group == 0 || s.n == 0 || memchr(s.p, group, s.n) == NULL)
		return decimal_point(s, point, out);
	n = ungroup(s, point, group, plain, sizeof(plain));
	if (n == 0)
		return PARSE_BAD;
	return decimal_point((struct slice){ plain, n }, point, out);
}

/* Made once, never freed: strtod must not follow the user's decimal comma. */
static locale_t c_locale(void)
{
	static locale_t made;
	locale_t l = __atomic_load_n(&made, __ATOMIC_ACQUIRE);
	locale_t none = (locale_t)0;

	if (l != none)
		return l;
	l = newlocale(LC_ALL_MASK, "C", none);
	if (l != none && !__atomic_compare_exchange_n(&made, &none, l, false, __ATOMIC_ACQ_REL,
						      __ATOMIC_ACQUIRE)) {
		freelocale(l);
		l = none;
	}
	return l;
}

static bool is_word(struct slice s, const char *word)
{
	return strlen(word) == s.n && strncasecmp(s.p, word, s.n) == 0;
}

enum parse_rc parse_float(struct slice s, double *out)
{
	char text[FLOAT_CHARS_MAX + 1];
	char *end;
	size_t at;
	double v;

	s = parse_trim(s);
	if (s.n == 0)
		return PARSE_BLANK;
	if (s.n > FLOAT_CHARS_MAX)
		return PARSE_BAD;
	at = s.p[0] == '-' || s.p[0] == '+';
	if (is_word(s, "nan")) {
		*out = (double)NAN;
		return PARSE_OK;
	}
	if (is_word((struct slice){ s.p + at, s.n - at }, "infinity") ||
	    is_word((struct slice){ s.p + at, s.n - at }, "inf")) {
		*out = s.p[0] == '-' ? -HUGE_VAL : HUGE_VAL;
		return PARSE_OK;
	}
	/* strtod() also takes hex, and words that are not ours. */
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]) && strchr("+-.eE", s.p[i]) == NULL)
			return PARSE_BAD;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (strlen(text) != s.n)
		return PARSE_BAD;
	v = strtod_l(text, &end, c_locale());
	if (*end != '\0' || end == text)
		return PARSE_BAD;
	if (isinf(v))
		return PARSE_RANGE;
	*out = v;
	return PARSE_OK;
}

enum parse_rc parse_bool(struct slice s, int64_t *out)
{
	static const struct {
		const char *word;
		int64_t value;
	} words[] = {
		{ "1", 1 }, { "0", 0 }, { "t", 1 }, { "f", 0 }, { "y", 1 }, { "n", 0 },
		{ "true", 1 }, { "false", 0 }, { "yes", 1 }, { "no", 0 }, { "on", 1 }, { "off", 0 },
	};

	s = parse_trim(s);
	if (s.n == 0)
		return PARSE_BLANK;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if ((s.p[0] | 0x20) == (words[i].word[0] | 0x20) && is_word(s, words[i].word)) {
			*out = words[i].value;
			return PARSE_OK;
		}
	}
	return PARSE_BAD;
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum parse_rc parse_uuid(struct slice s, uint8_t out[16])
{
	uint8_t got[16] = { 0 };
	size_t nhex = 0;

	s = parse_trim(s);
	if (s.n == 0)
		return PARSE_BLANK;
	if (s.n > 2 && s.p[0] == '{' && s.p[s.n - 1] == '}') {
		s.p++;
		s.n -= 2;
	}
	for (size_t i = 0; i < s.n; i++) {
		int v = hex_value(s.p[i]);

		/* Hyphens may stand behind each group of four digits, as PostgreSQL takes them. */
		if (s.p[i] == '-' && nhex > 0 && nhex < 32 && nhex % 4 == 0 && s.p[i - 1] != '-')
			continue;
		if (v < 0 || nhex == 32)
			return PARSE_BAD;
		got[nhex / 2] = (uint8_t)(got[nhex / 2] << 4 | v);
		nhex++;
	}
	if (nhex != 32)
		return PARSE_BAD;
	memcpy(out, got, 16);
	return PARSE_OK;
}

enum parse_rc parse_bytes(struct arena *mem, struct slice s, struct slice *out)
{
	char *to;

	if (s.n < 2 || s.p[0] != '\\' || s.p[1] != 'x') {
		*out = s;
		return PARSE_OK;
	}
	if (s.n % 2 != 0)
		return PARSE_BAD;
	to = arena_bytes(mem, s.n / 2);
	for (size_t i = 2; i < s.n; i += 2) {
		int hi = hex_value(s.p[i]);
		int lo = hex_value(s.p[i + 1]);

		if (hi < 0 || lo < 0)
			return PARSE_BAD;
		to[i / 2 - 1] = (char)(hi << 4 | lo);
	}
	*out = (struct slice){ to, s.n / 2 - 1 };
	return PARSE_OK;
}

enum parse_rc parse_json(struct slice s)
{
	json_t *j;

	s = parse_trim(s);
	if (s.n == 0)
		return PARSE_BLANK;
	j = json_loadb(s.p, s.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (j == NULL)
		return PARSE_BAD;
	json_decref(j);
	return PARSE_OK;
}

const char *parse_reason(enum parse_rc rc, enum type t)
{
	static const char *const bad[TYPE_COUNT] = {
		[TYPE_BOOL] = "is not a boolean",
		[TYPE_INT] = "is not an int",
		[TYPE_FLOAT] = "is not a number",
		[TYPE_DECIMAL] = "is not a number",
		[TYPE_TEXT] = "is not text",
		[TYPE_BYTES] = "is not bytes in hex",
		[TYPE_DATE] = "is not a date",
		[TYPE_TIME] = "is not a time",
		[TYPE_TIMESTAMP] = "is not a timestamp",
		[TYPE_TIMESTAMPTZ] = "is not a timestamp",
		[TYPE_UUID] = "is not a uuid",
		[TYPE_JSON] = "is not JSON",
	};

	switch (rc) {
	case PARSE_OK:
		return "";
	case PARSE_BLANK:
		return "is empty";
	case PARSE_RANGE:
		return t == TYPE_DECIMAL ? "has more than 38 digits" : "is out of range";
	case PARSE_DAY:
		return t == TYPE_TIME ? "is not a time of day" : "is not in the calendar";
	case PARSE_ZONE:
		return "has a time zone, which a timestamp without one would lose";
	case PARSE_BAD:
		break;
	}
	return bad[t];
}

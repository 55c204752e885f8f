/*
 * core/flow/decimal.c
 *	Decimals as a 128-bit integer and a scale.
 */
#include "core/flow/decimal.h"

#include <assert.h>
#include <string.h>

#include "core/flow/format.h"
#include "core/flow/parse.h"

typedef unsigned __int128 u128;

#define E19 10000000000000000000ull
#define LIMIT ((__int128)E19 * (__int128)E19)	/* 10^38 */
#define MIN_SIG_DIGITS 16	/* of a quotient; PostgreSQL's NUMERIC_MIN_SIG_DIGITS */

static const uint64_t pow64[20] = {
	1ull, 10ull, 100ull, 1000ull, 10000ull, 100000ull, 1000000ull, 10000000ull, 100000000ull,
	1000000000ull, 10000000000ull, 100000000000ull, 1000000000000ull, 10000000000000ull,
	100000000000000ull, 1000000000000000ull, 10000000000000000ull, 100000000000000000ull,
	1000000000000000000ull, E19,
};

__int128 decimal_pow10(int n)
{
	assert(n >= 0 && n <= DECIMAL_DIGITS);
	if (n < 20)
		return (__int128)pow64[n];
	return (__int128)pow64[19] * (__int128)pow64[n - 19];
}

static u128 magnitude(__int128 v)
{
	return v < 0 ? (u128)0 - (u128)v : (u128)v;
}

static bool fits(__int128 v)
{
	return magnitude(v) < (u128)LIMIT;
}

static int digits_of(u128 m)
{
	int n = 1;

	if (m >= E19) {
		n += 19;
		m /= E19;
	}
	if (m >= E19) {	/* only a value past 38 digits gets here */
		n += 19;
		m /= E19;
	}
	for (uint64_t v = (uint64_t)m; v >= 10; v /= 10)
		n++;
	return n;
}

int decimal_digits(struct decimal d)
{
	return digits_of(magnitude(d.coef));
}

struct decimal decimal_strip(struct decimal d, int min_scale)
{
	if (d.coef == 0 && d.scale > min_scale)
		return (struct decimal){ 0, min_scale };
	while (d.scale > min_scale && d.coef % 10 == 0) {
		d.coef /= 10;
		d.scale--;
	}
	return d;
}

/* coef * 10^n, false past 38 digits. */
static bool scale_up(__int128 coef, int n, __int128 *out)
{
	if (coef == 0) {
		*out = 0;
		return true;
	}
	if (n > DECIMAL_DIGITS || __builtin_mul_overflow(coef, decimal_pow10(n), out))
		return false;
	return fits(*out);
}

/* Same scale for both: the larger one, or a smaller one when only zeros go. */
static bool align(struct decimal *a, struct decimal *b)
{
	if (a->scale < b->scale) {
		struct decimal *t = a;

		a = b;
		b = t;
	}
	if (!scale_up(b->coef, a->scale - b->scale, &b->coef)) {
		*a = decimal_strip(*a, b->scale);
		if (!scale_up(b->coef, a->scale - b->scale, &b->coef))
			return false;
	}
	b->scale = a->scale;
	return true;
}

int decimal_compare(struct decimal a, struct decimal b)
{
	int sa = (a.coef > 0) - (a.coef < 0);
	int sb = (b.coef > 0) - (b.coef < 0);
	u128 ma, mb;
	int swap = 1;

	if (a.scale == b.scale)
		return (a.coef > b.coef) - (a.coef < b.coef);
	if (sa != sb)
		return sa > sb ? 1 : -1;
	if (a.scale > b.scale) {
		struct decimal t = a;

		a = b;
		b = t;
		swap = -1;
	}
	ma = magnitude(a.coef);
	mb = magnitude(b.coef);
	/* a has the smaller scale: compare a with the whole part of b, then the rest. */
	{
		u128 p = (u128)decimal_pow10(b.scale - a.scale);
		u128 whole = mb / p;
		int r = (ma > whole) - (ma < whole);

		if (r == 0 && mb % p != 0)
			r = -1;
		return swap * (sa < 0 ? -r : r);
	}
}

bool decimal_add(struct decimal a, struct decimal b, struct decimal *out)
{
	int scale = a.scale > b.scale ? a.scale : b.scale;
	struct decimal r;
	__int128 sum;

	/* Two of 38 digits may be more than 127 bits hold. */
	if (!align(&a, &b) || __builtin_add_overflow(a.coef, b.coef, &sum) || !fits(sum))
		return false;
	r = (struct decimal){ sum, a.scale };
	if (r.scale < scale && !decimal_rescale(r, scale, &r))
		r = (struct decimal){ sum, a.scale };
	*out = r;
	return true;
}

bool decimal_sub(struct decimal a, struct decimal b, struct decimal *out)
{
	b.coef = -b.coef;
	return decimal_add(a, b, out);
}

bool decimal_mul(struct decimal a, struct decimal b, struct decimal *out)
{
	__int128 p;

	if (a.scale + b.scale > DECIMAL_DIGITS || __builtin_mul_overflow(a.coef, b.coef, &p) ||
	    !fits(p)) {
		a = decimal_strip(a, 0);
		b = decimal_strip(b, 0);
		if (a.scale + b.scale > DECIMAL_DIGITS ||
		    __builtin_mul_overflow(a.coef, b.coef, &p) || !fits(p))
			return false;
	}
	*out = (struct decimal){ p, a.scale + b.scale };
	return true;
}

/*
 * Weight and value of the first base-10000 digit, as PostgreSQL keeps
 * numerics: they decide how many digits a quotient gets.
 */
static void first_digit(struct decimal d, int *weight, int *digit)
{
	u128 m = magnitude(d.coef);
	int n = digits_of(m);
	int lead;	/* decimal exponent of the first digit */
	int w;
	int below;	/* digits of d below the first base-10000 digit */

	if (m == 0) {
		*weight = 0;
		*digit = 0;
		return;
	}
	lead = n - 1 - d.scale;
	w = lead >= 0 ? lead / 4 : -((-lead + 3) / 4);
	below = d.scale + w * 4;
	*weight = w;
	if (below > 0)
		*digit = (int)(m / (u128)decimal_pow10(below < n ? below : n - 1));
	else
		*digit = (int)(m * (u128)decimal_pow10(-below));
}

static int quotient_scale(struct decimal a, struct decimal b)
{
	int wa, wb, da, db, weight, scale;

	first_digit(a, &wa, &da);
	first_digit(b, &wb, &db);
	weight = wa - wb - (da <= db);
	scale = MIN_SIG_DIGITS - weight * 4;
	if (scale < a.scale)
		scale = a.scale;
	if (scale < b.scale)
		scale = b.scale;
	if (scale < 0)
		scale = 0;
	return scale > DECIMAL_DIGITS ? DECIMAL_DIGITS : scale;
}

/* r * 10 / d and its remainder, r < d < 10^38: the product may not fit 128 bits. */
static int next_digit(u128 *r, u128 d)
{
	u128 sum = 0;
	int digit = 0;

	if (d >> 124 == 0) {
		sum = *r * 10;
		digit = (int)(sum / d);
		*r = sum % d;
		return digit;
	}
	for (int i = 0; i < 10; i++) {
		sum += *r;
		if (sum >= d) {
			sum -= d;
			digit++;
		}
	}
	*r = sum;
	return digit;
}

bool decimal_div(struct decimal a, struct decimal b, struct decimal *out)
{
	int want = quotient_scale(a, b);
	int keep = a.scale > b.scale ? a.scale : b.scale;
	u128 d = magnitude(b.coef);
	u128 q = magnitude(a.coef) / d;
	u128 r = magnitude(a.coef) % d;
	int scale = a.scale - b.scale;	/* of q */

	assert(d != 0);
	for (; scale < want && (scale < 0 || q < (u128)LIMIT / 10); scale++) {
		if (q >= (u128)LIMIT / 10)
			return false;
		q = q * 10 + (unsigned)next_digit(&r, d);
	}
	if (r >= d - r)
		q++;
	if (q >= (u128)LIMIT)
		return false;
	*out = (struct decimal){ (a.coef < 0) != (b.coef < 0) ? -(__int128)q : (__int128)q, scale };
	if (scale > want && !decimal_rescale(*out, want, out))
		return false;
	*out = decimal_strip(*out, keep);
	return true;
}

bool decimal_mod(struct decimal a, struct decimal b, struct decimal *out)
{
	assert(b.coef != 0);
	if (!align(&a, &b))
		return false;
	*out = (struct decimal){ a.coef % b.coef, a.scale };
	return true;
}

bool decimal_rescale(struct decimal d, int scale, struct decimal *out)
{
	__int128 p, q, r;
	int drop = d.scale - scale;

	if (drop <= 0) {
		if (scale > DECIMAL_DIGITS || !scale_up(d.coef, -drop, &q))
			return false;
		*out = (struct decimal){ q, scale };
		return true;
	}
	if (drop > DECIMAL_DIGITS) {
		*out = (struct decimal){ 0, scale < 0 ? 0 : scale };
		return true;
	}
	p = decimal_pow10(drop);
	q = d.coef / p;
	r = d.coef % p;
	if (magnitude(r) >= (u128)p - magnitude(r))
		q += d.coef < 0 ? -1 : 1;
	if (scale < 0) {
		if (!scale_up(q, -scale, &q))
			return false;
		scale = 0;
	}
	if (!fits(q))
		return false;
	*out = (struct decimal){ q, scale };
	return true;
}

struct decimal decimal_floor(struct decimal d)
{
	__int128 p = decimal_pow10(d.scale);

	return (struct decimal){ d.coef / p - (d.coef % p < 0), 0 };
}

struct decimal decimal_ceil(struct decimal d)
{
	__int128 p = decimal_pow10(d.scale);

	return (struct decimal){ d.coef / p + (d.coef % p > 0), 0 };
}

struct decimal decimal_from_int(int64_t v)
{
	return (struct decimal){ v, 0 };
}

bool decimal_to_int(struct decimal d, int64_t *out)
{
	struct decimal r;

	if (!decimal_rescale(d, 0, &r) || r.coef > INT64_MAX || r.coef < INT64_MIN)
		return false;
	*out = (int64_t)r.coef;
	return true;
}

double decimal_to_float(struct decimal d)
{
	char text[DECIMAL_TEXT];
	size_t n = decimal_format(d, text);
	double v = 0;

	/* Through the text: one rounding, not two. */
	(void)parse_float((struct slice){ text, n }, &v);
	return v;
}

bool decimal_from_float(double v, struct decimal *out)
{
	char text[FORMAT_MAX];
	size_t n = format_float(v, 8, text);

	return parse_decimal((struct slice){ text, n }, out) == PARSE_OK;
}

size_t decimal_format(struct decimal d, char *out)
{
	char digit[DECIMAL_DIGITS + 2];
	u128 m = magnitude(d.coef);
	int n = 0;
	char *p = out;

	while (m >> 64 != 0) {
		uint64_t low = (uint64_t)(m % E19);

		m /= E19;
		for (int i = 0; i < 19; i++, low /= 10)
			digit[n++] = (char)('0' + low % 10);
	}
	for (uint64_t v = (uint64_t)m; v != 0; v /= 10)
		digit[n++] = (char)('0' + v % 10);
	while (n <= d.scale)
		digit[n++] = '0';
	if (d.coef < 0)
		*p++ = '-';
	while (n > 0) {
		if (n == d.scale)
			*p++ = '.';
		*p++ = digit[--n];
	}
	*p = '\0';
	return (size_t)(p - out);
}

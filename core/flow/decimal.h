/*
 * core/flow/decimal.h
 *	Exact decimal arithmetic up to 38 digits; what does not fit is said, not cut.
 *
 * value = coef * 10^-scale as in types.h. Every function that can leave the
 * 38 digits returns false and leaves *out alone. Rounding is half away from
 * zero, as PostgreSQL's numeric does it. Trailing zeros are kept: 1.50 stays
 * 1.50, though it compares equal to 1.5.
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef CORE_FLOW_DECIMAL_H
#define CORE_FLOW_DECIMAL_H

#include "core/flow/types.h"

#define DECIMAL_DIGITS 38
#define DECIMAL_TEXT   48	/* room for any formatted decimal: sign, "0.", 38 digits, '\0' */

/* 10^n, n 0..38. */
__int128 decimal_pow10(int n);

/* Digits of the coefficient: 1 for 0. */
int decimal_digits(struct decimal d);

/* Below, equal to or above 0. */
int decimal_compare(struct decimal a, struct decimal b);

bool decimal_add(struct decimal a, struct decimal b, struct decimal *out);
bool decimal_sub(struct decimal a, struct decimal b, struct decimal *out);
bool decimal_mul(struct decimal a, struct decimal b, struct decimal *out);

/*
 * Quotient with at least 16 significant digits, as PostgreSQL chooses them,
 * without trailing zeros past the scales of the operands. b must not be 0.
 */
bool decimal_div(struct decimal a, struct decimal b, struct decimal *out);

/* Remainder with the sign of a. b must not be 0. */
bool decimal_mod(struct decimal a, struct decimal b, struct decimal *out);

/*
 * Exactly `scale` digits behind the point, rounded or filled with zeros;
 * below 0 rounds to tens, hundreds... and gives scale 0.
 */
bool decimal_rescale(struct decimal d, int scale, struct decimal *out);

/* Whole numbers, scale 0. */
struct decimal decimal_floor(struct decimal d);
struct decimal decimal_ceil(struct decimal d);

/* Without zeros at the end of the fraction, down to min_scale. */
struct decimal decimal_strip(struct decimal d, int min_scale);

struct decimal decimal_from_int(int64_t v);
/* Rounded; false past int64. */
bool decimal_to_int(struct decimal d, int64_t *out);
double decimal_to_float(struct decimal d);
/* The shortest decimal that reads back as v; false for NaN, infinities and past 38 digits. */
bool decimal_from_float(double v, struct decimal *out);

/* Writes "-12.50" and a '\0' into out (DECIMAL_TEXT bytes); returns the length. */
size_t decimal_format(struct decimal d, char *out);
#endif

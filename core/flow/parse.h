/*
 * core/flow/parse.h
 *	Values from text: exact, complete, the same in every locale.
 *
 * Blanks around a value are ignored; anything else that is not part of it
 * makes the text no value at all. Text of blanks only is PARSE_BLANK.
 *	int        [+-]digits
 *	decimal    [+-]digits[.digits][e[+-]digits], up to 38 digits
 *	float      the same, NaN, [+-]infinity
 *	boolean    true false t f yes no y n on off 1 0, any case
 *	date       2025-02-28, infinity, -infinity
 *	time       13:45, 13:45:59.123456
 *	timestamp  date[ or T]time[zone]; zone: Z, +02, +02:00, +0200
 *	uuid       with or without hyphens and braces
 *	bytes      \x and hex digits, else the bytes themselves
 * A zone is not part of TIMESTAMP (PARSE_ZONE unless it is UTC); TIMESTAMPTZ
 * without one is UTC.
 *
 * Memory:  none, but where an arena is given.
 * Threads: any.
 */
#ifndef CORE_FLOW_PARSE_H
#define CORE_FLOW_PARSE_H

#include "core/flow/types.h"

enum parse_rc {
	PARSE_OK,
	PARSE_BLANK,	/* nothing there */
	PARSE_BAD,	/* not such a value */
	PARSE_RANGE,	/* such a value, but too large or too precise to hold */
	PARSE_DAY,	/* a date or time that does not exist: 2025-02-30 */
	PARSE_ZONE	/* a time zone where none can be kept */
};

static inline struct slice parse_trim(struct slice s)
{
	while (s.n > 0 && (s.p[0] == ' ' || (s.p[0] >= '\t' && s.p[0] <= '\r'))) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || (s.p[s.n - 1] >= '\t' && s.p[s.n - 1] <= '\r')))
		s.n--;
	return s;
}

enum parse_rc parse_int(struct slice s, int64_t *out);
enum parse_rc parse_decimal(struct slice s, struct decimal *out);
/*
 * With marks of one's own: point is '.' or ','; group (0: none) may stand
 * between groups of three digits: "1.234.567,89".
 */
enum parse_rc parse_decimal_marks(struct slice s, char point, char group, struct decimal *out);
enum parse_rc parse_float(struct slice s, double *out);
enum parse_rc parse_bool(struct slice s, int64_t *out);
enum parse_rc parse_date(struct slice s, int64_t *out);
enum parse_rc parse_time(struct slice s, int64_t *out);
enum parse_rc parse_timestamp(struct slice s, int64_t *out);
enum parse_rc parse_timestamptz(struct slice s, int64_t *out);
enum parse_rc parse_uuid(struct slice s, uint8_t out[16]);
enum parse_rc parse_bytes(struct arena *mem, struct slice s, struct slice *out);
/* PARSE_OK when s is one JSON value. */
enum parse_rc parse_json(struct slice s);

/* For people: "is not an int", "is not a day of the calendar"... */
const char *parse_reason(enum parse_rc rc, enum type t);
#endif

/*
 * core/flow/parse_date.c
 *	Dates and times in ISO 8601 as PostgreSQL and most exports write them.
 */
#include <string.h>
#include <strings.h>

#include "core/base/calendar.h"
#include "core/flow/parse.h"

struct reader {
	const char *p;
	const char *end;
};

static inline unsigned digit_at(const char *p, int i)
{
	return (unsigned char)(p[i] - '0');
}

/* Two digits at r->p; -1 when they are not there. */
static inline int two(struct reader *r)
{
	unsigned a, b;

	if (r->end - r->p < 2)
		return -1;
	a = digit_at(r->p, 0);
	b = digit_at(r->p, 1);
	if (a > 9 || b > 9)
		return -1;
	r->p += 2;
	return (int)(a * 10 + b);
}

static inline bool take(struct reader *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

static bool read_infinity(struct slice s, int64_t *out)
{
	if (s.n == 8 && strncasecmp(s.p, "infinity", 8) == 0)
		*out = INT64_MAX;
	else if (s.n == 9 && strncasecmp(s.p, "-infinity", 9) == 0)
		*out = INT64_MIN;
	else
		return false;
	return true;
}

static enum parse_rc read_date(struct reader *r, int64_t *days)
{
	int64_t y = 0;
	int n = 0, m, d;

	for (; r->p < r->end && digit_at(r->p, 0) < 10 && n < 7; r->p++, n++)
		y = y * 10 + digit_at(r->p, 0);
	if (n < 4 || !take(r, '-') || (m = two(r)) < 0 || !take(r, '-') || (d = two(r)) < 0)
		return PARSE_BAD;
	if (y < 1 || m < 1 || m > 12 || d < 1 || d > calendar_month_days(y, m))
		return PARSE_DAY;
	*days = calendar_days(y, m, d);
	return *days > DATE_MAX_DAYS ? PARSE_RANGE : PARSE_OK;
}

/* Up to nine digits behind the point, rounded to microseconds. */
static bool read_fraction(struct reader *r, int64_t *us)
{
	int64_t v = 0;
	int n = 0;

	for (; r->p < r->end && digit_at(r->p, 0) < 10; r->p++, n++) {
		if (n < 6)
			v = v * 10 + digit_at(r->p, 0);
		else if (n == 6)
			v += digit_at(r->p, 0) >= 5;
	}
	if (n == 0 || n > 9)
		return false;
	for (; n < 6; n++)
		v *= 10;
	*us = v;
	return true;
}

static enum parse_rc read_clock(struct reader *r, int64_t *us)
{
	int64_t fraction = 0;
	int h = two(r), m, s = 0;

	if (h < 0 || !take(r, ':') || (m = two(r)) < 0)
		return PARSE_BAD;
	if (take(r, ':')) {
		if ((s = two(r)) < 0)
			return PARSE_BAD;
		if (take(r, '.') && !read_fraction(r, &fraction))
			return PARSE_BAD;
	}
	if (h > 23 || m > 59 || s > 59)
		return PARSE_DAY;
	*us = h * HOUR_US + m * MINUTE_US + s * SECOND_US + fraction;
	return PARSE_OK;
}

/* "Z", "+02", "+02:00", "+0200", a blank before it allowed. */
static enum parse_rc read_zone(struct reader *r, bool *has_zone, int64_t *offset_us)
{
	bool neg;
	int h, m = 0;

	*has_zone = false;
	*offset_us = 0;
	if (r->p == r->end)
		return PARSE_OK;
	while (take(r, ' '))
		;
	*has_zone = true;
	if (take(r, 'Z') || take(r, 'z'))
		return PARSE_OK;
	if (r->end - r->p == 3 && strncasecmp(r->p, "utc", 3) == 0) {
		r->p += 3;
		return PARSE_OK;
	}
	neg = take(r, '-');
	if (!neg && !take(r, '+'))
		return PARSE_BAD;
	if ((h = two(r)) < 0)
		return PARSE_BAD;
	if (r->p < r->end) {
		(void)take(r, ':');
		if ((m = two(r)) < 0)
			return PARSE_BAD;
	}
	if (h > 15 || m > 59)
		return PARSE_DAY;
	*offset_us = h * HOUR_US + m * MINUTE_US;
	if (neg)
		*offset_us = -*offset_us;
	return PARSE_OK;
}

enum parse_rc parse_date(struct slice s, int64_t *out)
{
	struct reader r;
	enum parse_rc rc;

	s = parse_trim(s);
	if (s.n == 0)
		return PARSE_BLANK;
	if (read_infinity(s, out))
		return PARSE_OK;
	r = (struct reader){ s.p, s.p + s.n };
	rc = read_date(&r, out);
	if (rc == PARSE_OK && r.p != r.end)
		return PARSE_BAD;
	return rc;
}

enum parse_rc parse_time(struct slice s, int64_t *out)
{
	struct reader r;
	enum parse_rc rc;

	s = parse_trim(s);
	if (s.n == 0)
		return PARSE_BLANK;
	r = (struct reader){ s.p, s.p + s.n };
	rc = read_clock(&r, out);
	return rc == PARSE_OK && r.p != r.end ? PARSE_BAD : rc;
}

static enum parse_rc read_moment(struct slice s, int64_t *out, bool *has_zone, int64_t *offset_us)
{
	struct reader r = { s.p, s.p + s.n };
	int64_t days, us = 0;
	enum parse_rc rc = read_date(&r, &days);

	*has_zone = false;
	*offset_us = 0;
	if (rc != PARSE_OK)
		return rc;
	if (r.p < r.end) {
		if (*r.p != ' ' && *r.p != 'T' && *r.p != 't')
			return PARSE_BAD;
		r.p++;
		rc = read_clock(&r, &us);
		if (rc == PARSE_OK)
			rc = read_zone(&r, has_zone, offset_us);
		if (rc != PARSE_OK)
			return rc;
		if (r.p != r.end)
			return PARSE_BAD;
	}
	if (days > TIMESTAMP_MAX_US / DAY_US - 2)
		return PARSE_RANGE;
	*out = days * DAY_US + us;
	return PARSE_OK;
}

enum parse_rc parse_timestamp(struct slice s, int64_t *out)
{
	bool has_zone;
	int64_t offset;
	enum parse_rc rc;

	s = parse_trim(s);
	if (s.n == 0)
		return PARSE_BLANK;
	if (read_infinity(s, out))
		return PARSE_OK;
	rc = read_moment(s, out, &has_zone, &offset);
	if (rc == PARSE_OK && has_zone && offset != 0)
		return PARSE_ZONE;
	return rc;
}

enum parse_rc parse_timestamptz(struct slice s, int64_t *out)
{
	bool has_zone;
	int64_t offset = 0;
	enum parse_rc rc;

	s = parse_trim(s);
	if (s.n == 0)
		return PARSE_BLANK;
	if (read_infinity(s, out))
		return PARSE_OK;
	rc = read_moment(s, out, &has_zone, &offset);
	if (rc == PARSE_OK)
		*out -= offset;
	return rc;
}

/*
 * core/base/amount.c
 *	Moments, counts and sizes as people write them.
 */
#include "core/base/amount.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/span.h"

#define SECOND_US 1000000LL
#define MINUTE_US (60 * SECOND_US)
#define DAY_US    (1440 * MINUTE_US)

/* ASCII only: strtod() would follow the locale's decimal sign. Returns what is behind it. */
static const char *read_number(const char *p, double *out)
{
	double v = 0, scale = 1;
	bool has_digit = false;

	for (; isdigit((unsigned char)*p); p++, has_digit = true)
		v = v * 10 + (*p - '0');
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p); p++, has_digit = true)
			v += (*p - '0') * (scale /= 10);
	*out = v;
	return has_digit && v < 1e300 ? p : NULL;
}

bool amount_float(const char *text, double *out)
{
	const char *end = read_number(text, out);

	return end != NULL && *end == '\0';
}

/* Thousands by letter: k, M, G, T; 0 for none of them. */
static int power_of(char letter)
{
	const char *at = letter != '\0' ? strchr("kKmMgGtT", letter) : NULL;

	return at != NULL ? (int)(at - "kKmMgGtT") / 2 + 1 : 0;
}

static bool read_scaled(const char *text, bool is_size, double *out)
{
	const char *p = read_number(text, out);
	int power;
	double step = 1000;

	if (p == NULL)
		return false;
	power = power_of(*p);
	p += power > 0;
	if (is_size && power > 0 && *p == 'i') {
		step = 1024;
		p++;
	}
	if (is_size && (*p == 'B' || *p == 'b'))
		p++;
	for (int i = 0; i < power; i++)
		*out *= step;
	return *p == '\0';
}

bool amount_count(const char *text, double *out)
{
	return read_scaled(text, false, out);
}

bool amount_bytes(const char *text, double *out)
{
	return read_scaled(text, true, out);
}

bool amount_moment(const char *text, int64_t *us, int64_t *width_us)
{
	struct tm tm = { .tm_isdst = -1 };
	int64_t ms, width = DAY_US;
	const char *end;
	time_t t;

	if (width_us != NULL)
		*width_us = 0;
	if (span_read(text, &ms)) {
		*us = clock_wall_us() - (ms < INT64_MAX / 2000 ? ms * 1000 : INT64_MAX / 2);
		return true;
	}
	end = strptime(text, "%Y-%m-%d", &tm);
	if (end == NULL)
		return false;
	if (*end == 'T' || *end == ' ') {
		const char *hm = strptime(end + 1, "%H:%M", &tm);
		const char *s = hm != NULL && *hm == ':' ? strptime(hm, ":%S", &tm) : hm;

		width = s != hm ? SECOND_US : MINUTE_US;
		end = s;
		if (end != NULL && *end == '.')
			end += 1 + strspn(end + 1, "0123456789");
	}
	if (end == NULL)
		return false;
	if (strcmp(end, "Z") == 0)
		t = timegm(&tm);
	else if (*end == '\0')
		t = mktime(&tm);
	else
		return false;
	*us = (int64_t)t * SECOND_US;
	if (width_us != NULL)
		*width_us = width;
	return true;
}

/*
 * core/base/span.c
 *	Spans of time as people write them.
 */
#include "core/base/span.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DAY_MS 86400000LL

/* Those that are written come first, the longest at the front. */
static const struct { const char *name; int64_t ms; } unit[] = {
	{ "w", 7 * DAY_MS }, { "d", DAY_MS }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 },
	{ "ms", 1 }, { "min", 60000 }, { "", 1000 },
};

#define UNITS   (sizeof(unit) / sizeof(unit[0]))
#define WRITTEN (UNITS - 2)

bool span_read(const char *text, int64_t *ms)
{
	int64_t total = 0;
	const char *p = text;

	if (*p == '\0')
		return false;
	while (*p != '\0') {
		int64_t v = 0, part;
		size_t n = 0, k = 0;

		if (!isdigit((unsigned char)*p))
			return false;
		for (; isdigit((unsigned char)*p); p++)
			if (__builtin_mul_overflow(v, 10, &v) ||
			    __builtin_add_overflow(v, *p - '0', &v))
				return false;
		while (isalpha((unsigned char)p[n]))
			n++;
		while (strlen(unit[k].name) != n || strncmp(unit[k].name, p, n) != 0)
			if (++k == UNITS)
				return false;
		if (__builtin_mul_overflow(v, unit[k].ms, &part) ||
		    __builtin_add_overflow(total, part, &total))
			return false;
		p += n;
	}
	*ms = total;
	return true;
}

void span_text(int64_t ms, char *buf, size_t size)
{
	size_t n = 0;

	snprintf(buf, size, "0s");
	for (size_t k = 0; k < WRITTEN && n < size; k++) {
		if (ms < unit[k].ms)
			continue;
		n += (size_t)snprintf(buf + n, size - n, "%" PRId64 "%s", ms / unit[k].ms,
				      unit[k].name);
		ms %= unit[k].ms;
	}
}

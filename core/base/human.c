/*
 * core/base/human.c
 *	Numbers the way people read them.
 */
#include "core/base/human.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void human_bytes(int64_t bytes, char *buf, size_t size)
{
	static const char *const unit[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	double v = (double)bytes;
	int u = 0;

	while (v >= 999.5 && u < 6) {
		v /= 1000;
		u++;
	}
	if (u == 0)
		snprintf(buf, size, "%lld B", (long long)bytes);
	else
		snprintf(buf, size, v < 9.95 ? "%.1f %s" : "%.0f %s", v, unit[u]);
}

void human_seconds(double seconds, char *buf, size_t size)
{
	long long s;

	if (!(seconds >= 0) || seconds > 1e15) {
		snprintf(buf, size, "-");
		return;
	}
	if (seconds < 0.995) {
		snprintf(buf, size, "%.2f s", seconds);
		return;
	}
	if (seconds < 59.95) {
		snprintf(buf, size, "%.1f s", seconds);
		return;
	}
	s = (long long)(seconds + 0.5);
	if (s < 3600)
		snprintf(buf, size, "%lld min %02lld s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, size, "%lld h %02lld min", s / 3600, s / 60 % 60);
	else
		snprintf(buf, size, "%lld d %02lld h", s / 86400, s / 3600 % 24);
}

void human_count(double n, char *buf, size_t size)
{
	static const char unit[] = "kMGT";

	if (n < 999.5) {
		snprintf(buf, size, "%.0f", n < 0 ? 0 : n);
		return;
	}
	for (int u = 0; u < 4; u++) {
		n /= 1000;
		if (n < 999.5 || u == 3) {
			snprintf(buf, size, n < 9.95 ? "%.1f%c" : "%.0f%c", n, unit[u]);
			return;
		}
	}
}

void human_grouped(int64_t n, char *buf, size_t size)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)n);
	size_t o = 0;

	for (int i = 0; i < len && o + 2 < size; i++) {
		buf[o++] = digits[i];
		if ((len - 1 - i) % 3 == 0 && i != len - 1 && digits[i] != '-')
			buf[o++] = ' ';
	}
	buf[o] = '\0';
}

void human_time_us(int64_t us, char *buf, size_t size)
{
	time_t t = (time_t)(us / 1000000);
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL || strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(buf, size, "-");
}

void human_time_iso(const char *iso, char *buf, size_t size)
{
	struct tm tm = { 0 };
	const char *end = strptime(iso, "%Y-%m-%d", &tm);

	if (end != NULL && (*end == 'T' || *end == ' '))
		end = strptime(end + 1, "%H:%M:%S", &tm);
	else
		end = NULL;
	if (end == NULL) {
		snprintf(buf, size, "%s", iso);
		return;
	}
	human_time_us((int64_t)timegm(&tm) * 1000000, buf, size);
}

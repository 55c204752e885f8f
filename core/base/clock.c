/*
 * core/base/clock.c
 *	Reading the clocks of the system.
 */
#include "core/base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
	struct timespec ts = { 0 };

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t clock_wall_us(void)
{
	return read_us(CLOCK_REALTIME);
}

void clock_iso(int64_t wall_us, char *buf, size_t size)
{
	int64_t us = (wall_us % 1000000 + 1000000) % 1000000;
	time_t sec = (time_t)((wall_us - us) / 1000000);
	struct tm tm = { 0 };
	char day[32];

	gmtime_r(&sec, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf, size, "%s.%03dZ", day, (int)(us / 1000));
}

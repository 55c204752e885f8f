/*
 * core/base/calendar.h
 *	Days, months and years of the proleptic Gregorian calendar, from 2000-01-01.
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef CORE_BASE_CALENDAR_H
#define CORE_BASE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#define DAY_US    INT64_C(86400000000)
#define HOUR_US   INT64_C(3600000000)
#define MINUTE_US INT64_C(60000000)
#define SECOND_US INT64_C(1000000)

/* 2000-01-01 counted from 1970-01-01. */
#define EPOCH_DAYS 10957

/* What PostgreSQL can hold: 0001-01-01 is our first day, these are its last ones. */
#define DATE_MAX_DAYS     INT64_C(2145031948)	/* 5874897-12-31 */
#define TIMESTAMP_MAX_US  INT64_C(9223371331200000000)	/* 294277-01-01, exclusive */

static inline bool calendar_is_leap(int64_t y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static inline int calendar_month_days(int64_t y, int m)
{
	static const int8_t days[13] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return m == 2 && calendar_is_leap(y) ? 29 : days[m];
}

/* Year 0 is 1 BC. m 1..12, d 1..31. */
static inline int64_t calendar_days(int64_t y, int m, int d)
{
	/* Years start in March, so that the leap day is the last one. */
	int64_t era, yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468 - EPOCH_DAYS;
}

static inline void calendar_split(int64_t days, int64_t *y, int *m, int *d)
{
	int64_t z = days + EPOCH_DAYS + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = yoe + era * 400 + (*m <= 2);
}

/* Whole days of a timestamp, rounded down; *rest gets the microseconds of the day. */
static inline int64_t calendar_day_of(int64_t us, int64_t *rest)
{
	int64_t day = us / DAY_US;
	int64_t r = us % DAY_US;

	if (r < 0) {
		r += DAY_US;
		day--;
	}
	*rest = r;
	return day;
}

/* Infinity is not a day. */
static inline bool calendar_is_finite(int64_t v)
{
	return v != INT64_MAX && v != INT64_MIN;
}
#endif

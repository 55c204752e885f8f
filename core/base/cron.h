/*
 * core/base/cron.h
 *	When a schedule is due, in local time: "30 2 * * mon-fri".
 *
 * Five fields as crontab(5) has them: minute (0-59), hour (0-23), day of the
 * month (1-31), month (1-12 or names), day of the week (0-7 or names, 0 and 7
 * are Sunday). A field is a list of *, N, N-M, *\/STEP and N-M/STEP. When
 * both days are restricted (neither begins with *), one of them is enough.
 * @hourly, @daily, @midnight, @weekly, @monthly, @yearly and @annually stand
 * for five fields.
 *
 * Only the calendar is known here. Which instant a local minute is, whether it
 * exists, and how often, is for whoever knows the time zone.
 *
 * Memory:  in the struct.
 * Threads: any.
 */
#ifndef CORE_BASE_CRON_H
#define CORE_BASE_CRON_H

#include <stdint.h>

#include "core/base/err.h"

#define CRON_MAX_BYTES 200

struct cron {
	uint64_t minute;	/* bit n: minute n */
	uint32_t hour, day;
	uint16_t month;
	uint8_t weekday;	/* bit 0: Sunday */
	bool is_any_day;	/* day of the month begins with * */
	bool is_any_weekday;
	bool is_every_hour;	/* follows real time through a change of the clocks */
};

/*
 * ERR_CONFIG names the field, the column (from 1) and what is allowed; a spec
 * that matches no day of the calendar is refused, too.
 */
enum err_code cron_parse(const char *spec, struct cron *out, struct err *err) MUST_USE;

/* Local minutes are counted from 1970-01-01 00:00 of the calendar. */
int64_t cron_minute(int64_t year, int month, int day, int hour, int minute);

/* The first local minute behind `after` that matches. */
int64_t cron_next(const struct cron *c, int64_t after);

/* Whether that local minute matches. */
bool cron_matches(const struct cron *c, int64_t minute);
#endif

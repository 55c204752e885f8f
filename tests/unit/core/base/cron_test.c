/*
 * tests/unit/core/base/cron_test.c
 *	Specs as crontab(5) has them, against a plain walk through the minutes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/cron.h"

static struct cron parsed(const char *spec)
{
	struct err err = { 0 };
	struct cron c;

	if (cron_parse(spec, &c, &err) != ERR_OK)
		fail_msg("%s: %s", spec, err.frame[0].text);
	return c;
}

static const char *shown(int64_t minute, char *buf, size_t size)
{
	time_t t = (time_t)(minute * 60);
	struct tm tm = { 0 };

	gmtime_r(&t, &tm);
	strftime(buf, size, "%Y-%m-%d %H:%M %a", &tm);
	return buf;
}

static void the_next_minute(void **state)
{
	static const struct {
		const char *spec;
		const char *next[3];
	} cases[] = {
		{ "*/15 * * * *", { "2026-02-27 23:30 Fri", "2026-02-27 23:45 Fri",
				    "2026-02-28 00:00 Sat" } },
		{ "30 2 * * *", { "2026-02-28 02:30 Sat", "2026-03-01 02:30 Sun",
				  "2026-03-02 02:30 Mon" } },
		{ "0 9 * * mon-fri", { "2026-03-02 09:00 Mon", "2026-03-03 09:00 Tue",
				       "2026-03-04 09:00 Wed" } },
		{ "0 0 * * sat-sun", { "2026-02-28 00:00 Sat", "2026-03-01 00:00 Sun",
				       "2026-03-07 00:00 Sat" } },
		{ "0 0 * * 7", { "2026-03-01 00:00 Sun", "2026-03-08 00:00 Sun",
				 "2026-03-15 00:00 Sun" } },
		{ "5,40-50/5 23,0 * * *", { "2026-02-27 23:40 Fri", "2026-02-27 23:45 Fri",
					    "2026-02-27 23:50 Fri" } },
		{ "0 0 29 2 *", { "2028-02-29 00:00 Tue", "2032-02-29 00:00 Sun",
				  "2036-02-29 00:00 Fri" } },
		{ "0 0 31 * *", { "2026-03-31 00:00 Tue", "2026-05-31 00:00 Sun",
				  "2026-07-31 00:00 Fri" } },
		/* Both days restricted: either will do. */
		{ "0 0 13 * fri", { "2026-03-06 00:00 Fri", "2026-03-13 00:00 Fri",
				    "2026-03-20 00:00 Fri" } },
		{ "0 0 1 * mon", { "2026-03-01 00:00 Sun", "2026-03-02 00:00 Mon",
				   "2026-03-09 00:00 Mon" } },
		/* A day that begins with * is not restricted, also with a step: both must hold. */
		{ "0 0 */2 * mon", { "2026-03-09 00:00 Mon", "2026-03-23 00:00 Mon",
				     "2026-04-13 00:00 Mon" } },
		{ "@hourly", { "2026-02-28 00:00 Sat", "2026-02-28 01:00 Sat",
			       "2026-02-28 02:00 Sat" } },
		{ " @Weekly ", { "2026-03-01 00:00 Sun", "2026-03-08 00:00 Sun",
				 "2026-03-15 00:00 Sun" } },
		{ "@monthly", { "2026-03-01 00:00 Sun", "2026-04-01 00:00 Wed",
				"2026-05-01 00:00 Fri" } },
		{ "@annually", { "2027-01-01 00:00 Fri", "2028-01-01 00:00 Sat",
				 "2029-01-01 00:00 Mon" } },
		{ "0\t12  1 JAN,july\t*", { "2026-07-01 12:00 Wed", "2027-01-01 12:00 Fri",
					    "2027-07-01 12:00 Thu" } },
	};
	char buf[40];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cron c = parsed(cases[i].spec);
		int64_t at = cron_minute(2026, 2, 27, 23, 29);

		for (int k = 0; k < 3; k++) {
			at = cron_next(&c, at);
			if (strcmp(shown(at, buf, sizeof(buf)), cases[i].next[k]) != 0)
				fail_msg("%s: %s, not %s", cases[i].spec, buf, cases[i].next[k]);
		}
	}
}

static void wrong_specs_are_told_where(void **state)
{
	static const struct {
		const char *spec, *why, *hint;
	} cases[] = {
		{ "60 * * * *", "minute, column 1: '60' is out of range", "0 to 59" },
		{ "* 24 * * *", "hour, column 3: '24' is out of range", "0 to 23" },
		{ "* * 0 * *", "day of the month, column 5: '0' is out of range", "1 to 31" },
		{ "* * * 13 *", "month, column 7: '13'", "jan to dec" },
		{ "* * * foo *", "month, column 7: 'foo' is no name", "jan to dec" },
		{ "* * * * 8", "day of the week, column 9: '8'", "sun to sat" },
		{ "1,2,99 * * * *", "minute, column 5: '99'", "0 to 59" },
		{ "5/15 * * * *", "column 1: '5/15' has a step and is no range", "*/STEP" },
		{ "*/0 * * * *", "column 1: '*/0' has a step that is out of range", "*/STEP" },
		{ "*/x * * * *", "column 1: '*/x' has a step that is no number", "*/STEP" },
		{ "* 22-2 * * *", "column 3: '22-2' runs backwards", "" },
		{ "* * * * fri-mon", "column 9: 'fri-mon' runs backwards", "" },
		{ "* * L * *", "column 5: 'L' is no name", "1 to 31" },
		{ "* * ? * *", "column 5: '?' is not what", "1 to 31" },
		{ "* * * * 5#2", "column 9: '5#2' cannot be read", "" },
		{ "1, * * * *", "column 3: '' is not what", "" },
		{ "99999999999999999999 * * * *", "is out of range", "0 to 59" },
		{ "* * * *", "has 4 fields", "minute, hour" },
		{ "0 * * * * *", "has 6 fields", "minute, hour" },
		{ "daily", "has 1 field,", "minute, hour" },
		{ "", "has 0 fields", "minute, hour" },
		{ "@reboot", "'@reboot' is no schedule", "@hourly" },
		{ "@daily 5", "'@daily 5' is no schedule", "@hourly" },
		{ "0 0 30 2 *", "never comes", "third field" },
		{ "0 0 31 feb,apr,jun,sep,nov *", "never comes", "third field" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = { 0 };
		struct cron c;

		assert_int_equal(cron_parse(cases[i].spec, &c, &err), ERR_CONFIG);
		if (strstr(err.frame[0].text, cases[i].why) == NULL ||
		    strstr(err.hint, cases[i].hint) == NULL)
			fail_msg("%s: %s / %s", cases[i].spec, err.frame[0].text, err.hint);
	}
}

static void every_hour_is_told_apart(void **state)
{
	(void)state;
	assert_true(parsed("*/15 * * * *").is_every_hour);
	assert_true(parsed("0 0-23 * * *").is_every_hour);
	assert_true(parsed("@hourly").is_every_hour);
	assert_false(parsed("0 */2 * * *").is_every_hour);
	assert_false(parsed("0 2 * * *").is_every_hour);
}

/* What the manual says, the slow way: bit by bit, with the system's own calendar. */
static bool is_in(const char *field, int value, int min, bool is_weekday)
{
	const char *p = field;

	for (;;) {
		int from = min, to = 99, step = 1;
		char *end;

		if (*p == '*') {
			end = (char *)(uintptr_t)(p + 1);
		} else {
			from = to = (int)strtol(p, &end, 10);
			if (*end == '-')
				to = (int)strtol(end + 1, &end, 10);
		}
		if (*end == '/')
			step = (int)strtol(end + 1, &end, 10);
		for (int v = from; v <= to; v += step)
			if (v == value || (is_weekday && v == 7 && value == 0))
				return true;
		if (*end != ',')
			return false;
		p = end + 1;
	}
}

static bool naive(char field[5][24], int64_t minute)
{
	time_t t = (time_t)(minute * 60);
	struct tm tm = { 0 };
	bool day, weekday;

	gmtime_r(&t, &tm);
	day = is_in(field[2], tm.tm_mday, 1, false);
	weekday = is_in(field[4], tm.tm_wday, 0, true);
	return is_in(field[0], tm.tm_min, 0, false) && is_in(field[1], tm.tm_hour, 0, false) &&
	       is_in(field[3], tm.tm_mon + 1, 1, false) &&
	       (field[2][0] == '*' || field[4][0] == '*' ? day && weekday : day || weekday);
}

static uint32_t seed = 20260227;

static int draw(int n)
{
	seed = seed * 1664525 + 1013904223;
	return (int)((seed >> 8) % (uint32_t)n);
}

static void draw_field(char *out, size_t size, int min, int max)
{
	int a = min + draw(max - min + 1), b = a + draw(max - a + 1);

	switch (draw(6)) {
	case 0: case 1: snprintf(out, size, "*"); break;
	case 2: snprintf(out, size, "*/%d", 1 + draw(max)); break;
	case 3: snprintf(out, size, "%d", a); break;
	case 4: snprintf(out, size, "%d-%d/%d", a, b, 1 + draw(4)); break;
	default: snprintf(out, size, "%d,%d-%d", a, a, b); break;
	}
}

static void as_a_walk_through_all_minutes(void **state)
{
	static const int low[5] = { 0, 0, 1, 1, 0 }, high[5] = { 59, 23, 31, 12, 7 };

	(void)state;
	for (int round = 0; round < 300; round++) {
		char field[5][24], spec[160];
		struct err err = { 0 };
		struct cron c;
		int64_t at = cron_minute(1960 + draw(120), 1 + draw(12), 1 + draw(28), draw(24),
					 draw(60));
		int64_t next, end = at + 4000;

		for (int i = 0; i < 5; i++)
			draw_field(field[i], sizeof(field[i]), low[i], high[i]);
		snprintf(spec, sizeof(spec), "%s %s %s %s %s", field[0], field[1], field[2],
			 field[3], field[4]);
		if (cron_parse(spec, &c, &err) != ERR_OK) {
			assert_non_null(strstr(err.frame[0].text, "never comes"));
			continue;
		}
		next = cron_next(&c, at);
		for (at++; at < end; at++) {
			bool want = naive(field, at);

			if (want != cron_matches(&c, at) || want != (at == next))
				fail_msg("%s: minute %lld", spec, (long long)at);
			if (want)
				next = cron_next(&c, at);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_minute),
		cmocka_unit_test(wrong_specs_are_told_where),
		cmocka_unit_test(every_hour_is_told_apart),
		cmocka_unit_test(as_a_walk_through_all_minutes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * tests/unit/core/meta/slot_test.c
 *	Slots over whole years and through every change of the clocks, against a
 *	walk through all minutes with the system's own idea of the zones.
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

#include "core/base/arena.h"
#include "core/meta/slot.h"
#include "tests/lib/metatemp.h"

#define MINUTE INT64_C(60000000)
#define YEAR_MINUTES (366 * 1440)

static struct arena *mem;
static struct db *db;

static int set_up(void **state)
{
	metatemp_begin(state);
	mem = arena_new(NULL, "test");
	db = metatemp_open(metatemp_new(), META_ENGINE, NULL, NULL);
	return 0;
}

static int tear_down(void **state)
{
	db_close(db);
	arena_free(mem);
	return metatemp_end(state);
}

static struct slot_rule rule_of(const char *spec, const char *tz)
{
	struct slot_rule rule = { .tz = tz };
	struct err err = { 0 };

	OK(cron_parse(spec, &rule.cron, &err));
	return rule;
}

/* What the clocks show in each minute from `first` on. */
static int64_t shown[YEAR_MINUTES];

static void show_year(const char *tz, int64_t first)
{
	setenv("TZ", tz, 1);
	tzset();
	for (int i = 0; i < YEAR_MINUTES; i++) {
		time_t t = (time_t)((first + i) * 60);
		struct tm tm = { 0 };

		localtime_r(&t, &tm);
		shown[i] = cron_minute(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
				       tm.tm_min);
	}
}

/* Instants, in minutes from first on: the rules of the manual, said once more. */
static int expected(const struct cron *c, int64_t first, int64_t *out)
{
	int64_t reached = shown[0] - 1;
	int n = 0;

	for (int i = 0; i < YEAR_MINUTES; i++) {
		bool is_slot = c->is_every_hour && cron_matches(c, shown[i]);

		/* The clocks reach a minute the first time they show it, or jump over it. */
		for (int64_t m = reached + 1; !c->is_every_hour && m <= shown[i]; m++)
			is_slot |= cron_matches(c, m);
		reached = shown[i] > reached ? shown[i] : reached;
		if (is_slot)
			out[n++] = (first + i) * MINUTE;
	}
	return n;
}

static void compare(const char *spec, const char *tz, int64_t first, const int64_t *want, int nwant)
{
	struct slot_rule rule = rule_of(spec, tz);
	int64_t *got = test_calloc(YEAR_MINUTES, sizeof(*got));
	struct err err = { 0 };
	int n;

	OK(slot_list(mem, db, &rule, first * MINUTE - 1, (first + YEAR_MINUTES - 1) * MINUTE,
		     YEAR_MINUTES, got, &n, &err));
	for (int i = 0; i < n && i < nwant; i++)
		if (got[i] != want[i])
			fail_msg("%s in %s: slot %d is %lld, not %lld", spec, tz, i,
				 (long long)(got[i] / MINUTE * 60),
				 (long long)(want[i] / MINUTE * 60));
	if (n != nwant)
		fail_msg("%s in %s: %d slots, not %d", spec, tz, n, nwant);
	test_free(got);
}

static const struct {
	const char *tz;
	int year;
} zones[] = {
	{ "Europe/Berlin", 2026 },     { "America/New_York", 2026 },
	{ "Australia/Lord_Howe", 2026 },	/* half an hour */
	{ "Asia/Kolkata", 2026 },		/* never */
	{ "America/Sao_Paulo", 2018 },		/* at midnight */
	{ "Africa/Casablanca", 2025 },		/* around Ramadan */
	{ "Europe/London", 2024 },
	{ "Antarctica/Troll", 2026 },		/* two hours */
	{ "Pacific/Apia", 2011 },		/* a day that was left out */
};

static void each_slot_once_over_a_year(void **state)
{
	static const char *const specs[] = {
		"30 2 * * *", "0 2 * * *", "0 3 * * *", "0 0 * * *", "*/30 1-3 * * *", "15 2 * * sun",
		"0 */2 * * *", "0 12 30 * *", "0 * * * *", "30 * * * sun", "*/20 * * * *",
	};
	int64_t *want = test_calloc(YEAR_MINUTES, sizeof(*want));

	(void)state;
	for (size_t z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
		int64_t first = cron_minute(zones[z].year, 1, 1, 0, 0);

		show_year(zones[z].tz, first);
		for (size_t s = 0; s < sizeof(specs) / sizeof(specs[0]); s++) {
			struct slot_rule rule = rule_of(specs[s], zones[z].tz);

			compare(specs[s], zones[z].tz, first, want,
				expected(&rule.cron, first, want));
		}
	}
	test_free(want);
}

/* One slot after the other, from every few minutes of the days around a change. */
static void the_next_slot_from_anywhere(void **state)
{
	static const char *const specs[] = { "30 2 * * *", "*/30 1-3 * * *", "0 * * * *",
					     "* * * * *" };
	int64_t *want = test_calloc(YEAR_MINUTES, sizeof(*want));
	int asked = 0;

	(void)state;
	for (size_t z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
		int64_t first = cron_minute(zones[z].year, 1, 1, 0, 0);

		show_year(zones[z].tz, first);
		for (size_t s = 0; s < sizeof(specs) / sizeof(specs[0]); s++) {
			struct slot_rule rule = rule_of(specs[s], zones[z].tz);
			int n = expected(&rule.cron, first, want), at = 0;

			for (int i = 300; i < YEAR_MINUTES - 3000; i++) {
				int64_t now = (first + i) * MINUTE, got, before;
				struct err err = { 0 };
				int ngot;

				if (shown[i + 200] - shown[i - 300] == 500 || i % 41 != 0)
					continue;
				while (at < n && want[at] <= now)
					at++;
				OK(slot_list(mem, db, &rule, now, SLOT_NEVER, 1, &got, &ngot,
					     &err));
				assert_int_equal(ngot, 1);
				OK(slot_before(mem, db, &rule, now + 1, &before, &err));
				if (got != want[at] || before != want[at - 1])
					fail_msg("%s in %s behind %lld: %lld, %lld", specs[s],
						 zones[z].tz, (long long)(now / MINUTE * 60),
						 (long long)(got / MINUTE * 60),
						 (long long)(before / MINUTE * 60));
				asked++;
			}
		}
	}
	assert_true(asked > 200);
	test_free(want);
}

static void the_newest_of_many(void **state)
{
	struct slot_rule rule = rule_of("*/10 9 1 1 *", "Europe/Berlin");
	int64_t until = cron_minute(2026, 11, 21, 0, 0) * MINUTE, got[8];
	struct err err = { 0 };
	int n;

	(void)state;
	OK(slot_last(mem, db, &rule, INT64_MIN / 4, until, 8, got, &n, &err));
	assert_int_equal(n, 8);
	assert_int_equal(got[7], cron_minute(2026, 1, 1, 8, 50) * MINUTE);
	assert_int_equal(got[2], cron_minute(2026, 1, 1, 8, 0) * MINUTE);
	assert_int_equal(got[1], cron_minute(2025, 1, 1, 8, 50) * MINUTE);
	OK(slot_last(mem, db, &rule, got[5], until, 8, got, &n, &err));
	assert_int_equal(n, 2);
	OK(slot_last(mem, db, &rule, until, until, 8, got, &n, &err));
	assert_int_equal(n, 0);
}

static void zones_are_known_or_nearly(void **state)
{
	static const struct {
		const char *typed, *hint;
	} wrong[] = {
		{ "Europe/Berln", "Europe/Berlin" }, { "Berlin", "Europe/Berlin" },
		{ "Lord Howe", "Australia/Lord_Howe" }, { "Nowhere/At_All", "like Europe/Berlin" },
		{ "UTC+2", "UTC" }, { "", "like Europe/Berlin" },
	};
	const char *name;
	struct err err = { 0 };

	(void)state;
	OK(slot_zone(mem, db, "europe/berlin", &name, &err));
	assert_string_equal(name, "Europe/Berlin");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		err_clear(&err);
		assert_int_equal(slot_zone(mem, db, wrong[i].typed, &name, &err), ERR_NOT_FOUND);
		if (strstr(err.hint, wrong[i].hint) == NULL)
			fail_msg("%s: %s", wrong[i].typed, err.hint);
	}
}

static void what_the_clocks_show(void **state)
{
	int64_t at[2] = { cron_minute(2026, 3, 29, 0, 59) * MINUTE,
			  cron_minute(2026, 3, 29, 1, 0) * MINUTE }, instant;
	struct slot_local local[2];
	struct err err = { 0 };
	char text[40];

	(void)state;
	OK(slot_locals(mem, db, "Europe/Berlin", at, 2, local, &err));
	slot_full_text(&local[0], text, sizeof(text));
	assert_string_equal(text, "2026-03-29T01:59+01:00");
	slot_full_text(&local[1], text, sizeof(text));
	assert_string_equal(text, "2026-03-29T03:00+02:00");
	OK(slot_instant(mem, db, "Europe/Berlin", cron_minute(2026, 3, 29, 2, 30), &instant, &err));
	assert_int_equal(instant, at[1]);
	OK(slot_locals(mem, db, "America/St_Johns", at, 1, local, &err));
	slot_full_text(&local[0], text, sizeof(text));
	assert_string_equal(text, "2026-03-28T22:29-02:30");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_slot_once_over_a_year),
		cmocka_unit_test(the_next_slot_from_anywhere),
		cmocka_unit_test(the_newest_of_many),
		cmocka_unit_test(zones_are_known_or_nearly),
		cmocka_unit_test(what_the_clocks_show),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/*
 * core/base/cron.c
 *	Cron specs: reading them, and the next local minute.
 */
#include "core/base/cron.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/calendar.h"

#define DAY_MINUTES 1440
#define CYCLE_DAYS  146097	/* days and weekdays repeat after 400 years */
#define WEEKDAY_OF_EPOCH 4	/* 1970-01-01 was a Thursday */

struct field {
	const char *name;
	int min, max;
	const char *const *names;	/* of min, min + 1, ...; NULL: numbers only */
	const char *allowed;
};

static const char *const month_names[] = {
	"january", "february", "march", "april", "may", "june", "july", "august", "september",
	"october", "november", "december", NULL,
};
static const char *const day_names[] = {
	"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", NULL,
};

static const struct field fields[5] = {
	{ "minute", 0, 59, NULL, "0 to 59" },
	{ "hour", 0, 23, NULL, "0 to 23" },
	{ "day of the month", 1, 31, NULL, "1 to 31" },
	{ "month", 1, 12, month_names, "1 to 12 or jan to dec" },
	{ "day of the week", 0, 7, day_names, "0 to 7 or sun to sat" },
};

static const struct {
	const char *name, *spec;
} macros[] = {
	{ "@hourly", "0 * * * *" },   { "@daily", "0 0 * * *" },   { "@midnight", "0 0 * * *" },
	{ "@weekly", "0 0 * * 0" },   { "@monthly", "0 0 1 * *" }, { "@yearly", "0 0 1 1 *" },
	{ "@annually", "0 0 1 1 *" },
};

struct reader {
	const char *spec;	/* whole, for columns */
	const char *p;
	const struct field *field;
	struct err *err;
};

static enum err_code wrong(struct reader *r, const char *at, const char *why)
{
	size_t n = strcspn(at, " \t,");

	err_set(r->err, ERR_CONFIG, "%s, column %d: '%.*s' %s", r->field->name,
		(int)(at - r->spec) + 1, (int)(n < 20 ? n : 20), at, why);
	err_hint(r->err, "The %s takes %s, as a list of *, N, N-M, */STEP or N-M/STEP.",
		 r->field->name, r->field->allowed);
	return ERR_CONFIG;
}

/* Three letters or the whole name. */
static int name_value(const struct field *f, const char *p, size_t n)
{
	for (int i = 0; f->names != NULL && f->names[i] != NULL; i++)
		if ((n == 3 || n == strlen(f->names[i])) && strncasecmp(f->names[i], p, n) == 0)
			return f->min + i;
	return -1;
}

static enum err_code read_value(struct reader *r, int *out)
{
	const char *at = r->p;
	size_t n = 0;
	int v = 0;

	if (isdigit((unsigned char)*at)) {
		for (; isdigit((unsigned char)at[n]); n++)
			v = v < 1000 ? v * 10 + (at[n] - '0') : v;
	} else {
		while (isalpha((unsigned char)at[n]))
			n++;
		v = n > 0 ? name_value(r->field, at, n) : -1;
		if (v < 0)
			return wrong(r, at, n > 0 ? "is no name that it knows"
						  : "is not what a value begins with");
	}
	if (v < r->field->min || v > r->field->max)
		return wrong(r, at, "is out of range");
	r->p = at + n;
	*out = v;
	return ERR_OK;
}

static enum err_code read_step(struct reader *r, const char *item, bool is_range, int *step)
{
	const char *at = r->p + 1;
	int v = 0;

	*step = 1;
	if (*r->p != '/')
		return ERR_OK;
	if (!is_range)
		return wrong(r, item, "has a step and is no range");
	if (!isdigit((unsigned char)*at))
		return wrong(r, item, "has a step that is no number");
	for (r->p = at; isdigit((unsigned char)*r->p); r->p++)
		v = v < 1000 ? v * 10 + (*r->p - '0') : v;
	if (v < 1 || v > r->field->max)
		return wrong(r, item, "has a step that is out of range");
	*step = v;
	return ERR_OK;
}

/* sat-sun: as the end of a range Sunday is the seventh day. */
static bool is_sunday_end(const struct reader *r, int from, int to)
{
	return r->field->names == day_names && to == 0 && from > 0;
}

static enum err_code read_item(struct reader *r, uint64_t *bits)
{
	const char *item = r->p;
	int from = r->field->min, to = r->field->max, step = 1;
	bool is_range = true;
	enum err_code rc = ERR_OK;

	if (*item == '*') {
		r->p++;
	} else {
		rc = read_value(r, &from);
		to = from;
		is_range = rc == ERR_OK && *r->p == '-';
		if (is_range) {
			r->p++;
			rc = read_value(r, &to);
		}
		if (rc == ERR_OK && is_sunday_end(r, from, to))
			to = 7;
		if (rc == ERR_OK && to < from)
			rc = wrong(r, item, "runs backwards; write two ranges");
	}
	if (rc == ERR_OK)
		rc = read_step(r, item, is_range, &step);
	if (rc == ERR_OK && *r->p != '\0' && strchr(" \t,", *r->p) == NULL)
		rc = wrong(r, item, "cannot be read");
	for (int v = from; rc == ERR_OK && v <= to; v += step)
		*bits |= UINT64_C(1) << v;
	return rc;
}

static enum err_code read_field(struct reader *r, uint64_t *bits)
{
	enum err_code rc = read_item(r, bits);

	while (rc == ERR_OK && *r->p == ',') {
		r->p++;
		rc = read_item(r, bits);
	}
	return rc;
}

static int count_fields(const char *p)
{
	int n = 0;

	for (p += strspn(p, " \t"); *p != '\0'; p += strspn(p, " \t")) {
		n++;
		p += strcspn(p, " \t");
	}
	return n;
}

static enum err_code expand(const char **spec, struct err *err)
{
	const char *p = *spec + strspn(*spec, " \t");
	size_t n = strcspn(p, " \t");

	if (*p != '@')
		return ERR_OK;
	for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++) {
		if (strlen(macros[i].name) == n && strncasecmp(macros[i].name, p, n) == 0 &&
		    p[n + strspn(p + n, " \t")] == '\0') {
			*spec = macros[i].spec;
			return ERR_OK;
		}
	}
	err_set(err, ERR_CONFIG, "'%.30s' is no schedule", p);
	err_hint(err, "There are @hourly, @daily, @midnight, @weekly, @monthly, @yearly and "
		      "@annually.");
	return ERR_CONFIG;
}

static bool matches_day(const struct cron *c, int64_t day)
{
	int64_t y;
	int m, d, w;
	bool by_day, by_weekday;

	calendar_split(day - EPOCH_DAYS, &y, &m, &d);
	if (!(c->month >> m & 1))
		return false;
	w = (int)((day % 7 + WEEKDAY_OF_EPOCH + 7) % 7);
	by_day = c->day >> d & 1;
	by_weekday = c->weekday >> w & 1;
	return c->is_any_day || c->is_any_weekday ? by_day && by_weekday : by_day || by_weekday;
}

static bool has_a_day(const struct cron *c)
{
	for (int64_t day = 0; day < CYCLE_DAYS; day++)
		if (matches_day(c, day))
			return true;
	return false;
}

enum err_code cron_parse(const char *spec, struct cron *out, struct err *err)
{
	uint64_t bits[5] = { 0 };
	bool is_star[5] = { false };
	struct reader r = { .err = err };
	enum err_code rc = ERR_OK;
	int n;

	*out = (struct cron){ 0 };
	if (strlen(spec) > CRON_MAX_BYTES)
		return err_set(err, ERR_CONFIG, "a schedule has at most %d characters",
			       CRON_MAX_BYTES);
	rc = expand(&spec, err);
	if (rc != ERR_OK)
		return rc;
	n = count_fields(spec);
	if (n != 5) {
		err_set(err, ERR_CONFIG, "'%.40s' has %d field%s, and a schedule has five", spec, n,
			n == 1 ? "" : "s");
		err_hint(err, "They are minute, hour, day of the month, month and day of the week, "
			      "as in '30 2 * * mon-fri'.");
		return ERR_CONFIG;
	}
	r.spec = r.p = spec;
	for (int i = 0; rc == ERR_OK && i < 5; i++) {
		r.field = &fields[i];
		r.p += strspn(r.p, " \t");
		is_star[i] = *r.p == '*';
		rc = read_field(&r, &bits[i]);
	}
	if (rc != ERR_OK)
		return rc;
	*out = (struct cron){
		.minute = bits[0], .hour = (uint32_t)bits[1], .day = (uint32_t)bits[2],
		.month = (uint16_t)bits[3], .weekday = (uint8_t)((bits[4] | bits[4] >> 7) & 0x7f),
		.is_any_day = is_star[2], .is_any_weekday = is_star[4],
		.is_every_hour = bits[1] == (UINT64_C(1) << 24) - 1,
	};
	if (has_a_day(out))
		return ERR_OK;
	err_set(err, ERR_CONFIG, "'%.40s' never comes: no month of it has such a day", spec);
	err_hint(err, "Look at day of the month (third field) and month (fourth field).");
	return ERR_CONFIG;
}

int64_t cron_minute(int64_t year, int month, int day, int hour, int minute)
{
	return (calendar_days(year, month, day) + EPOCH_DAYS) * DAY_MINUTES + hour * 60 + minute;
}

static int64_t day_of(int64_t minute)
{
	return minute >= 0 ? minute / DAY_MINUTES : -((DAY_MINUTES - 1 - minute) / DAY_MINUTES);
}

static bool matches_time(const struct cron *c, int of_day)
{
	return (c->hour >> of_day / 60 & 1) && (c->minute >> of_day % 60 & 1);
}

bool cron_matches(const struct cron *c, int64_t minute)
{
	int64_t day = day_of(minute);

	return matches_time(c, (int)(minute - day * DAY_MINUTES)) && matches_day(c, day);
}

int64_t cron_next(const struct cron *c, int64_t after)
{
	int64_t day = day_of(after + 1);
	int of_day = (int)(after + 1 - day * DAY_MINUTES);

	for (;; day++, of_day = 0) {
		if (!matches_day(c, day))
			continue;
		for (; of_day < DAY_MINUTES; of_day++)
			if (matches_time(c, of_day))
				return day * DAY_MINUTES + of_day;
	}
}

/*
 * core/flow/expr_date.c
 *	Functions over dates and moments.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/calendar.h"
#include "core/flow/datefmt.h"
#include "core/flow/expr_node.h"

#define EACH(i, ev, out) for (uint32_t i = 0; i < (ev)->nrows; i++) if (!(out)->null[i])

static enum err_code format_arg(struct compiler *c, const struct expr *e,
				const struct datefmt **out)
{
	struct slice text;
	const char *why;
	enum err_code rc = expr_literal(c, e, "the format", &text);

	if (rc != ERR_OK)
		return rc;
	*out = datefmt_compile(c->mem, text, &why);
	return *out != NULL ? ERR_OK : expr_fail(c, e->at, "the format %s", why);
}

enum err_code expr_bind_to_date(struct compiler *c, struct expr *e)
{
	struct cast k = { .to = { .type = TYPE_DATE }, .rule = "to_date", .drops_time = true };
	enum err_code rc = ERR_OK;

	if (e->nargs > 1)
		rc = format_arg(c, e->arg[1], &k.format);
	if (rc == ERR_OK && k.format != NULL && !datefmt_has_date(k.format))
		rc = expr_fail(c, e->arg[1]->at, "the format needs a year, a month and a day");
	return rc == ERR_OK ? expr_bind_conversion(c, e, &k) : rc;
}

/* "+02:00" as microseconds. */
static enum err_code zone_arg(struct compiler *c, const struct expr *e, int64_t *out)
{
	const char *why;
	struct slice text;
	const struct datefmt *f = datefmt_compile(c->mem, SLICE("%z"), &why);
	enum err_code rc = expr_literal(c, e, "the zone", &text);

	if (rc != ERR_OK)
		return rc;
	if (datefmt_parse(f, text, out) != PARSE_OK)
		return expr_fail(c, e->at, "the zone must be an offset like '+02:00' or 'Z'");
	*out = -*out;	/* 2000-01-01 00:00 there is that much earlier in UTC */
	return ERR_OK;
}

static void run_shift(struct eval *ev, const struct expr *e, const struct vec *arg,
		      struct vec *out)
{
	int64_t offset = *(const int64_t *)e->data;

	EACH(i, ev, out) {
		int64_t v = arg[0].v.i64[i & arg[0].mask];

		out->v.i64[i] = calendar_is_finite(v) ? v - offset : v;
	}
}

enum err_code expr_bind_to_timestamp(struct compiler *c, struct expr *e)
{
	struct cast k = { .to = { .type = TYPE_TIMESTAMP }, .rule = "to_timestamp" };
	struct expr *zone = e->nargs > 2 ? e->arg[2] : NULL;
	int64_t *offset = arena_alloc(c->mem, sizeof(*offset));
	enum err_code rc = ERR_OK;
	struct expr *inner;

	if (e->nargs > 1)
		rc = format_arg(c, e->arg[1], &k.format);
	if (rc == ERR_OK && k.format != NULL && !datefmt_has_date(k.format))
		rc = expr_fail(c, e->arg[1]->at, "the format needs a year, a month and a day");
	if (rc == ERR_OK && zone != NULL)
		rc = zone_arg(c, zone, offset);
	if (rc != ERR_OK)
		return rc;
	if (k.format != NULL && datefmt_has_zone(k.format)) {
		k.to.type = TYPE_TIMESTAMPTZ;
		zone = NULL;	/* the text says it */
	}
	rc = expr_bind_conversion(c, e, &k);
	if (rc != ERR_OK || zone == NULL)
		return rc;
	inner = arena_alloc(c->mem, sizeof(*inner));
	*inner = *e;
	inner->depth = 1;
	*e = *expr_call(c, inner->at, "to_timestamp", 1);
	e->arg[0] = inner;
	e->type = (struct type_spec){ .type = TYPE_TIMESTAMPTZ };
	e->fn = run_shift;
	e->data = offset;
	return ERR_OK;
}

/* Dates and moments stay what they are; text is read as a date. */
static enum err_code coerce_moment(struct compiler *c, struct expr **e)
{
	enum type t = (*e)->type.type;

	if ((t == TYPE_DATE || t == TYPE_TIMESTAMP || t == TYPE_TIMESTAMPTZ) &&
	    !expr_is_null_literal(*e))
		return ERR_OK;
	return expr_coerce(c, e, TYPE_DATE);
}

static int64_t micros(enum type t, int64_t v)
{
	return t == TYPE_DATE ? v * DAY_US : v;
}

static bool is_usable(enum type t, int64_t v)
{
	if (!calendar_is_finite(v))
		return false;
	return t != TYPE_DATE || (v < TIMESTAMP_MAX_US / DAY_US && v > -TIMESTAMP_MAX_US / DAY_US);
}

static void run_format(struct eval *ev, const struct expr *e, const struct vec *arg,
		       struct vec *out)
{
	char text[DATEFMT_TEXT];

	EACH(i, ev, out) {
		int64_t v = arg[0].v.i64[i & arg[0].mask];
		size_t n;

		if (!is_usable(arg[0].type, v)) {
			expr_problem(ev, i, &arg[0], out, e->rule, "cannot be formatted");
			continue;
		}
		n = datefmt_format(e->data, micros(arg[0].type, v), text);
		out->v.text[i] = (struct slice){ arena_strndup(ev->out->mem, text, n), n };
	}
}

enum err_code expr_bind_format_date(struct compiler *c, struct expr *e)
{
	const struct datefmt *f = NULL;
	enum err_code rc = coerce_moment(c, &e->arg[0]);

	if (rc == ERR_OK)
		rc = format_arg(c, e->arg[1], &f);
	e->data = f;
	e->nargs = 1;
	e->type = (struct type_spec){ .type = TYPE_TEXT };
	e->fn = run_format;
	return rc;
}

static void run_now(struct eval *ev, const struct expr *e, const struct vec *arg, struct vec *out)
{
	(void)e;
	(void)arg;
	EACH(i, ev, out)
		out->v.i64[i] = expr_now_us(ev);
}

enum err_code expr_bind_now(struct compiler *c, struct expr *e)
{
	(void)c;
	e->type = (struct type_spec){ .type = TYPE_TIMESTAMPTZ };
	e->fn = run_now;
	return ERR_OK;
}

static void run_part(struct eval *ev, const struct expr *e, const struct vec *arg,
		     struct vec *out)
{
	EACH(i, ev, out) {
		int64_t v = arg[0].v.i64[i & arg[0].mask], y, rest;
		int m, d;

		if (!calendar_is_finite(v)) {
			expr_problem(ev, i, &arg[0], out, e->rule, "infinity has no %s", e->rule);
			continue;
		}
		if (arg[0].type != TYPE_DATE)
			v = calendar_day_of(v, &rest);
		calendar_split(v, &y, &m, &d);
		out->v.i64[i] = e->extra == 0 ? y : e->extra == 1 ? m : d;
	}
}

static enum err_code bind_part(struct compiler *c, struct expr *e, int which)
{
	e->extra = which;
	e->type = (struct type_spec){ .type = TYPE_INT, .bytes = 8 };
	e->fn = run_part;
	return coerce_moment(c, &e->arg[0]);
}

enum err_code expr_bind_year(struct compiler *c, struct expr *e)
{
	return bind_part(c, e, 0);
}

enum err_code expr_bind_month(struct compiler *c, struct expr *e)
{
	return bind_part(c, e, 1);
}

enum err_code expr_bind_day(struct compiler *c, struct expr *e)
{
	return bind_part(c, e, 2);
}

struct unit {
	const char *name;
	int64_t us;	/* 0: months instead */
	int months;
};

/* The day of the month stays, or becomes the last one: Jan 31 + 1 month = Feb 28. */
static bool add_months(int64_t day, int64_t n, int64_t *out)
{
	int64_t y, all;
	int m, d;

	calendar_split(day, &y, &m, &d);
	if (n > 12 * 6000000 || n < -12 * 6000000)
		return false;
	all = y * 12 + (m - 1) + n;
	y = all >= 0 ? all / 12 : -((11 - all) / 12);
	m = (int)(all - y * 12) + 1;
	if (y < 1 || y > 5874897)
		return false;
	if (d > calendar_month_days(y, m))
		d = calendar_month_days(y, m);
	*out = calendar_days(y, m, d);
	return true;
}

static bool add_unit(const struct unit *u, enum type t, int64_t v, int64_t n, int64_t *out)
{
	int64_t rest = 0, day = v, step;

	if (!is_usable(t, v))
		return false;
	if (u->us != 0) {
		step = t == TYPE_DATE ? u->us / DAY_US : u->us;
		return !__builtin_mul_overflow(n, step, &step) &&
		       !__builtin_add_overflow(v, step, out) &&
		       (t == TYPE_DATE ? *out <= DATE_MAX_DAYS && *out >= -DATE_MAX_DAYS
				       : *out < TIMESTAMP_MAX_US && *out > -TIMESTAMP_MAX_US);
	}
	if (t != TYPE_DATE)
		day = calendar_day_of(v, &rest);
	if (__builtin_mul_overflow(n, (int64_t)u->months, &n) || !add_months(day, n, &day))
		return false;
	*out = day;
	return t == TYPE_DATE ||
	       (!__builtin_mul_overflow(day, DAY_US, out) && *out < TIMESTAMP_MAX_US - DAY_US &&
		((*out += rest), true));
}

static void run_add(struct eval *ev, const struct expr *e, const struct vec *arg,
		    struct vec *out)
{
	EACH(i, ev, out) {
		int64_t v = arg[0].v.i64[i & arg[0].mask];

		if (!add_unit(e->data, arg[0].type, v, arg[1].v.i64[i & arg[1].mask],
			      &out->v.i64[i]))
			expr_problem(ev, i, &arg[0], out, e->rule, "the result is out of range");
	}
}

enum err_code expr_bind_date_add(struct compiler *c, struct expr *e)
{
	static const struct unit units[] = {
		{ "second", SECOND_US, 0 }, { "minute", MINUTE_US, 0 }, { "hour", HOUR_US, 0 },
		{ "day", DAY_US, 0 }, { "week", 7 * DAY_US, 0 }, { "month", 0, 1 },
			{ "year", 0, 12 },
	};
	struct slice name;
	enum err_code rc = coerce_moment(c, &e->arg[0]);

	if (rc == ERR_OK)
		rc = expr_coerce(c, &e->arg[1], TYPE_INT);
	if (rc == ERR_OK)
		rc = expr_literal(c, e->arg[2], "the unit", &name);
	if (rc != ERR_OK)
		return rc;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (slice_is(name, units[i].name))
			e->data = &units[i];
	if (e->data == NULL)
		return expr_fail(c, e->arg[2]->at,
				 "the unit is second, minute, hour, day, week, month or year");
	if (((const struct unit *)e->data)->us % DAY_US != 0)
		rc = e->arg[0]->type.type == TYPE_DATE ? expr_coerce(c, &e->arg[0], TYPE_TIMESTAMP)
						       : ERR_OK;
	e->nargs = 2;
	e->type = (struct type_spec){ .type = e->arg[0]->type.type };
	e->fn = run_add;
	return rc;
}

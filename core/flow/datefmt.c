/*
 * core/flow/datefmt.c
 *	Date formats, compiled.
 */
#include "core/flow/datefmt.h"

#include <string.h>
#include <strings.h>

#include "core/base/arena.h"
#include "core/base/calendar.h"

#define OPS_MAX 64	/* of at most 9 characters each: see DATEFMT_TEXT */

struct datefmt {
	int n;
	struct {
		char code;	/* 0: a literal */
		char literal;
	} op[OPS_MAX];
	bool has_year, has_month, has_day, has_time, has_zone, has_half, has_hour12;
};

static const char *const months[12] = {
	"January", "February", "March", "April", "May", "June", "July", "August", "September",
	"October", "November", "December",
};

/* What was read so far. */
struct parts {
	int64_t y;
	int m, d, h, min, s;
	bool pm;
	int64_t fraction_us;
	int64_t offset_us;
};

static bool add_op(struct datefmt *f, char code, char literal)
{
	if (f->n == OPS_MAX)
		return false;
	f->op[f->n].code = code;
	f->op[f->n++].literal = literal;
	f->has_year |= code == 'Y' || code == 'y';
	f->has_month |= code == 'm' || code == 'b' || code == 'B';
	f->has_day |= code == 'd';
	f->has_time |= code != 0 && strchr("HMSfI", code) != NULL;
	f->has_zone |= code == 'z';
	f->has_half |= code == 'p';
	f->has_hour12 |= code == 'I';
	return true;
}

static bool add_all(struct datefmt *f, const char *text)
{
	for (; *text != '\0'; text++) {
		bool is_code = *text == '%';

		text += is_code;
		if (!add_op(f, is_code ? *text : 0, *text))
			return false;
	}
	return true;
}

static const char *add_code(struct datefmt *f, char code)
{
	bool fits;

	switch (code) {
	case '%':
		fits = add_op(f, 0, '%');
		break;
	case 'F':
		fits = add_all(f, "%Y-%m-%d");
		break;
	case 'T':
		fits = add_all(f, "%H:%M:%S");
		break;
	case '\0':
		return "ends in a lone %";
	default:
		if (strchr("YmdyHMSfbBIpz", code) == NULL)
			return "has a code other than "
			       "%Y %m %d %y %H %M %S %f %b %B %I %p %z %F %T %%";
		fits = add_op(f, code, 0);
	}
	return fits ? NULL : "is too long";
}

const struct datefmt *datefmt_compile(struct arena *mem, struct slice text, const char **why)
{
	struct datefmt *f = arena_alloc(mem, sizeof(*f));

	*why = NULL;
	for (size_t i = 0; i < text.n && *why == NULL; i++) {
		if (text.p[i] != '%') {
			*why = add_op(f, 0, text.p[i]) ? NULL : "is too long";
			continue;
		}
		i++;
		*why = add_code(f, i < text.n ? text.p[i] : '\0');
	}
	if (*why == NULL && f->has_half != f->has_hour12)
		*why = "needs %I and %p together";
	return *why == NULL ? f : NULL;
}

bool datefmt_has_date(const struct datefmt *f)
{
	return f->has_year && f->has_month && f->has_day;
}

bool datefmt_has_time(const struct datefmt *f)
{
	return f->has_time;
}

bool datefmt_has_zone(const struct datefmt *f)
{
	return f->has_zone;
}

/* 1 to `most` digits, at least `least`; -1 when they are not there. */
static int64_t number(const char **p, const char *end, int least, int most)
{
	int64_t v = 0;
	int n = 0;

	for (; n < most && *p < end && (unsigned char)(**p - '0') < 10; n++)
		v = v * 10 + (*(*p)++ - '0');
	return n >= least ? v : -1;
}

static bool read_int(const char **p, const char *end, int *out)
{
	int64_t v = number(p, end, 1, 2);

	*out = (int)v;
	return v >= 0;
}

static bool read_month_name(const char **p, const char *end, bool full, int *out)
{
	for (int i = 0; i < 12; i++) {
		size_t n = full ? strlen(months[i]) : 3;

		if ((size_t)(end - *p) >= n && strncasecmp(*p, months[i], n) == 0) {
			*p += n;
			*out = i + 1;
			return true;
		}
	}
	return false;
}

static bool read_fraction(const char **p, const char *end, int64_t *us)
{
	const char *start = *p;
	int64_t v = number(p, end, 1, 9);
	int64_t n = *p - start;

	if (v < 0)
		return false;
	for (; n < 6; n++)
		v *= 10;
	for (; n > 6; n--)
		v = n == 7 ? (v + 5) / 10 : v / 10;
	*us = v;
	return true;
}

static bool read_zone(const char **p, const char *end, int64_t *us)
{
	int64_t h, m = 0;
	bool neg;

	if (*p < end && (**p == 'Z' || **p == 'z')) {
		(*p)++;
		return true;
	}
	if (*p == end || (**p != '+' && **p != '-'))
		return false;
	neg = *(*p)++ == '-';
	h = number(p, end, 2, 2);
	if (h >= 0 && *p < end && **p == ':')
		(*p)++;
	if (h >= 0 && *p < end && (unsigned char)(**p - '0') < 10)
		m = number(p, end, 2, 2);
	if (h < 0 || h > 15 || m < 0 || m > 59)
		return false;
	*us = (h * HOUR_US + m * MINUTE_US) * (neg ? -1 : 1);
	return true;
}

static bool read_half(const char **p, const char *end, bool *pm)
{
	if (end - *p < 2 || (strncasecmp(*p, "am", 2) != 0 && strncasecmp(*p, "pm", 2) != 0))
		return false;
	*pm = **p == 'p' || **p == 'P';
	*p += 2;
	return true;
}

static bool read_code(char code, const char **p, const char *end, struct parts *t)
{
	switch (code) {
	case 'Y':
		return (t->y = number(p, end, 4, 4)) >= 0;
	case 'y':
		t->y = number(p, end, 2, 2);
		if (t->y < 0)
			return false;
		t->y += t->y < 69 ? 2000 : 1900;
		return true;
	case 'm':
		return read_int(p, end, &t->m);
	case 'd':
		return read_int(p, end, &t->d);
	case 'H':
	case 'I':
		return read_int(p, end, &t->h);
	case 'M':
		return read_int(p, end, &t->min);
	case 'S':
		return read_int(p, end, &t->s);
	case 'f':
		return read_fraction(p, end, &t->fraction_us);
	case 'b':
	case 'B':
		return read_month_name(p, end, code == 'B', &t->m);
	case 'p':
		return read_half(p, end, &t->pm);
	default:
		return read_zone(p, end, &t->offset_us);
	}
}

static enum parse_rc assemble(const struct datefmt *f, struct parts *t, int64_t *us)
{
	if (t->y < 1 || t->m < 1 || t->m > 12 || t->d < 1 || t->d > calendar_month_days(t->y, t->m))
		return PARSE_DAY;
	if (f->has_hour12) {
		if (t->h < 1 || t->h > 12)
			return PARSE_DAY;
		t->h = t->h % 12 + (t->pm ? 12 : 0);
	}
	if (t->h > 23 || t->min > 59 || t->s > 59)
		return PARSE_DAY;
	*us = calendar_days(t->y, t->m, t->d) * DAY_US + t->h * HOUR_US + t->min * MINUTE_US +
	      t->s * SECOND_US + t->fraction_us - t->offset_us;
	return PARSE_OK;
}

enum parse_rc datefmt_parse(const struct datefmt *f, struct slice s, int64_t *us)
{
	struct parts t = { .y = 2000, .m = 1, .d = 1 };
	const char *p, *end;

	s = parse_trim(s);
	if (s.n == 0)
		return PARSE_BLANK;
	p = s.p;
	end = p + s.n;
	for (int i = 0; i < f->n; i++) {
		if (f->op[i].code == 0) {
			if (p == end || *p++ != f->op[i].literal)
				return PARSE_BAD;
		} else if (!read_code(f->op[i].code, &p, end, &t)) {
			return PARSE_BAD;
		}
	}
	return p == end ? assemble(f, &t, us) : PARSE_BAD;
}

static char *put_number(char *p, int64_t v, int width)
{
	char tmp[20];
	int n = 0;

	for (; v > 0 || n < width; v /= 10)
		tmp[n++] = (char)('0' + v % 10);
	while (n > 0)
		*p++ = tmp[--n];
	return p;
}

static char *put_name(char *p, int m, bool full)
{
	size_t n = full ? strlen(months[m - 1]) : 3;

	memcpy(p, months[m - 1], n);
	return p + n;
}

static char *put_code(char code, const struct parts *t, char *p)
{
	switch (code) {
	case 'Y':
		return put_number(p, t->y, 4);
	case 'y':
		return put_number(p, t->y % 100, 2);
	case 'm':
		return put_number(p, t->m, 2);
	case 'd':
		return put_number(p, t->d, 2);
	case 'H':
		return put_number(p, t->h, 2);
	case 'I':
		return put_number(p, t->h % 12 == 0 ? 12 : t->h % 12, 2);
	case 'M':
		return put_number(p, t->min, 2);
	case 'S':
		return put_number(p, t->s, 2);
	case 'f':
		return put_number(p, t->fraction_us, 6);
	case 'b':
	case 'B':
		return put_name(p, t->m, code == 'B');
	case 'p':
		memcpy(p, t->h < 12 ? "AM" : "PM", 2);
		return p + 2;
	default:
		memcpy(p, "+00:00", 6);
		return p + 6;
	}
}

size_t datefmt_format(const struct datefmt *f, int64_t us, char *out)
{
	struct parts t = { 0 };
	int64_t rest;
	char *p = out;

	calendar_split(calendar_day_of(us, &rest), &t.y, &t.m, &t.d);
	if (t.y < 0)
		t.y = 0;
	t.h = (int)(rest / HOUR_US);
	t.min = (int)(rest / MINUTE_US % 60);
	t.s = (int)(rest / SECOND_US % 60);
	t.fraction_us = rest % SECOND_US;
	for (int i = 0; i < f->n; i++) {
		if (f->op[i].code == 0)
			*p++ = f->op[i].literal;
		else
			p = put_code(f->op[i].code, &t, p);
	}
	return (size_t)(p - out);
}

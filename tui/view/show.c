/*
 * tui/view/show.c
 *	How states, moments, spans and amounts look.
 */
#include "tui/view/show.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/base/human.h"
#include "core/base/text.h"

static const struct {
	const char *state;
	enum glyph glyph;
	enum role role;
} states[] = {
	{ "succeeded", GLYPH_OK, ROLE_OK },
	{ "made", GLYPH_OK, ROLE_OK },
	{ "ok", GLYPH_OK, ROLE_OK },
	{ "running", GLYPH_RUN, ROLE_RUN },
	{ "busy", GLYPH_RUN, ROLE_RUN },
	{ "active", GLYPH_RUN, ROLE_OK },
	{ "queued", GLYPH_WAIT, ROLE_WAIT },
	{ "waiting", GLYPH_WAIT, ROLE_WAIT },
	{ "idle", GLYPH_WAIT, ROLE_DIM },
	{ "paused", GLYPH_PAUSE, ROLE_WAIT },
	{ "draining", GLYPH_PAUSE, ROLE_WAIT },
	{ "failed", GLYPH_BAD, ROLE_BAD },
	{ "dead", GLYPH_BAD, ROLE_BAD },
	{ "lost", GLYPH_BAD, ROLE_BAD },
	{ "gone", GLYPH_BAD, ROLE_BAD },
	{ "problem", GLYPH_BAD, ROLE_BAD },
	{ "rejected", GLYPH_BAD, ROLE_BAD },
	{ "silent", GLYPH_STALE, ROLE_WARN },
	{ "missed", GLYPH_SKIP, ROLE_WARN },
	{ "skipped", GLYPH_SKIP, ROLE_WARN },
	{ "filtered", GLYPH_SKIP, ROLE_DIM },
	{ "handed back", GLYPH_SKIP, ROLE_DIM },
	{ "cancelled", GLYPH_STOP, ROLE_DIM },
	{ "ended", GLYPH_STOP, ROLE_DIM },
};

static int find(const char *state)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i].state, state) == 0)
			return (int)i;
	return -1;
}

enum glyph show_state_glyph(const char *state)
{
	int i = find(state);

	return i < 0 ? GLYPH_DOT : states[i].glyph;
}

enum role show_state_role(const char *state)
{
	int i = find(state);

	return i < 0 ? ROLE_TEXT : states[i].role;
}

static void put_time(struct buf *out, int64_t us, int64_t now_us, bool is_short)
{
	time_t at = (time_t)(us / 1000000), now = (time_t)(now_us / 1000000);
	struct tm t, n;
	char text[40];

	if (us == 0 || localtime_r(&at, &t) == NULL || localtime_r(&now, &n) == NULL)
		return;
	if (t.tm_year == n.tm_year && t.tm_yday == n.tm_yday)
		strftime(text, sizeof(text), "%H:%M:%S", &t);
	else if (t.tm_year == n.tm_year && is_short)
		strftime(text, sizeof(text), "%b %d", &t);
	else if (t.tm_year == n.tm_year)
		strftime(text, sizeof(text), "%b %d %H:%M", &t);
	else if (is_short)
		strftime(text, sizeof(text), "%Y-%m", &t);
	else
		strftime(text, sizeof(text), "%Y-%m-%d", &t);
	buf_adds(out, text);
}

void show_when(struct buf *out, int64_t us, int64_t now_us)
{
	put_time(out, us, now_us, false);
}

void show_day(struct buf *out, int64_t us, int64_t now_us)
{
	put_time(out, us, now_us, true);
}

void show_span(struct buf *out, int64_t us)
{
	int64_t s = us / 1000000;

	if (us < 0)
		return;
	if (us < 10000000)
		buf_addf(out, "%.1fs", (double)us / 1e6);
	else if (s < 60)
		buf_addf(out, "%llds", (long long)s);
	else if (s < 3600)
		buf_addf(out, "%lldm%02lld", (long long)s / 60, (long long)s % 60);
	else if (s < 86400)
		buf_addf(out, "%lldh%02lld", (long long)s / 3600, (long long)s / 60 % 60);
	else
		buf_addf(out, "%lldd%02lldh", (long long)s / 86400, (long long)s / 3600 % 24);
}

void show_amount(struct buf *out, double n)
{
	char text[32];

	human_count(n, text, sizeof(text));
	buf_adds(out, text);
}

/* Bytes of p that fit in cells, cut at a blank where one is near enough. */
static size_t fold(const char *p, size_t n, int cells)
{
	size_t at = 0, blank = 0;
	uint32_t ch;

	while (at < n) {
		size_t step = utf8_decode(p + at, n - at, &ch);

		if (step == 0)
			step = 1;
		if (text_width(p, at + step) > cells)
			break;
		if (p[at] == ' ')
			blank = at;
		at += step;
	}
	if (at < n && blank > at / 2)
		return blank;
	return at > 0 ? at : (n > 0 ? 1 : 0);
}

static int put_folded(struct area a, int x, int y, int most, enum role role, const char *text)
{
	int used = 0;

	while (*text != '\0' && used < most) {
		size_t line = strcspn(text, "\n");
		size_t n = a.w - x > 0 ? fold(text, line, a.w - x) : line;

		if (used == most - 1 && text[n] != '\0')
			area_fit(a, x, y + used, a.w - x, FIT_LEFT, 0, role, text, line);
		else
			area_textn(a, x, y + used, role, text, n);
		used++;
		text += n;
		while (*text == ' ')
			text++;
		if (*text == '\n')
			text++;
	}
	return used > 0 ? used : 1;
}

int show_field(struct area a, int y, int wide, int most, const char *name, enum role role,
	       const char *value)
{
	area_text(a, 0, y, ROLE_HEAD, name);
	return put_folded(a, wide, y, most, role, value);
}

int show_text(struct area a, int y, enum role role, const char *text)
{
	return put_folded(a, 0, y, a.h - y, role, text);
}

/* n digits at p; -1: there are not so many. */
static int digits(const char *p, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

int64_t show_time_us(const char *iso)
{
	struct tm t = { 0 };
	int64_t us = 0, step = 100000;

	if (iso == NULL || strlen(iso) < 19 || digits(iso, 4) < 0)
		return 0;
	t.tm_year = digits(iso, 4) - 1900;
	t.tm_mon = digits(iso + 5, 2) - 1;
	t.tm_mday = digits(iso + 8, 2);
	t.tm_hour = digits(iso + 11, 2);
	t.tm_min = digits(iso + 14, 2);
	t.tm_sec = digits(iso + 17, 2);
	if (iso[19] == '.')
		for (const char *p = iso + 20; *p >= '0' && *p <= '9' && step > 0; p++, step /= 10)
			us += (*p - '0') * step;
	return (int64_t)timegm(&t) * 1000000 + us;
}

void show_word(struct buf *out, const char *text)
{
	buf_adds(out, "\"");
	for (; *text != '\0'; text++)
		buf_addf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	buf_adds(out, "\"");
}

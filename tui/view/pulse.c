/*
 * tui/view/pulse.c
 *	How things are, for somebody who has just been woken: what is wrong first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/human.h"
#include "tui/view/show.h"
#include "tui/view/views.h"
#include "tui/widget/bars.h"

#define AGAIN_US    5000000	/* while news comes in, it reads again that often */
#define NAME_CELLS  11
#define WIDE_W      130		/* from here on ages stand beside the rest */
#define ITEMS       256		/* lines that something can be opened from */
#define MINUTES     60
#define FAILED_MOST "8"

enum what { ENGINES, STATS, MINUTES_, FAILED, ALERTS, AGES, WHATS };

struct item {
	int column, line;	/* where it stands; line of the column's text */
	char path[160];
};

struct pulse {
	struct view base;
	struct answer *got[WHATS];	/* NULL: nothing came yet */
	struct err err;		/* of the last answer that failed; code 0: none */
	bool is_old;		/* something happened since it was read */
	int64_t read_us;	/* when the newest answer was made */
	struct item item[ITEMS];
	int nitems, at;		/* cursor: an item */
	int top;		/* first line shown, of both columns */
	int lines, page;
};

/* A column of lines as it is put. */
struct pen {
	struct pulse *p;
	struct area a;
	int column, y;
};

static struct pulse *self(struct view *v)
{
	return (struct pulse *)v;
}

/* ---- asking ---------------------------------------------------------------------- */

static void refresh(struct view *v)
{
	self(v)->is_old = false;
	view_askl(v, ENGINES, "engine", "list", NULL);
	view_askl(v, STATS, "queue", "stats", NULL);
	view_askl(v, MINUTES_, "queue", "minutes", NULL);
	view_askl(v, FAILED, "job", "list", "--limit", FAILED_MOST, "--", "state=failed,dead",
		  NULL);
	view_askl(v, ALERTS, "alert", "list", NULL);
	view_askl(v, AGES, "pipeline", "ages", NULL);
}

static void close(struct view *v)
{
	for (int i = 0; i < WHATS; i++)
		answer_free(self(v)->got[i]);
}

static void answer(struct view *v, int what, struct answer *a)
{
	struct pulse *p = self(v);

	if (a->code != ERR_OK) {
		p->err = a->err;
		p->err.code = a->code;
		answer_free(a);
	} else {
		if (what == ENGINES)
			err_clear(&p->err);
		answer_free(p->got[what]);
		p->got[what] = a;
		p->read_us = view_now(v);
	}
	view_dirty(v);
}

static void news(struct view *v, const struct news *n)
{
	if (n->kind == NEWS_UP || n->kind == NEWS_RESYNC)
		view_touch(v);
	else if (n->kind == NEWS_STATE)
		self(v)->is_old = true;
}

static int64_t deadline(const struct view *v)
{
	return ((const struct pulse *)v)->is_old ? v->asked_us + AGAIN_US : -1;
}

static void tick(struct view *v)
{
	view_touch(v);
}

/* ---- figures ---------------------------------------------------------------------- */

static int64_t stat(const struct pulse *p, const char *name)
{
	return p->got[STATS] != NULL ? answer_int(p->got[STATS], 0, name) : 0;
}

static int64_t time_at(const struct answer *a, int row, const char *name)
{
	const struct reply_value *v = answer_value(a, row, name);

	if (v == NULL)
		return 0;
	return v->text != NULL ? show_time_us(v->text) : v->i;
}

static bool is_alive(const struct answer *a, int row)
{
	const char *state = answer_text(a, row, "state");

	return strcmp(state, "idle") == 0 || strcmp(state, "busy") == 0 ||
	       strcmp(state, "draining") == 0;
}

static int engines_alive(const struct pulse *p)
{
	int n = 0;

	for (int i = 0; p->got[ENGINES] != NULL && i < p->got[ENGINES]->nrows; i++)
		n += is_alive(p->got[ENGINES], i);
	return n;
}

static int pipelines_late(const struct pulse *p)
{
	int n = 0;

	for (int i = 0; p->got[AGES] != NULL && i < p->got[AGES]->nrows; i++)
		n += !answer_is_null(p->got[AGES], i, "due_at");
	return n;
}

static int64_t alerts_open(const struct pulse *p)
{
	int64_t n = 0;

	for (int i = 0; p->got[ALERTS] != NULL && i < p->got[ALERTS]->nrows; i++)
		n += answer_int(p->got[ALERTS], i, "open");
	return n;
}

/* ---- lines ------------------------------------------------------------------------- */

static void line(struct pen *pen, const char *name, enum role role, const char *text)
{
	pen->y += show_field(pen->a, pen->y - pen->p->top, NAME_CELLS, 1, name, role, text);
}

/* A line from which that path can be opened. */
static void item_line(struct pen *pen, const char *name, enum role role, const char *text,
		      const char *path)
{
	struct pulse *p = pen->p;
	int y = pen->y - p->top;

	if (p->nitems < ITEMS) {
		struct item *i = &p->item[p->nitems];

		i->column = pen->column;
		i->line = pen->y;
		snprintf(i->path, sizeof(i->path), "%s", path);
		line(pen, name, role, text);
		if (p->nitems++ == p->at)
			area_paint(pen->a, NAME_CELLS, y, pen->a.w - NAME_CELLS, 1, ROLE_CURSOR, 0);
	}
}

static void add_number(struct buf *out, const char *name, int64_t n)
{
	char text[32];

	human_grouped(n, text, sizeof(text));
	buf_addf(out, "%s%s %s", out->len > 0 ? "   " : "", name, text);
}

static void add_part(struct buf *out, const char *text)
{
	buf_addf(out, "%s%s", out->len > 0 ? ", " : "", text);
}

/* What is wrong, in one line: the answer to why one was woken. */
static void put_verdict(struct pen *pen)
{
	struct pulse *p = pen->p;
	int late = pipelines_late(p);
	int64_t failed = stat(p, "hour_failed"), open = alerts_open(p);
	struct buf text;
	char part[80];

	if (p->got[STATS] == NULL || p->got[ENGINES] == NULL || p->got[AGES] == NULL)
		return;
	buf_init(&text, 512);
	if (engines_alive(p) == 0 && stat(p, "queued") + stat(p, "running") > 0)
		add_part(&text, "jobs wait and no engine is there: start one with leat work");
	snprintf(part, sizeof(part), "%d pipeline%s late", late, late == 1 ? " is" : "s are");
	if (late > 0)
		add_part(&text, part);
	snprintf(part, sizeof(part), "%lld job%s failed in the last hour", (long long)failed,
		 failed == 1 ? "" : "s");
	if (failed > 0)
		add_part(&text, part);
	snprintf(part, sizeof(part), "%lld incident%s open", (long long)open,
		 open == 1 ? " is" : "s are");
	if (open > 0)
		add_part(&text, part);
	pen->y += show_field(pen->a, pen->y - p->top, NAME_CELLS, 3, text.len > 0 ? "wrong" : "well",
			     text.len > 0 ? ROLE_BAD : ROLE_OK, text.len > 0 ? buf_str(&text) :
			     "nothing is late, nothing failed in the last hour");
	pen->y++;
	buf_release(&text);
}

static void put_engines(struct pen *pen)
{
	const struct answer *a = pen->p->got[ENGINES];
	int64_t slots = 0, busy = 0;
	int silent = 0;
	struct buf text;

	if (a == NULL)
		return;
	for (int i = 0; i < a->nrows; i++) {
		slots += is_alive(a, i) ? answer_int(a, i, "slots") : 0;
		busy += is_alive(a, i) ? answer_int(a, i, "running") : 0;
		silent += strcmp(answer_text(a, i, "state"), "silent") == 0;
	}
	buf_init(&text, 256);
	buf_addf(&text, "%d   busy %lld of %lld", engines_alive(pen->p), (long long)busy,
		 (long long)slots);
	if (silent > 0)
		add_number(&text, "silent", silent);
	item_line(pen, "engines", silent > 0 || engines_alive(pen->p) == 0 ? ROLE_WARN : ROLE_TEXT,
		  engines_alive(pen->p) == 0 ? "none" : buf_str(&text), "/engines");
	buf_release(&text);
}

static void put_queue(struct pen *pen)
{
	static const char *const name[] = { "running", "queued", "scheduled", "waiting", "paused" };
	static const char *const word[] = { "running", "queued", "later", "waiting", "paused" };
	const struct answer *a = pen->p->got[STATS];
	struct buf text;
	char path[64];

	if (a == NULL)
		return;
	buf_init(&text, 512);
	for (int i = 0; i < 5; i++)
		if (i < 2 || stat(pen->p, name[i]) > 0)
			add_number(&text, word[i], stat(pen->p, name[i]));
	item_line(pen, "queue", ROLE_TEXT, buf_str(&text), "/queues");
	if (!answer_is_null(a, 0, "oldest_job")) {
		buf_clear(&text);
		buf_addf(&text, "job %lld waits since ", (long long)stat(pen->p, "oldest_job"));
		show_when(&text, time_at(a, 0, "oldest_at"), pen->p->read_us);
		buf_adds(&text, ", ");
		show_span(&text, pen->p->read_us - time_at(a, 0, "oldest_at"));
		snprintf(path, sizeof(path), "/jobs/%lld", (long long)stat(pen->p, "oldest_job"));
		item_line(pen, "oldest", ROLE_WAIT, buf_str(&text), path);
	}
	buf_release(&text);
}

static void put_ends(struct pen *pen, const char *name, const char *ended, const char *failed)
{
	int64_t all = stat(pen->p, ended), bad = stat(pen->p, failed);
	struct buf text;

	buf_init(&text, 256);
	add_number(&text, "ended", all);
	add_number(&text, "failed", bad);
	if (all > 0 && bad > 0)
		buf_addf(&text, " (%.1f%%)", 100 * (double)bad / (double)all);
	line(pen, name, bad > 0 ? ROLE_WARN : ROLE_TEXT, buf_str(&text));
	buf_release(&text);
}

static void put_spark(struct pen *pen, const char *name, enum role role, const char *column)
{
	const struct answer *a = pen->p->got[MINUTES_];
	double value[MINUTES], most = 0;
	int n = 0, cells = pen->a.w - NAME_CELLS - 18, y = pen->y - pen->p->top;
	char text[32];

	for (int i = 0; a != NULL && i < a->nrows && n < MINUTES; i++) {
		value[n] = (double)answer_int(a, i, column);
		most = value[n] > most ? value[n] : most;
		n++;
	}
	if (n == 0 || cells < 8)
		return;
	cells = cells < n ? cells : n;
	area_text(pen->a, 0, y, ROLE_HEAD, name);
	if (y >= 0 && y < pen->a.h)
		bars_spark(pen->a, NAME_CELLS, y, cells, role, value, n);
	human_count(most, text, sizeof(text));
	area_printf(pen->a, NAME_CELLS + cells + 1, y, ROLE_DIM, "at most %s/min", text);
	pen->y++;
}

static void put_figures(struct pen *pen)
{
	put_engines(pen);
	put_queue(pen);
	if (pen->p->got[STATS] == NULL)
		return;
	put_ends(pen, "hour", "hour_ended", "hour_failed");
	put_spark(pen, "  ended", ROLE_OK, "ended");
	put_spark(pen, "  failed", ROLE_BAD, "failed");
	put_ends(pen, "day", "day_ended", "day_failed");
}

/* ---- what failed, what is late, who was told ------------------------------------------ */

static void put_failed(struct pen *pen)
{
	const struct answer *a = pen->p->got[FAILED];
	struct buf text;
	char path[64];

	buf_init(&text, 4096);
	for (int i = 0; a != NULL && i < a->nrows; i++) {
		const char *name = answer_text(a, i, "pipeline");
		long long job = (long long)answer_int(a, i, "job");

		if (i == 0)
			pen->y++;
		buf_clear(&text);
		show_when(&text, time_at(a, i, "finished_at"), pen->p->read_us);
		buf_addf(&text, "  %lld  %s  %s %s", job, name[0] != '\0' ? name :
			 answer_text(a, i, "target"), answer_text(a, i, "error_code"),
			 answer_text(a, i, "error"));
		snprintf(path, sizeof(path), "/jobs/%lld", job);
		item_line(pen, i == 0 ? "failed" : "", ROLE_BAD, buf_str(&text), path);
	}
	buf_release(&text);
}

static void put_alerts(struct pen *pen)
{
	const struct answer *a = pen->p->got[ALERTS];
	bool is_first = true;
	struct buf text;

	buf_init(&text, 4096);
	for (int i = 0; a != NULL && i < a->nrows; i++) {
		if (answer_int(a, i, "open") == 0)
			continue;
		if (is_first)
			pen->y++;
		buf_clear(&text);
		buf_addf(&text, "%s  %lld open  %s", answer_text(a, i, "name"),
			 (long long)answer_int(a, i, "open"), answer_text(a, i, "last"));
		item_line(pen, is_first ? "alerts" : "", ROLE_WARN, buf_str(&text), "/alerts");
		is_first = false;
	}
	buf_release(&text);
}

static enum role role_of_age(const struct answer *a, int row)
{
	const char *state = answer_text(a, row, "last_state");
	bool is_bad = strcmp(state, "failed") == 0 || strcmp(state, "dead") == 0;

	if (answer_bool(a, row, "paused"))
		return ROLE_WAIT;
	if (!answer_is_null(a, row, "due_at"))
		return is_bad ? ROLE_BAD : ROLE_WARN;
	return is_bad ? ROLE_WARN : ROLE_TEXT;
}

static void add_age(struct buf *out, const struct pulse *p, int row)
{
	const struct answer *a = p->got[AGES];

	buf_addf(out, "%-20s ", answer_text(a, row, "name"));
	if (answer_is_null(a, row, "age"))
		buf_adds(out, "never");
	else
		show_span(out, (int64_t)(answer_float(a, row, "age") * 1e6));
	if (!answer_is_null(a, row, "due_at")) {
		buf_adds(out, "   due since ");
		show_when(out, time_at(a, row, "due_at"), p->read_us);
	}
	if (!answer_is_null(a, row, "last_job"))
		buf_addf(out, "   job %lld %s", (long long)answer_int(a, row, "last_job"),
			 answer_text(a, row, "last_state"));
	if (answer_bool(a, row, "paused"))
		buf_adds(out, "   paused");
}

/* Late ones come first, as the command has them. */
static void put_ages(struct pen *pen)
{
	const struct answer *a = pen->p->got[AGES];
	struct buf text, path;

	buf_init(&text, 4096);
	buf_init(&path, 1024);
	for (int i = 0; a != NULL && i < a->nrows; i++) {
		bool is_late = !answer_is_null(a, i, "due_at");
		const char *name = i == 0 ? (is_late ? "late" : "data age") : "";

		if (i == 0 && pen->y > 0)
			pen->y++;
		if (i > 0 && !is_late && !answer_is_null(a, i - 1, "due_at"))
			name = "data age";
		buf_clear(&text);
		add_age(&text, pen->p, i);
		buf_clear(&path);
		if (!answer_is_null(a, i, "last_job")) {
			buf_addf(&path, "/jobs/%lld", (long long)answer_int(a, i, "last_job"));
		} else {
			buf_adds(&path, "/mappings/");
			view_put_segment(&path, answer_text(a, i, "name"));
		}
		item_line(pen, name, role_of_age(a, i), buf_str(&text), buf_str(&path));
	}
	buf_release(&text);
	buf_release(&path);
}

/* ---- drawing -------------------------------------------------------------------------- */

static void put_all(struct pulse *p, struct area a)
{
	bool is_wide = a.w >= WIDE_W;
	struct pen left = { p, a, 0, 0 }, right = { p, a, 1, 0 };
	char text[400];

	p->nitems = 0;
	if (is_wide) {
		left.a = area_part(a, 0, 0, a.w / 2 - 1, a.h);
		right.a = area_part(a, a.w / 2 + 1, 0, a.w - a.w / 2 - 1, a.h);
	}
	if (p->err.code != ERR_OK) {
		err_text(&p->err, text, sizeof(text));
		line(&left, "not read", ROLE_WARN, text);
	}
	put_verdict(&left);
	put_figures(&left);
	put_failed(&left);
	put_alerts(&left);
	right.y = is_wide ? 0 : left.y;
	right.column = is_wide;
	right.a = is_wide ? right.a : a;
	put_ages(&right);
	p->lines = left.y > right.y ? left.y : right.y;
}

/* The line of the cursor is on the screen. */
static bool follow_cursor(struct pulse *p)
{
	int before = p->top, y;

	if (p->at >= p->nitems)
		p->at = p->nitems > 0 ? p->nitems - 1 : 0;
	y = p->nitems > 0 ? p->item[p->at].line : 0;
	/* What stands above the first one that can be opened is worth seeing, too. */
	if (p->at == 0)
		y = 0;
	if (y < p->top)
		p->top = y;
	if (y >= p->top + p->page)
		p->top = y - p->page + 1;
	if (p->top > p->lines - p->page)
		p->top = p->lines > p->page ? p->lines - p->page : 0;
	return p->top != before;
}

static void draw(struct view *v, struct area a, bool has_focus)
{
	struct pulse *p = self(v);

	(void)has_focus;
	p->page = a.h > 0 ? a.h : 1;
	if (p->read_us == 0 && p->err.code == ERR_OK) {
		area_text(a, 0, 0, ROLE_DIM, view_is_up(v) ? "loading" : "not connected");
		return;
	}
	put_all(p, a);
	if (follow_cursor(p)) {
		area_clear(a, ROLE_TEXT);
		put_all(p, a);
	}
}

/* ---- hands ------------------------------------------------------------------------------ */

static void move(struct pulse *p, int by)
{
	p->at += by;
	if (p->at >= p->nitems)
		p->at = p->nitems - 1;
	if (p->at < 0)
		p->at = 0;
}

static bool act(struct view *v, enum act act)
{
	struct pulse *p = self(v);

	switch (act) {
	case ACT_UP:
	case ACT_DOWN:
		move(p, act == ACT_UP ? -1 : 1);
		break;
	case ACT_PAGE_UP:
	case ACT_PAGE_DOWN:
		move(p, act == ACT_PAGE_UP ? -p->page : p->page);
		break;
	case ACT_FIRST:
	case ACT_LAST:
		move(p, act == ACT_FIRST ? -ITEMS : ITEMS);
		break;
	default:
		return false;
	}
	view_dirty(v);
	return true;
}

static void mouse(struct view *v, const struct input *in)
{
	if (in->mouse == MOUSE_WHEEL_UP || in->mouse == MOUSE_WHEEL_DOWN)
		move(self(v), in->mouse == MOUSE_WHEEL_UP ? -3 : 3);
}

static bool opens(struct view *v, struct buf *segment)
{
	struct pulse *p = self(v);

	if (p->at >= p->nitems)
		return false;
	buf_adds(segment, p->item[p->at].path);
	return true;
}

static bool value(struct view *v, const char *name, struct buf *out)
{
	const struct pulse *p = self(v);
	static const char jobs[] = "/jobs/";

	if (p->at >= p->nitems || (strcmp(name, "job") != 0 && strcmp(name, "id") != 0) ||
	    strncmp(p->item[p->at].path, jobs, sizeof(jobs) - 1) != 0)
		return false;
	buf_adds(out, p->item[p->at].path + sizeof(jobs) - 1);
	return true;
}

static void status(struct view *v, struct buf *out)
{
	struct pulse *p = self(v);

	if (p->read_us == 0)
		return;
	buf_adds(out, "as of ");
	show_when(out, p->read_us, p->read_us);
}

static const struct view_ops ops = {
	.name = "pulse",
	.title = "Pulse",
	.summary = "How things are: what is wrong, what failed, whose data is late.",
	.size = sizeof(struct pulse),
	.open = refresh, .close = close, .refresh = refresh, .answer = answer, .draw = draw,
	.act = act, .mouse = mouse, .news = news, .deadline = deadline, .tick = tick,
	.status = status, .opens = opens, .value = value,
};
const struct view_ops *const view_pulse = &ops;

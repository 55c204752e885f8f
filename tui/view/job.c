/*
 * tui/view/job.c
 *	The page of one job: how it stands, its tries, rejects, log and body.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/human.h"
#include "core/base/json.h"
#include "core/command/yaml.h"
#include "tui/view/job_look.h"
#include "tui/view/log_feed.h"
#include "tui/view/show.h"
#include "tui/view/views.h"

#define SECOND_US   1000000
#define AGAIN_US    10000000	/* a job that runs is read again that often, at most */
#define BODY_BYTES  (4u << 20)
#define NAME_CELLS  11

enum what { WHAT_JOB = 1, WHAT_GROUPS };
enum tab { TAB_SUMMARY, TAB_ATTEMPTS, TAB_REJECTS, TAB_LOG, TAB_BODY, TAB_COUNT };

struct job_view {
	struct view base;
	int64_t job;
	enum tab tab;
	struct answer *now;	/* of job show; NULL: none came yet */
	struct answer *groups;	/* of its rejects; NULL: none came yet */
	struct log_feed *log;
	char *body;		/* its pipeline as text; NULL: not made yet */
	bool is_job_behind, is_log_behind;	/* what is to be read again; neither: all */
	int64_t shown_us;	/* when the job was last asked for */
	struct pace pace;
	int64_t ticked_us;	/* when it last said how long nothing has moved */
	int top, lines, page;	/* place in the tab, its lines, and how many are shown */
	struct err err;		/* of the last answer; code 0: none */
};

static struct job_view *self(struct view *v)
{
	return (struct job_view *)v;
}

/* ---- asking ----------------------------------------------------------------------- */

static void ask_groups(struct job_view *j)
{
	if (j->tab == TAB_REJECTS)
		view_askl(&j->base, WHAT_GROUPS, "reject", "groups", j->base.segment, NULL);
}

static void refresh(struct view *v)
{
	struct job_view *j = self(v);
	bool is_all = !j->is_job_behind && !j->is_log_behind;

	if (j->tab == TAB_LOG && (is_all || j->is_log_behind))
		feed_refresh(j->log, v);
	if (is_all || j->is_job_behind) {
		view_askl(v, WHAT_JOB, "job", "show", v->segment, NULL);
		ask_groups(j);
		j->shown_us = view_now(v);
	}
	j->is_job_behind = j->is_log_behind = false;
}

static void open(struct view *v)
{
	struct job_view *j = self(v);

	j->job = strtoll(v->segment, NULL, 10);
	j->log = feed_new(j->job);
	refresh(v);
}

static void close(struct view *v)
{
	struct job_view *j = self(v);

	feed_free(j->log);
	answer_free(j->now);
	answer_free(j->groups);
	free(j->body);
}

static bool is_running(const struct job_view *j)
{
	return j->now != NULL && strcmp(answer_text(j->now, 0, "state"), "running") == 0;
}

static void feed_pace(struct job_view *j, int64_t rows, int64_t bytes)
{
	pace_feed(&j->pace, j->job, view_now(&j->base), rows, bytes);
}

/* What was told before the page was opened is not told again while the job stands still. */
static void begin_pace(struct job_view *j, const struct answer *a)
{
	const struct news *live = view_live(&j->base, j->job);

	if (!is_running(j))
		return;
	if (live == NULL)
		feed_pace(j, answer_int(a, 0, "rows_read"), answer_int(a, 0, "bytes"));
	else if (j->pace.last_us == 0)
		feed_pace(j, live->read, live->bytes);
}

static void take_job(struct job_view *j, struct answer *a)
{
	if (a->code != ERR_OK || a->nrows == 0) {
		j->err = a->err;
		j->err.code = a->code != ERR_OK ? a->code : ERR_NOT_FOUND;
		answer_free(a);
		return;
	}
	err_clear(&j->err);
	answer_free(j->now);
	j->now = a;
	free(j->body);
	j->body = NULL;
	begin_pace(j, a);
}

static void answer(struct view *v, int what, struct answer *a)
{
	struct job_view *j = self(v);

	if (what >= FEED_TAIL) {
		feed_answer(j->log, v, what, a);
	} else if (what == WHAT_JOB) {
		take_job(j, a);
	} else {
		answer_free(j->groups);
		j->groups = a;
	}
	view_dirty(v);
}

static void news(struct view *v, const struct news *n)
{
	struct job_view *j = self(v);

	if (n->kind == NEWS_PROGRESS && n->job == j->job) {
		feed_pace(j, n->read, n->bytes);
		view_dirty(v);
	}
	/* Progress does not tell which side is slow. */
	if (n->kind == NEWS_UP || n->kind == NEWS_RESYNC ||
	    (n->kind == NEWS_STATE && n->job == j->job) ||
	    (n->kind == NEWS_PROGRESS && n->job == j->job &&
	     view_now(v) - j->shown_us >= AGAIN_US))
		j->is_job_behind = true;
	if (j->tab == TAB_LOG && feed_is_behind(j->log, n))
		j->is_log_behind = true;
	if (j->is_job_behind || j->is_log_behind)
		view_touch(v);
}

/* While nothing moves, the screen says for how long. */
static int64_t deadline(const struct view *v)
{
	const struct job_view *j = (const struct job_view *)v;
	int64_t begins = j->pace.moved_us + PACE_STALL_US;

	if (!is_running(j) || j->pace.moved_us == 0)
		return -1;
	return j->ticked_us < begins ? begins : j->ticked_us + SECOND_US;
}

static void tick(struct view *v)
{
	struct job_view *j = self(v);

	j->ticked_us = view_now(v);
	/* Nothing is told of what stands still: what it waits for has to be asked. */
	if (j->ticked_us - j->shown_us >= AGAIN_US) {
		j->is_job_behind = true;
		view_touch(v);
	}
	view_dirty(v);
}

/* ---- tabs --------------------------------------------------------------------------- */

static void tab_name(struct job_view *j, enum tab tab, char *out, size_t size)
{
	static const char *const name[] = { "Summary", "Attempts", "Rejects", "Log", "Body" };
	int64_t n = tab == TAB_REJECTS && j->now != NULL ?
		    answer_int(j->now, 0, "rows_rejected") : 0;
	char count[32];

	human_count((double)n, count, sizeof(count));
	snprintf(out, size, "%s%s%s", name[tab], n > 0 ? " " : "", n > 0 ? count : "");
}

static void draw_tabs(struct job_view *j, struct area a)
{
	char name[64];
	int x = 0;

	for (int tab = 0; tab < TAB_COUNT; tab++) {
		tab_name(j, (enum tab)tab, name, sizeof(name));
		if (tab == (int)j->tab) {
			x += area_printf(a, x, 0, ROLE_FOCUS, "[%s]", name);
		} else {
			x += area_printf(a, x, 0, ROLE_DIM, " %s ", name);
		}
		x++;
	}
	area_text(a, x + 1, 0, ROLE_KEY, a.w - x > 20 ? "[ ] turn over" : "");
}

static void draw_error(struct job_view *j, struct area a)
{
	char text[800];

	err_text(&j->err, text, sizeof(text));
	j->lines = show_text(a, 0, ROLE_BAD, text);
	if (j->err.hint[0] != '\0')
		show_text(area_part(a, 0, j->lines, a.w, a.h), 0, ROLE_TEXT, j->err.hint);
}

/* One group of rejects: how many, of which field, and what is wrong, with a value. */
static int draw_group(struct area a, int y, const struct answer *g, int row)
{
	struct buf text;
	char count[24];
	int used;

	buf_init(&text, 16384);
	human_grouped(answer_int(g, row, "rows"), count, sizeof(count));
	buf_addf(&text, "%s  %s", answer_text(g, row, "field"), answer_text(g, row, "reason"));
	if (answer_text(g, row, "sample")[0] != '\0')
		buf_addf(&text, "  \"%s\"", answer_text(g, row, "sample"));
	used = show_field(a, y, NAME_CELLS, 4, count, ROLE_TEXT, buf_str(&text));
	buf_release(&text);
	return used;
}

static int draw_groups(struct job_view *j, struct area a)
{
	int y = -j->top;

	if (j->groups == NULL || j->groups->code != ERR_OK) {
		area_text(a, 0, 0, ROLE_DIM, j->groups == NULL ? "loading" :
			  "the rejects could not be read; r tries again");
		return 1;
	}
	if (j->groups->nrows == 0)
		y += area_text(a, 0, y, ROLE_DIM, "no rows were rejected") > 0;
	for (int i = 0; i < j->groups->nrows; i++)
		y += draw_group(a, y, j->groups, i);
	return y + j->top;
}

/* The pipeline as one would write it. */
static const char *body_of(struct job_view *j)
{
	const char *json = answer_text(j->now, 0, "pipeline_body");
	json_t *root = NULL;
	struct err err = { 0 };
	struct buf text;

	if (j->body != NULL)
		return j->body;
	buf_init(&text, BODY_BYTES);
	if (js_parse(&root, json, strlen(json), "the job", &err) == ERR_OK &&
	    yaml_write(&text, root, &err) == ERR_OK)
		j->body = mem_strdup(buf_str(&text));
	else
		j->body = mem_strdup(json);
	json_decref(root);
	buf_release(&text);
	return j->body;
}

static int draw_body(struct job_view *j, struct area a)
{
	const char *p = body_of(j);
	int y = -j->top;

	while (*p != '\0') {
		size_t n = strcspn(p, "\n");

		area_textn(a, 0, y++, ROLE_TEXT, p, n);
		p += n + (p[n] == '\n');
	}
	return y + j->top;
}

static struct job_look look_of(struct job_view *j)
{
	return (struct job_look){
		.a = j->now, .live = is_running(j) ? view_live(&j->base, j->job) : NULL,
		.pace = is_running(j) ? &j->pace : NULL, .now_us = view_now(&j->base),
	};
}

static int draw_tab(struct job_view *j, struct area a)
{
	struct job_look look = look_of(j);

	switch (j->tab) {
	case TAB_ATTEMPTS:
		return job_look_attempts(a, j->top, &look);
	case TAB_REJECTS:
		return draw_groups(j, a);
	case TAB_BODY:
		return draw_body(j, a);
	default:
		return job_look_draw(a, j->top, &look);
	}
}

static void draw(struct view *v, struct area a, bool has_focus)
{
	struct job_view *j = self(v);
	struct area inside = area_part(a, 0, a.h > 8 ? 2 : 1, a.w, a.h);

	draw_tabs(j, a);
	j->page = inside.h > 0 ? inside.h : 1;
	if (j->tab == TAB_LOG) {
		feed_draw(j->log, v, inside, has_focus);
	} else if (j->err.code != ERR_OK) {
		draw_error(j, inside);
	} else if (j->now == NULL) {
		area_text(inside, 0, 0, ROLE_DIM, view_is_up(v) ? "loading" : "not connected");
	} else {
		j->lines = draw_tab(j, inside);
		if (j->top > 0 && j->top > j->lines - j->page) {
			j->top = j->lines > j->page ? j->lines - j->page : 0;
			area_clear(inside, ROLE_TEXT);
			j->lines = draw_tab(j, inside);
		}
	}
}

/* ---- hands --------------------------------------------------------------------------- */

static void turn(struct job_view *j, int by)
{
	j->tab = (enum tab)(((int)j->tab + by + TAB_COUNT) % TAB_COUNT);
	j->top = j->lines = 0;
	ask_groups(j);
	if (j->tab == TAB_LOG)
		feed_refresh(j->log, &j->base);
}

static void scroll(struct job_view *j, int by)
{
	int most = j->lines > j->page ? j->lines - j->page : 0;

	j->top += by;
	if (j->top > most)
		j->top = most;
	if (j->top < 0)
		j->top = 0;
}

static bool act(struct view *v, enum act act)
{
	struct job_view *j = self(v);

	view_dirty(v);
	switch (act) {
	case ACT_NEXT_TAB:
	case ACT_PREV_TAB:
		turn(j, act == ACT_NEXT_TAB ? 1 : -1);
		return true;
	case ACT_REFRESH:
		return false;
	default:
		break;
	}
	if (j->tab == TAB_LOG)
		return feed_act(j->log, v, act);
	switch (act) {
	case ACT_UP:
	case ACT_DOWN:
		scroll(j, act == ACT_UP ? -1 : 1);
		return true;
	case ACT_PAGE_UP:
	case ACT_PAGE_DOWN:
		scroll(j, act == ACT_PAGE_UP ? -j->page : j->page);
		return true;
	case ACT_FIRST:
	case ACT_LAST:
		scroll(j, act == ACT_FIRST ? -j->lines : j->lines);
		return true;
	default:
		return false;
	}
}

static void mouse(struct view *v, const struct input *in)
{
	struct job_view *j = self(v);

	if (j->tab == TAB_LOG)
		feed_mouse(j->log, v, in);
	else if (in->mouse == MOUSE_WHEEL_UP || in->mouse == MOUSE_WHEEL_DOWN)
		scroll(j, in->mouse == MOUSE_WHEEL_UP ? -3 : 3);
}

static bool key(struct view *v, struct key k)
{
	return self(v)->tab == TAB_LOG && feed_key(self(v)->log, v, k);
}

/* ---- what others ask ------------------------------------------------------------------ */

static bool opens(struct view *v, struct buf *segment)
{
	buf_adds(segment, self(v)->tab == TAB_REJECTS ? "rejects" : "log");
	return true;
}

static const struct view_ops *child(struct view *v, const char *segment)
{
	(void)v;
	if (strcmp(segment, "log") == 0)
		return view_job_log;
	return strcmp(segment, "rejects") == 0 ? view_reject_groups : NULL;
}

static bool value(struct view *v, const char *name, struct buf *out)
{
	struct job_view *j = self(v);
	const struct reply_value *val;

	if (strcmp(name, "id") == 0 || strcmp(name, "job") == 0) {
		buf_addf(out, "%lld", (long long)j->job);
		return true;
	}
	val = j->now != NULL ? answer_value(j->now, 0, name) : NULL;
	if (val == NULL || val->text == NULL)
		return false;
	buf_add(out, val->text, val->len);
	return true;
}

static const char *why_not(struct view *v, const struct action *a)
{
	(void)a;
	return self(v)->now == NULL ? "the job is not read yet" : NULL;
}

static void done(struct view *v, const struct action *a)
{
	(void)a;
	view_touch(v);
}

static void status(struct view *v, struct buf *out)
{
	struct job_view *j = self(v);
	struct job_look look = look_of(j);

	if (j->tab == TAB_LOG)
		feed_status(j->log, out);
	else if (j->now != NULL)
		job_look_brief(out, &look);
}

static bool copy(struct view *v, struct buf *out)
{
	struct job_view *j = self(v);

	if (j->tab == TAB_LOG)
		return feed_copy(j->log, out);
	if (j->now == NULL)
		return false;
	if (j->tab == TAB_BODY) {
		buf_adds(out, body_of(j));
		return true;
	}
	for (int i = 0; i < j->now->ncols; i++) {
		if (!j->now->row[0][i].is_set)
			continue;
		buf_addf(out, "%s: ", j->now->cols[i].name);
		answer_show(out, &j->now->cols[i], &j->now->row[0][i]);
		buf_adds(out, "\n");
	}
	return true;
}

static const struct view_ops ops = {
	.name = "job",
	.title = "Job",
	.summary = "One job: how it stands, its tries, rejects, log and body.",
	.size = sizeof(struct job_view),
	.open = open, .close = close, .refresh = refresh, .answer = answer, .draw = draw,
	.act = act, .key = key, .mouse = mouse, .news = news, .deadline = deadline, .tick = tick,
	.status = status, .opens = opens, .child = child, .value = value, .why_not = why_not,
	.done = done, .copy = copy,
};
const struct view_ops *const view_job = &ops;

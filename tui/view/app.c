/*
 * tui/view/app.c
 *	The whole console as a state.
 */
#include "tui/view/app.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "tui/view/state.h"
#include "tui/view/views.h"
#include "tui/widget/frame.h"
#include "tui/widget/line.h"

#define SAY_US     6000000	/* how long a line at the foot stays */
#define REFRESH_US 250000	/* a view reads anew at most that often */
#define LIVE_US    300000	/* progress is drawn at most that often: lines may be slow */

/* ---- life ----------------------------------------------------------------------- */

static void use_theme(struct app *a, const char *name, struct err *err)
{
	struct err own = { 0 };

	theme_default(&a->theme);
	if (name != NULL && theme_load(name, &a->theme, &own) != ERR_OK) {
		theme_default(&a->theme);
		if (err->code == ERR_OK)
			*err = own;
	}
}

static void use_keys(struct app *a, const struct app_options *o, struct err *err)
{
	struct err own = { 0 };

	a->preset = o->keys != NULL ? arena_strdup(a->mem, o->keys) : NULL;
	if (keymap_new(o->keys, &a->keys, &own) != ERR_OK) {
		a->preset = NULL;
		if (err->code == ERR_OK)
			*err = own;
		err_clear(&own);
		if (keymap_new(NULL, &a->keys, &own) != ERR_OK)
			abort();
	}
	if (o->key_file != NULL && keymap_read(a->keys, "keys", o->key_file, &own) != ERR_OK &&
	    err->code == ERR_OK)
		*err = own;
}

struct app *app_new(const struct app_options *o, struct err *err)
{
	struct arena *mem = arena_new(NULL, "app");
	struct app *a = arena_alloc(mem, sizeof(*a));
	char text[400];

	a->mem = mem;
	a->port = o->port;
	a->org = o->org != NULL ? arena_strdup(mem, o->org) : NULL;
	a->is_read_only = o->is_read_only;
	a->is_prod = o->is_prod;
	a->has_mouse = o->has_mouse;
	a->is_theme_chosen = o->theme != NULL;
	a->workers = o->workers;
	a->now_us = o->now_us;
	a->kept = o->kept != NULL ? arena_strdup(mem, o->kept) : NULL;
	a->w = 80;
	a->h = 24;
	err_clear(err);
	use_theme(a, o->theme, err);
	use_keys(a, o, err);
	a->is_dirty = true;
	if (o->open != NULL)
		place_go(a, o->open);
	layout(a);
	a->port->theme(a->port->ctx, &a->theme);
	if (err->code != ERR_OK) {
		err_text(err, text, sizeof(text));
		app_say(a, ROLE_WARN, "%s", text);
	}
	if (o->open == NULL)
		keep_offer(a);
	return a;
}

void app_free(struct app *a)
{
	if (a == NULL)
		return;
	over_end(a);
	for (int s = 0; s < SLOT_COUNT; s++)
		while (a->top[s] != NULL) {
			struct view *v = a->top[s];

			a->top[s] = v->below;
			if (v->ops->close != NULL)
				v->ops->close(v);
			arena_free(v->mem);
		}
	run_free_all(a);
	for (int i = 0; i < a->nlog; i++)
		free(a->log[i]);
	free(a->ask);
	free(a->live);
	free(a->said);
	keymap_free(a->keys);
	arena_free(a->mem);
}

static void free_keys(void *keys)
{
	keymap_free(keys);
}

void app_keys(struct app *a, const char *text, int64_t now_us)
{
	struct keymap *fresh = NULL;
	struct err err = { 0 };
	char why[400];

	a->now_us = now_us;
	if (keymap_new(a->preset, &fresh, &err) != ERR_OK ||
	    keymap_read(fresh, "keys", text, &err) != ERR_OK) {
		keymap_free(fresh);
		err_text(&err, why, sizeof(why));
		app_say(a, ROLE_WARN, "%s", why);
		return;
	}
	/* What runs or may be repeated still points to actions of the old ones. */
	arena_on_free(a->mem, free_keys, a->keys);
	a->keys = fresh;
	app_say(a, ROLE_DIM, "the key file was read again");
}

void app_mouse(struct app *a, bool on)
{
	a->has_mouse = on;
	a->port->mouse(a->port->ctx, on);
	app_say(a, ROLE_DIM, on ? "the mouse is leat's: a click chooses, Shift selects text"
				: "the mouse is the terminal's: it selects text");
}

void app_theme(struct app *a, const char *name)
{
	struct theme theme;
	struct err err = { 0 };
	char text[300];

	if (theme_load(name, &theme, &err) != ERR_OK) {
		err_text(&err, text, sizeof(text));
		app_say(a, ROLE_BAD, "%s", text);
		return;
	}
	a->theme = theme;
	a->is_theme_chosen = true;
	a->port->theme(a->port->ctx, &a->theme);
	a->is_dirty = true;
}

/* The theme that is usual is one for dark grounds. */
static void take_ground(struct app *a, bool is_light)
{
	if (!a->is_theme_chosen && is_light)
		app_theme(a, "light");
}

/* ---- small things --------------------------------------------------------------- */

void app_dirty(struct app *a)
{
	a->is_dirty = true;
}

static void PRINTF(3, 0) say(struct app *a, enum role role, const char *fmt, va_list ap)
{
	char text[400];

	vsnprintf(text, sizeof(text), fmt, ap);
	free(a->said);
	a->said = mem_strdup(text);
	a->said_role = role;
	a->said_until_us = a->now_us + SAY_US;
	a->is_dirty = true;
}

void app_say(struct app *a, enum role role, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(a, role, fmt, ap);
	va_end(ap);
}

void view_say(struct view *v, enum role role, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(v->app, role, fmt, ap);
	va_end(ap);
}

void view_dirty(struct view *v)
{
	if (v->is_shown || v->app->detail_of == v)
		v->app->is_dirty = true;
}

void view_touch(struct view *v)
{
	v->is_stale = true;
}

int64_t view_now(const struct view *v)
{
	return v->app->now_us;
}

bool view_is_up(const struct view *v)
{
	return v->app->link == LINK_UP;
}

bool app_is_done(const struct app *a)
{
	return a->is_done;
}

bool app_is_dirty(const struct app *a)
{
	return a->is_dirty;
}

const char *app_path(const struct app *a)
{
	struct app *own = (struct app *)(uintptr_t)a;
	struct arena *mem = arena_new(NULL, "path");
	struct view *v = a->top[a->slot];
	const char *filter = v->ops->filter != NULL ? v->ops->filter(v) : "";

	snprintf(own->path, sizeof(own->path), "%s%s%s", view_path(v, mem),
		 filter[0] != '\0' ? "?" : "", filter);
	arena_free(mem);
	return a->path;
}

/* ---- what comes in -------------------------------------------------------------- */

static void refresh(struct view *v)
{
	v->is_stale = false;
	v->asked_us = v->app->now_us;
	if (v->ops->refresh != NULL)
		v->ops->refresh(v);
}

/* Views that may be old and are shown read again, not more often than REFRESH_US. */
static void refresh_stale(struct app *a)
{
	for (int i = 0; i < a->npanes; i++) {
		struct view *v = a->pane[i].view;

		if (v->is_stale && a->link == LINK_UP && a->now_us - v->asked_us >= REFRESH_US)
			refresh(v);
	}
}

static void at(struct app *a, int64_t now_us)
{
	a->now_us = now_us;
}

void app_size(struct app *a, int w, int h)
{
	a->w = w;
	a->h = h;
	layout(a);
	a->is_dirty = true;
}

void app_answer(struct app *a, int64_t token, struct answer *answer, int64_t now_us)
{
	struct ask *k = ask_find(a, token);
	struct doing *d = run_find(a, token);
	struct view *v = k != NULL ? k->view : NULL;
	int what = k != NULL ? k->what : 0;

	at(a, now_us);
	if (k != NULL && answer->is_last)
		*k = a->ask[--a->nasks];
	if (d != NULL)
		run_answer(a, d, answer);
	else if (v != NULL)
		v->ops->answer(v, what, answer);
	else
		answer_free(answer);
	refresh_stale(a);
	a->is_dirty = true;
}

void app_progress(struct app *a, int64_t token, const struct cmd_progress *p, int64_t now_us)
{
	struct doing *d = run_find(a, token);

	at(a, now_us);
	if (d == NULL)
		return;
	d->progress = *p;
	snprintf(d->phase, sizeof(d->phase), "%s", p->phase != NULL ? p->phase : "");
	d->progress.phase = d->phase;
	a->is_dirty = true;
}

/* ---- news ----------------------------------------------------------------------- */

const struct news *view_live(const struct view *v, int64_t job)
{
	const struct app *a = v->app;

	for (int i = 0; i < a->nlive; i++)
		if (a->live[i].job == job)
			return &a->live[i];
	return NULL;
}

static void forget_live(struct app *a, int64_t job)
{
	for (int i = 0; i < a->nlive; i++)
		if (a->live[i].job == job)
			a->live[i--] = a->live[--a->nlive];
}

static void keep_live(struct app *a, const struct news *n)
{
	forget_live(a, n->job);
	if (a->nlive == a->cap_live) {
		a->cap_live = a->cap_live * 2 + 16;
		a->live = mem_resize(a->live, (size_t)a->cap_live * sizeof(*a->live));
	}
	a->live[a->nlive++] = *n;
}

static void link_news(struct app *a, const struct news *n)
{
	if (n->kind == NEWS_UP) {
		a->link = LINK_UP;
		a->rtt_us = n->rtt_us;
		snprintf(a->server, sizeof(a->server), "%s", n->server);
		a->nlive = 0;
	} else {
		if (a->link != LINK_DOWN)
			a->down_us = a->now_us;
		a->link = LINK_DOWN;
		a->retry_us = a->now_us + (int64_t)n->retry_ms * 1000;
		snprintf(a->why_down, sizeof(a->why_down), "%s", n->text);
		app_say(a, ROLE_BAD, "%s", n->text);
	}
	a->is_dirty = true;
}

/* Progress comes twenty times a second; what it changes on the screen is drawn now and then. */
static void put_off_live(struct app *a)
{
	if (a->now_us - a->live_us >= LIVE_US) {
		a->live_us = a->now_us;
		a->is_live_due = false;
	} else {
		a->is_dirty = false;
		a->is_live_due = true;
	}
}

void app_news(struct app *a, const struct news *n, int64_t now_us)
{
	bool was_dirty = a->is_dirty;

	at(a, now_us);
	if (n->kind == NEWS_UP || n->kind == NEWS_DOWN)
		link_news(a, n);
	else if (n->kind == NEWS_PROGRESS)
		keep_live(a, n);
	else if (n->kind == NEWS_STATE && strcmp(n->state, "running") != 0)
		forget_live(a, n->job);
	for (int s = 0; s < SLOT_COUNT; s++)
		for (struct view *v = a->top[s]; v != NULL; v = v->below)
			if (v->ops->news != NULL)
				v->ops->news(v, n);
	if (n->kind == NEWS_PROGRESS && a->is_dirty && !was_dirty)
		put_off_live(a);
	refresh_stale(a);
}

void app_note(struct app *a, int level, const char *line, int64_t now_us)
{
	at(a, now_us);
	if (level <= LOG_WARN)
		app_say(a, level == LOG_ERROR ? ROLE_BAD : ROLE_WARN, "%s", line);
}

void app_offer(struct app *a, const char *for_text, size_t from, int n, const char *const *word,
	       const char *const *help, const bool *is_open)
{
	if (a->typing == TYPE_PROMPT)
		line_offer(for_text, from, n, word, help, is_open);
	a->is_dirty = true;
}

/* ---- keys ----------------------------------------------------------------------- */

static void copy(struct app *a, const char *text, size_t n, const char *what)
{
	if (a->port->copy(a->port->ctx, text, n))
		app_say(a, ROLE_DIM, "%s copied: %zu bytes", what, n);
	else
		app_say(a, ROLE_WARN, "%s is too large for the clipboard of a terminal", what);
}

static void copy_row(struct app *a)
{
	struct view *v = app_focus(a);
	struct buf text;

	buf_init(&text, 1u << 20);
	if (v->ops->copy != NULL && v->ops->copy(v, &text))
		copy(a, buf_str(&text), text.len, "row");
	else
		app_say(a, ROLE_DIM, "there is nothing to copy here");
	buf_release(&text);
}

static void copy_command(struct app *a)
{
	char text[4200];

	if (a->nlog == 0) {
		app_say(a, ROLE_DIM, "no command was run yet");
		return;
	}
	snprintf(text, sizeof(text), "leat %s", a->log[a->nlog - 1]);
	copy(a, text, strlen(text), "command");
}

static void open_row(struct app *a)
{
	struct view *v = app_focus(a);
	struct buf segment;

	buf_init(&segment, 8192);
	if (v->ops->opens != NULL && v->ops->opens(v, &segment))
		view_open(v, buf_str(&segment));
	buf_release(&segment);
}

/* "job/log" below whatever job is meant here. */
static void open_of_job(struct app *a, const char *what)
{
	struct view *v = app_focus(a);
	struct buf path;

	buf_init(&path, 256);
	buf_adds(&path, "/jobs/");
	if (v->ops->value != NULL && (v->ops->value(v, "job", &path) ||
				      v->ops->value(v, "last_job", &path))) {
		buf_addf(&path, "/%s", what);
		view_open(v, buf_str(&path));
	} else {
		app_say(a, ROLE_DIM, "there is no job here");
	}
	buf_release(&path);
}

static void quit(struct app *a)
{
	if (app_focus(a)->below != NULL || a->is_big || a->slot != SLOT_JOBS)
		place_back(a);
	else
		over_leave(a);
}

static bool act_place(struct app *a, enum act act)
{
	if (act >= ACT_PANE_1 && act <= ACT_PANE_6) {
		place_slot(a, (enum slot)(act - ACT_PANE_1));
		return true;
	}
	switch (act) {
	case ACT_OPEN:
		open_row(a);
		return true;
	case ACT_BACK:
		place_back(a);
		return true;
	case ACT_NEXT_PANE:
	case ACT_PREV_PANE:
		layout_next(a, act == ACT_NEXT_PANE ? 1 : -1);
		return true;
	case ACT_BIGGER:
	case ACT_SMALLER:
		a->is_big = act == ACT_BIGGER;
		layout(a);
		return true;
	case ACT_BARE:
		a->is_bare = !a->is_bare;
		layout(a);
		return true;
	case ACT_LOGS:
		open_of_job(a, "log");
		return true;
	case ACT_REJECTS:
		open_of_job(a, "rejects");
		return true;
	default:
		return false;
	}
}

static bool act_type(struct app *a, enum act act)
{
	struct view *v = app_focus(a);

	switch (act) {
	case ACT_PROMPT:
		over_type(a, TYPE_PROMPT, ":", NULL);
		return true;
	case ACT_FILTER:
		if (v->ops->filter != NULL)
			over_type(a, TYPE_FILTER, "/", v->ops->filter(v));
		return true;
	case ACT_SEARCH:
		over_type(a, TYPE_SEARCH, "/", NULL);
		return true;
	case ACT_STACK_FILTER:
		over_type(a, TYPE_STACK, "&", NULL);
		return true;
	case ACT_MARK_MATCHING:
		over_type(a, TYPE_MARK, "mark: ", NULL);
		return true;
	case ACT_TIME:
		over_type(a, TYPE_TIME, "time: ", NULL);
		return true;
	default:
		return false;
	}
}

static bool act_program(struct app *a, enum act act)
{
	switch (act) {
	case ACT_HELP:
		over_help(a);
		return true;
	case ACT_THEMES:
		over_themes(a);
		return true;
	case ACT_COMMAND_LOG:
		over_log(a);
		return true;
	case ACT_PALETTE:
		over_palette(a);
		return true;
	case ACT_MENU:
		over_menu(a);
		return true;
	case ACT_SORT_MENU:
		over_sort_menu(a);
		return true;
	case ACT_STOP:
		run_stop(a);
		return true;
	case ACT_UNDO:
		run_undo(a);
		return true;
	case ACT_REPEAT:
		run_repeat(a);
		return true;
	case ACT_SUSPEND:
		a->port->suspend(a->port->ctx);
		return true;
	case ACT_REDRAW:
		a->port->redraw(a->port->ctx);
		return true;
	case ACT_MOUSE:
		app_mouse(a, !a->has_mouse);
		return true;
	case ACT_QUIT:
		quit(a);
		return true;
	case ACT_LEAVE:
		over_leave(a);
		return true;
	default:
		return false;
	}
}

static bool act_copy(struct app *a, enum act act)
{
	switch (act) {
	case ACT_COPY:
		copy_row(a);
		return true;
	case ACT_COPY_PATH:
		copy(a, app_path(a), strlen(app_path(a)), "path");
		return true;
	case ACT_COPY_COMMAND:
		copy_command(a);
		return true;
	default:
		return false;
	}
}

void app_act(struct app *a, enum act act)
{
	struct view *v = app_focus(a);

	a->is_dirty = true;
	if (act == ACT_REFRESH && a->link != LINK_UP) {
		a->port->reconnect(a->port->ctx);
		return;
	}
	if (v->ops->act != NULL && v->ops->act(v, act))
		return;
	if (act == ACT_REFRESH)
		refresh(v);
	else if (!act_place(a, act) && !act_type(a, act) && !act_program(a, act))
		act_copy(a, act);
}

/* A place below the row under the cursor, or below this view: "preview". */
static void open_named(struct app *a, struct view *v, const char *what)
{
	const struct view_ops *ops = v->ops->child != NULL ? v->ops->child(v, what) : NULL;
	struct buf path;

	buf_init(&path, 8192);
	/* Where the view itself has no such place, its row has. */
	if ((ops == NULL || strcmp(ops->name, what) != 0) && v->ops->opens != NULL &&
	    v->ops->opens(v, &path))
		buf_adds(&path, "/");
	buf_adds(&path, what);
	view_open(v, buf_str(&path));
	a->is_dirty = true;
	buf_release(&path);
}

void app_do(struct app *a, const struct action *act)
{
	struct view *v = app_focus(a);

	if (act->act == ACT_COMMAND)
		run_action(a, v, act);
	else if (act->act == ACT_OPEN && act->command != NULL)
		open_named(a, v, act->command);
	else if (act->act == ACT_EDIT && v->ops->edit != NULL)
		v->ops->edit(v, act);
	else
		app_act(a, act->act);
}

static void on_key(struct app *a, struct key k)
{
	struct view *v = app_focus(a);
	const struct action *act;

	if (a->said != NULL && a->dialog == NULL) {
		free(a->said);
		a->said = NULL;
		a->is_dirty = true;
	}
	if (over_key(a, k))
		return;
	a->is_dirty = true;
	if (v->ops->key != NULL && v->ops->key(v, k))
		return;
	act = keymap_find(a->keys, v->ops->name, k);
	if (act != NULL)
		app_do(a, act);
}

static void on_mouse(struct app *a, const struct input *in)
{
	int i = layout_pane_at(a, in->x, in->y);
	struct input inside = *in;
	struct pane *p;

	if (i < 0 || a->dialog != NULL || a->typing != TYPE_NOTHING)
		return;
	p = &a->pane[i];
	if (in->mouse == MOUSE_PRESS && p->slot != a->slot) {
		a->slot = p->slot;
		layout(a);
		p = layout_focus(a);
	}
	inside.x -= p->area.x;
	inside.y -= p->area.y + (a->is_bare ? 0 : 1);
	if (p->view->ops->mouse != NULL && inside.y >= 0)
		p->view->ops->mouse(p->view, &inside);
	a->is_dirty = true;
}

void app_input(struct app *a, const struct input *in, int64_t now_us)
{
	struct view *v;

	at(a, now_us);
	if (in->kind == INPUT_KEY) {
		on_key(a, in->key);
	} else if (in->kind == INPUT_MOUSE) {
		on_mouse(a, in);
	} else if (in->kind == INPUT_PASTE && !over_paste(a, in->text, in->len)) {
		v = app_focus(a);
		if (v->ops->paste != NULL)
			v->ops->paste(v, in->text, in->len);
		else
			app_say(a, ROLE_DIM, "pasted text goes into a line only: : or /");
	} else if (in->kind == INPUT_GROUND) {
		take_ground(a, in->is_light);
	} else if (in->kind == INPUT_LOST) {
		a->is_done = true;
	}
	refresh_stale(a);
}

/* ---- time ----------------------------------------------------------------------- */

static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

int64_t app_deadline(const struct app *a)
{
	int64_t when = -1;

	if (a->said != NULL)
		when = a->said_until_us;
	if (a->filter_due_us != 0)
		when = sooner(when, a->filter_due_us);
	if (a->is_live_due)
		when = sooner(when, a->live_us + LIVE_US);
	for (int i = 0; i < a->npanes && a->link == LINK_UP; i++) {
		const struct view *v = a->pane[i].view;

		if (v->is_stale)
			when = sooner(when, v->asked_us + REFRESH_US);
		if (v->ops->deadline != NULL)
			when = sooner(when, v->ops->deadline(v));
	}
	return when;
}

static void tick_views(struct app *a)
{
	for (int i = 0; i < a->npanes && a->link == LINK_UP; i++) {
		struct view *v = a->pane[i].view;
		int64_t when = v->ops->deadline != NULL ? v->ops->deadline(v) : -1;

		if (when >= 0 && when <= a->now_us)
			v->ops->tick(v);
	}
}

void app_tick(struct app *a, int64_t now_us)
{
	at(a, now_us);
	if (a->said != NULL && now_us >= a->said_until_us) {
		free(a->said);
		a->said = NULL;
		a->is_dirty = true;
	}
	if (a->is_live_due && now_us >= a->live_us + LIVE_US) {
		a->live_us = now_us;
		a->is_live_due = false;
		a->is_dirty = true;
	}
	over_tick(a);
	tick_views(a);
	refresh_stale(a);
}

/* ---- drawing -------------------------------------------------------------------- */

static const char digits[] = "123456";

static void draw_pane(struct app *a, struct grid *g, struct pane *p, bool has_focus)
{
	struct area area = { g, p->area.x, p->area.y, p->area.w, p->area.h };
	struct view *v = p->view;
	struct buf status;
	char title[160];

	if (a->is_bare) {
		v->ops->draw(v, area, has_focus);
		return;
	}
	buf_init(&status, 4096);
	if (v->ops->status != NULL)
		v->ops->status(v, &status);
	if (p->slot < SLOT_OTHER && v->below == NULL)
		snprintf(title, sizeof(title), "%c %s", digits[p->slot], v->ops->title);
	else if (v->below != NULL)
		snprintf(title, sizeof(title), "%s %s", v->ops->title,
			 strcasecmp(v->ops->title, v->segment) == 0 ? v->below->segment :
			 v->segment);
	else
		snprintf(title, sizeof(title), "%s", v->ops->title);
	area = frame_titled(area, title, status.len > 0 ? buf_str(&status) : NULL, has_focus);
	v->ops->draw(v, area, has_focus);
	if (a->link == LINK_DOWN)
		area_paint(area, 0, 0, area.w, area.h, ROLE_STALE, 0);
	if (p->area.x > 0)
		frame_rule((struct area){ g, p->area.x - 1, p->area.y, 1, p->area.h }, 0);
	buf_release(&status);
}

static void draw_detail(struct app *a, struct grid *g)
{
	struct area area = { g, a->detail.x, a->detail.y, a->detail.w, a->detail.h };
	struct view *v = a->detail_of;

	if (v == NULL || area.h == 0)
		return;
	area = frame_titled(area, "Detail", NULL, false);
	v->ops->detail(v, area);
	if (a->link == LINK_DOWN)
		area_paint(area, 0, 0, area.w, area.h, ROLE_STALE, 0);
	if (a->detail.x > 0)
		frame_rule((struct area){ g, a->detail.x - 1, a->detail.y, 1, a->detail.h }, 0);
}

void app_draw(struct app *a, struct grid *g)
{
	struct pane *focus;
	struct area all;

	grid_reset(g, a->w, a->h);
	all = area_all(g);
	a->is_dirty = false;
	layout(a);
	if (a->npanes == 0) {
		area_text(all, 0, 0, ROLE_WARN, "too small");
		return;
	}
	focus = layout_focus(a);
	for (int i = 0; i < a->npanes; i++)
		draw_pane(a, g, &a->pane[i], &a->pane[i] == focus);
	draw_detail(a, g);
	lines_header(a, area_part(all, 0, 0, a->w, 1));
	lines_footer(a, area_part(all, 0, a->h - 1, a->w, 1));
	over_draw(a, area_part(all, 0, 1, a->w, a->h - 2), area_part(all, 0, a->h - 1, a->w, 1));
	a->is_dirty = false;
}

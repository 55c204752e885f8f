/*
 * tui/view/app.c
 *	The whole console as a state.
 */
#include "tui/view/app.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "tui/view/state.h"
#include "tui/view/views.h"
#include "tui/widget/line.h"

#define SAY_US     6000000	/* how long a line at the foot stays */
#define REFRESH_US 250000	/* a view reads anew at most that often */

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

void app_refresh(struct view *v)
{
	v->is_stale = false;
	v->asked_us = v->app->now_us;
	if (v->ops->refresh != NULL)
		v->ops->refresh(v);
}

/* Views that may be old and are shown read again, not more often than REFRESH_US. */
void app_refresh_stale(struct app *a)
{
	for (int i = 0; i < a->npanes; i++) {
		struct view *v = a->pane[i].view;

		if (v->is_stale && a->link == LINK_UP && a->now_us - v->asked_us >= REFRESH_US)
			app_refresh(v);
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
	app_refresh_stale(a);
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
		run_held(a);
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
	app_refresh_stale(a);
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
		when = sooner(when, a->live_us + APP_LIVE_US);
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
	if (a->is_live_due && now_us >= a->live_us + APP_LIVE_US) {
		a->live_us = now_us;
		a->is_live_due = false;
		a->is_dirty = true;
	}
	over_tick(a);
	tick_views(a);
	app_refresh_stale(a);
}

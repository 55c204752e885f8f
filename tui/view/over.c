/*
 * tui/view/over.c
 *	What lies over the views: dialogs, menus, and the line that is typed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "tui/view/state.h"
#include "tui/view/views.h"
#include "tui/widget/line.h"

#define FILTER_PAUSE_US 150000	/* so long after the last key a filter is tried */

/* ---- dialogs -------------------------------------------------------------------- */

void over_dialog(struct app *a, enum asking what, struct dialog *d)
{
	dialog_free(a->dialog);
	a->dialog = d;
	a->asking = what;
	app_dirty(a);
}

static void add_choice(struct app *a, struct choice c)
{
	a->choice = mem_resize(a->choice, (size_t)(a->nchoices + 1) * sizeof(*a->choice));
	a->choice[a->nchoices++] = c;
}

static void open_menu(struct app *a, enum asking what, const char *title)
{
	struct view *v = app_focus(a);
	struct arena *mem = arena_new(NULL, "menu");
	struct dialog_item *item = arena_array(mem, (size_t)a->nchoices + 1, sizeof(*item));

	for (int i = 0; i < a->nchoices; i++) {
		const struct choice *c = &a->choice[i];
		char key[32];

		if (c->action != NULL) {
			keymap_key(a->keys, c->action, key, sizeof(key));
			item[i].text = c->action->summary;
			item[i].key = key[0] != '\0' ? arena_strdup(mem, key) : NULL;
			item[i].why_not = run_why_not(a, v, c->action);
			if (item[i].why_not != NULL)
				item[i].why_not = arena_strdup(mem, item[i].why_not);
		} else if (c->command != NULL) {
			item[i].text = arena_printf(mem, "%s: %s", c->command->name,
						    c->command->summary);
		} else {
			item[i].text = arena_printf(mem, "%s: %s", c->root->title,
						    c->root->summary);
		}
	}
	over_dialog(a, what, dialog_menu(title, item, a->nchoices));
	arena_free(mem);
}

/* is_own: those of the view rather than of every view; only_done: without mere moving. */
static void put_actions(struct app *a, const char *view, bool is_own, bool only_done)
{
	for (int i = 0; i < actions_n; i++)
		if ((actions[i].views != NULL) == is_own && action_is_in(&actions[i], view) &&
		    (!only_done || actions[i].label != NULL || actions[i].act == ACT_COMMAND))
			add_choice(a, (struct choice){ .action = &actions[i] });
}

void over_menu(struct app *a)
{
	struct view *v = app_focus(a);

	a->nchoices = 0;
	put_actions(a, v->ops->name, true, true);
	put_actions(a, v->ops->name, false, true);
	open_menu(a, ASK_MENU, v->ops->title);
}

void over_help(struct app *a)
{
	struct view *v = app_focus(a);
	char title[80];

	a->nchoices = 0;
	put_actions(a, v->ops->name, true, false);
	put_actions(a, v->ops->name, false, false);
	snprintf(title, sizeof(title), "Help: %s", v->ops->title);
	open_menu(a, ASK_MENU, title);
}

/* Newest first; the one that is chosen comes back into the line. */
void over_log(struct app *a)
{
	struct dialog_item item[COMMAND_LOG] = { 0 };

	if (a->nlog == 0) {
		app_say(a, ROLE_DIM, "no command was run yet");
		return;
	}
	for (int i = 0; i < a->nlog; i++)
		item[i].text = a->log[a->nlog - 1 - i];
	over_dialog(a, ASK_LOG, dialog_menu("Commands of this session", item, a->nlog));
}

/* The theme under the cursor is shown at once. */
void over_themes(struct app *a)
{
	struct arena *mem = arena_new(NULL, "themes");
	struct dialog_item *item;

	arena_free(a->theme_mem);
	a->theme_mem = arena_new(NULL, "themes");
	a->nthemes = theme_list(a->theme_mem, &a->theme_name);
	item = arena_array(mem, (size_t)a->nthemes + 1, sizeof(*item));
	for (int i = 0; i < a->nthemes; i++)
		item[i].text = a->theme_name[i];
	over_dialog(a, ASK_THEME, dialog_menu("Theme", item, a->nthemes));
	arena_free(mem);
}

/* at -1: the one that was there. */
static void try_theme(struct app *a, int at, bool is_kept)
{
	struct theme theme = a->theme;
	struct err err = { 0 };

	if (at >= 0 && at < a->nthemes &&
	    theme_load(a->theme_name[at], &theme, &err) != ERR_OK)
		app_say(a, ROLE_BAD, "theme %s cannot be read", a->theme_name[at]);
	else if (is_kept)
		a->theme = theme;
	a->is_theme_chosen = a->is_theme_chosen || is_kept;
	a->port->theme(a->port->ctx, &theme);
}

void over_palette(struct app *a)
{
	const struct cmd_spec *const *all;
	int n;

	a->nchoices = 0;
	put_actions(a, app_focus(a)->ops->name, true, true);
	for (int i = 0; i < view_root_count(); i++)
		add_choice(a, (struct choice){ .root = view_root_at(i) });
	all = cmd_all(&n);
	for (int i = 0; i < n; i++)
		if (!(all[i]->flags & CMD_HIDDEN))
			add_choice(a, (struct choice){ .command = all[i] });
	put_actions(a, app_focus(a)->ops->name, false, false);
	open_menu(a, ASK_PALETTE, "What to do");
}

void over_sort_menu(struct app *a)
{
	struct view *v = app_focus(a);
	struct dialog_item item[32] = { 0 };
	const char *name;
	int n = 0;

	while (v->ops->sort_name != NULL && n < 32 && (name = v->ops->sort_name(v, n)) != NULL)
		item[n++].text = name;
	if (n == 0) {
		app_say(a, ROLE_DIM, "this list has one order");
		return;
	}
	over_dialog(a, ASK_COLUMN, dialog_menu("Sort by", item, n));
}

void over_leave(struct app *a)
{
	char text[200];

	if (a->doing == NULL && (a->workers == 0 || a->nlive == 0)) {
		a->is_done = true;
		return;
	}
	snprintf(text, sizeof(text), "%s\n\nWhat this console runs is handed back to the queue.",
		 a->doing != NULL ? "A command has not ended." : "Jobs are running.");
	over_dialog(a, ASK_LEAVE, dialog_confirm("leave leat", text, NULL, false));
}

static void prompt_for(struct app *a, const struct cmd_spec *spec)
{
	char start[128];

	snprintf(start, sizeof(start), "%s ", spec->name);
	over_type(a, TYPE_PROMPT, ":", start);
}

static void chosen(struct app *a, int at)
{
	struct choice c;

	if (at < 0 || at >= a->nchoices)
		return;
	c = a->choice[at];
	if (c.action != NULL)
		app_do(a, c.action);
	else if (c.command != NULL)
		prompt_for(a, c.command);
	else
		place_go(a, c.root->name);
}

static void answered(struct app *a, bool yes)
{
	enum asking what = a->asking;
	int at = yes ? dialog_chosen(a->dialog) : -1;

	dialog_free(a->dialog);
	a->dialog = NULL;
	a->asking = ASK_NOTHING;
	if (what == ASK_CONFIRM)
		run_confirmed(a, yes);
	else if (what == ASK_LEAVE && yes)
		a->is_done = true;
	else if (what == ASK_RESUME && yes)
		app_resume(a);
	else if (what == ASK_RESUME)
		a->port->keep(a->port->ctx, NULL);
	else if (what == ASK_COLUMN && yes)
		app_focus(a)->ops->sort(app_focus(a), at);
	else if (what == ASK_THEME)
		try_theme(a, at, yes);
	else if (what == ASK_LOG && yes)
		over_type(a, TYPE_PROMPT, ":", a->log[a->nlog - 1 - at]);
	else if (yes)
		chosen(a, at);
}

/* ---- the typed line ------------------------------------------------------------- */

static void on_complete(void *ctx, const char *text, size_t at)
{
	struct app *a = ctx;

	a->port->complete(a->port->ctx, text, at);
}

void over_type(struct app *a, enum typing what, const char *label, const char *start)
{
	struct view *v = app_focus(a);
	struct line_options o = {
		.label = label,
		.start = start,
		.history = what == TYPE_PROMPT ? "command" : what == TYPE_FILTER ? "filter" :
			   "search",
		.complete = what == TYPE_PROMPT ? on_complete : NULL,
		.ctx = a,
	};

	free(a->before);
	a->before = what == TYPE_FILTER ? mem_strdup(v->ops->filter(v)) : NULL;
	a->typing = what;
	a->typing_for = v;
	line_open(&o);
	app_dirty(a);
}

void view_prompt(struct view *v, const char *line)
{
	over_type(v->app, TYPE_PROMPT, ":", line);
}

/* What is typed as a filter holds as soon as the typing pauses. */
static void set_filter(struct app *a, const char *text)
{
	struct view *v = a->typing_for;

	a->filter_due_us = 0;
	if (v != NULL && v->ops->set_filter != NULL && strcmp(v->ops->filter(v), text) != 0)
		v->ops->set_filter(v, text);
}

static void typed(struct app *a, enum line_result result)
{
	enum typing what = a->typing;
	struct view *v = a->typing_for;
	const char *text = line_text();

	if (result == LINE_GOES_ON) {
		if (what == TYPE_FILTER)
			a->filter_due_us = a->now_us + FILTER_PAUSE_US;
		return;
	}
	a->typing = TYPE_NOTHING;
	line_close();
	if (what == TYPE_FILTER)
		set_filter(a, result == LINE_DONE ? text : a->before);
	else if (result == LINE_DONE && what == TYPE_PROMPT)
		run_line(a, text);
	else if (result == LINE_DONE && v != NULL && v->ops->typed != NULL)
		v->ops->typed(v, what, text);
}

void over_tick(struct app *a)
{
	if (a->filter_due_us != 0 && a->now_us >= a->filter_due_us)
		set_filter(a, line_text());
}

void over_drop_view(struct app *a, const struct view *v)
{
	if (a->typing_for != v)
		return;
	a->typing_for = NULL;
	a->filter_due_us = 0;
	if (a->typing != TYPE_NOTHING && a->typing != TYPE_PROMPT) {
		a->typing = TYPE_NOTHING;
		line_close();
	}
}

/* ---- input and drawing ---------------------------------------------------------- */

bool over_key(struct app *a, struct key k)
{
	if (a->dialog != NULL) {
		enum dialog_result r = dialog_key(a->dialog, k);

		if (r != DIALOG_GOES_ON)
			answered(a, r == DIALOG_YES);
		else if (a->asking == ASK_THEME)
			try_theme(a, dialog_at(a->dialog), false);
		app_dirty(a);
		return true;
	}
	if (a->typing != TYPE_NOTHING) {
		typed(a, line_key(k));
		app_dirty(a);
		return true;
	}
	return false;
}

bool over_paste(struct app *a, const char *p, size_t n)
{
	if (a->dialog != NULL)
		dialog_paste(a->dialog, p, n);
	else if (a->typing != TYPE_NOTHING)
		line_paste(p, n);
	else
		return false;
	if (a->dialog == NULL)
		typed(a, LINE_GOES_ON);
	app_dirty(a);
	return true;
}

void over_draw(struct app *a, struct area all, struct area foot)
{
	if (a->typing != TYPE_NOTHING) {
		area_clear(foot, ROLE_TEXT);
		line_draw(foot, 0);
		line_draw_offers(all, all.h - 1, all.h / 3);
	}
	if (a->dialog != NULL)
		dialog_draw(a->dialog, all);
}

void over_end(struct app *a)
{
	dialog_free(a->dialog);
	a->dialog = NULL;
	if (a->typing != TYPE_NOTHING)
		line_close();
	free(a->choice);
	free(a->before);
	arena_free(a->theme_mem);
}

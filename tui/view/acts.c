/*
 * tui/view/acts.c
 *	What the built-in actions do: places, lines to type, dialogs, copies.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"
#include "tui/view/state.h"

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
		app_refresh(v);
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

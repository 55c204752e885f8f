/*
 * tui/view/view.h
 *	What a screen is: a place in the tree of paths that asks, is told, and draws.
 *
 * A view acts only by commands (view_ask(), and the actions of action.h) and learns only
 * from their answers and from news. It never waits: what it asked for comes in
 * later, or not at all. Roots ("jobs") lie at the bottom of a stack; what is opened from a
 * row lies on top of it ("jobs/42", "jobs/42/rejects").
 *
 * To add a screen: its file with a const struct view_ops, a line in VIEW_LIST of views.h,
 * its name in room.am, its actions in action.c, a snapshot in tests/tui.
 *
 * Memory:  a view lives in its own arena, which ends with it.
 * Threads: one.
 */
#ifndef TUI_VIEW_VIEW_H
#define TUI_VIEW_VIEW_H

#include "core/command/answer.h"
#include "core/command/news.h"
#include "tui/term/grid.h"
#include "tui/term/key.h"
#include "tui/view/action.h"

struct app;
struct form;
struct view;

/* What a line is typed for. */
enum typing { TYPE_NOTHING, TYPE_PROMPT, TYPE_FILTER, TYPE_SEARCH, TYPE_STACK, TYPE_MARK,
	      TYPE_TIME };

struct view_ops {
	const char *name;	/* of roots: in paths and behind ":"; else what is shown, "job" */
	const char *title;	/* "Jobs" */
	const char *summary;	/* a sentence, for help */
	const char *foot;	/* instead of keys in the last line; NULL: keys */
	size_t size;		/* of the struct that begins with struct view */

	/* v->segment and v->below are set. Asks for what it needs. */
	void (*open)(struct view *v);
	/* What the arena does not own (answers, widgets). */
	void (*close)(struct view *v);
	/* Reads again what it shows: asked for by the user, after news, after a lost line. */
	void (*refresh)(struct view *v);
	/* An answer to view_ask(v, what, ...); takes it. */
	void (*answer)(struct view *v, int what, struct answer *a);
	void (*draw)(struct view *v, struct area a, bool has_focus);

	/* All below may be NULL. */
	/* One of the built-in actions; false: not for this view. */
	bool (*act)(struct view *v, enum act act);
	/* Before any action: true, when the view took the key (forms, lines of its own). */
	bool (*key)(struct view *v, struct key k);
	void (*paste)(struct view *v, const char *p, size_t n);
	void (*mouse)(struct view *v, const struct input *in);	/* x, y in its area */
	void (*news)(struct view *v, const struct news *n);
	/*
	 * When tick() is wanted though nothing comes in, wall clock; -1: not at all. Asked while
	 * it is shown; for what really moves, such as how long a job has stood still.
	 */
	int64_t (*deadline)(const struct view *v);
	void (*tick)(struct view *v);
	/* More about what the cursor is on; wide: as a column beside, else a few lines below. */
	void (*detail)(struct view *v, struct area a);
	/* Right end of its title: counts, filter, marks. */
	void (*status)(struct view *v, struct buf *out);
	/* What Enter opens, as a path below this view's own ("42"); false: nothing. */
	bool (*opens)(struct view *v, struct buf *segment);
	/* What is shown behind that segment of a path; NULL: there is no such place. */
	const struct view_ops *(*child)(struct view *v, const char *segment);
	/* Value of a name in the command of an action ("id", "state"); false: nothing is chosen. */
	bool (*value)(struct view *v, const char *name, struct buf *out);
	/* Why an action that this view has does not work now; NULL: it does. */
	const char *(*why_not)(struct view *v, const struct action *a);
	/* Filter and sort for paths and for keeping: "state=failed"; set from there as well. */
	const char *(*filter)(struct view *v);
	void (*set_filter)(struct view *v, const char *text);
	/* ACT_EDIT: opens a form. */
	void (*edit)(struct view *v, const struct action *a);
	/* A line was typed for it: TYPE_SEARCH, TYPE_STACK, TYPE_MARK, TYPE_TIME. */
	void (*typed)(struct view *v, enum typing what, const char *text);
	/* Columns to sort by, for the menu: the n-th; NULL: no more. */
	const char *(*sort_name)(struct view *v, int n);
	void (*sort)(struct view *v, int n);
	/* Rows chosen for an action on many: how many, or all that match the filter. */
	int (*chosen)(const struct view *v, bool *is_all);
	/* Key of the i-th of them; borrowed until marks change. Goes with chosen. */
	const char *(*chosen_key)(const struct view *v, int i);
	/* Marks a row, whether it is in the window or not. */
	void (*mark)(struct view *v, const char *key);
	/* The action was done: marks may go. */
	void (*done)(struct view *v, const struct action *a);
	/* What the row under the cursor is, as text to copy. */
	bool (*copy)(struct view *v, struct buf *out);
};

struct view {
	const struct view_ops *ops;
	struct app *app;
	struct arena *mem;
	struct view *below;	/* from which it was opened; NULL: a root */
	const char *segment;	/* its part of the path: "jobs", "42" */
	bool is_stale;		/* what it shows may be old */
	bool is_shown;		/* on the screen now */
	int64_t asked_us;	/* when it last refreshed */
};

/* ---- for views ------------------------------------------------------------------ */

/*
 * Runs a command of up to VIEW_WORDS words for the view; its answer comes to ops->answer with
 * `what`. An older one with the same `what` that has not come yet is given up.
 */
#define VIEW_WORDS 32
struct view_words {
	int n;
	const char *word[VIEW_WORDS];
};
void view_ask(struct view *v, int what, const struct view_words *words);
/* The same from literals and texts, ended by NULL. */
void view_askl(struct view *v, int what, ...) __attribute__((sentinel));
/* The same for a change that the user has asked for: it stands in the log of commands. */
void view_do(struct view *v, int what, const struct view_words *words);
/* Runs a command as if it had been typed: its rows get a pane, its progress is shown. */
void view_type(struct view *v, const char *line);
/* Opens the prompt with a command that the user completes. */
void view_prompt(struct view *v, const char *line);
bool view_is_asking(const struct view *v, int what);
void words_add(struct view_words *w, const char *word);

/* The screen has changed: draw again. */
void view_dirty(struct view *v);
/* Read again soon, if it is shown; several wishes are one. */
void view_touch(struct view *v);
/* Whole path, without filters; in mem. */
char *view_path(const struct view *v, struct arena *mem);

/* A part of a path, with what parts them written as %XX. */
void view_put_segment(struct buf *out, const char *text);

int64_t view_now(const struct view *v);	/* wall clock, microseconds */
bool view_is_up(const struct view *v);	/* connected */
/* A short line at the foot of the screen for some seconds. */
void view_say(struct view *v, enum role role, const char *fmt, ...) PRINTF(3, 4);
/* Opens a path; one that begins with '/' or a root's name is whole, else it is below v. */
void view_open(struct view *v, const char *path);
/* Leaves v for what it was opened from. */
void view_back(struct view *v);
/* A key for the form that v is; true: it is sent. One that is given up is left. */
bool view_form_key(struct view *v, struct form *form, struct key k);
/* The newest progress of a running job that news told; NULL: none. */
const struct news *view_live(const struct view *v, int64_t job);
#endif

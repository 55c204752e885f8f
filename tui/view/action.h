/*
 * tui/view/action.h
 *	What keys can do: one table for keys, footer, help, menu and palette.
 *
 * An action is either built in (moving, opening, filtering) or a command of the
 * command table with names in braces for what the cursor is on: "job cancel {id}".
 * What a command needs and how dangerous it is comes from its entry there.
 * Each action has its keys in four presets, and a key file of the user's may give it others:
 * lines of `key = action`, `key = none`, or `key = :command words`.
 *
 * Memory:  the table is static; a keymap is a heap object.
 * Threads: one.
 */
#ifndef TUI_VIEW_ACTION_H
#define TUI_VIEW_ACTION_H

#include <stdbool.h>

#include "core/base/err.h"
#include "tui/term/key.h"

enum act {
	ACT_NONE,
	/* moving */
	ACT_UP, ACT_DOWN, ACT_PAGE_UP, ACT_PAGE_DOWN, ACT_FIRST, ACT_LAST,
	ACT_LEFT, ACT_RIGHT, ACT_HALF_LEFT, ACT_HALF_RIGHT,
	/* places */
	ACT_OPEN, ACT_BACK, ACT_NEXT_PANE, ACT_PREV_PANE,
	ACT_PANE_1, ACT_PANE_2, ACT_PANE_3, ACT_PANE_4, ACT_PANE_5, ACT_PANE_6,
	ACT_BIGGER, ACT_SMALLER, ACT_NEXT_TAB, ACT_PREV_TAB, ACT_LOGS, ACT_REJECTS,
	/* looking */
	ACT_FILTER, ACT_SEARCH, ACT_STACK_FILTER, ACT_NEXT, ACT_PREV, ACT_NEXT_ERROR,
	ACT_PREV_ERROR, ACT_FOLLOW, ACT_WRAP, ACT_BOOKMARK, ACT_TIME, ACT_CLEAR,
	ACT_SORT_NEXT, ACT_SORT_PREV, ACT_SORT_INVERT, ACT_SORT_MENU, ACT_FAILED_FIRST,
	ACT_REFRESH, ACT_REDRAW, ACT_BARE, ACT_MOUSE,
	/* marking */
	ACT_MARK, ACT_RANGE, ACT_MARK_MATCHING, ACT_MARK_ALL, ACT_UNMARK, ACT_REPEAT,
	/* copying, undoing */
	ACT_COPY, ACT_COPY_PATH, ACT_COPY_COMMAND, ACT_UNDO,
	/* the program */
	ACT_THEMES,
	ACT_HELP, ACT_PROMPT, ACT_PALETTE, ACT_MENU, ACT_COMMAND_LOG, ACT_STOP, ACT_SUSPEND,
	ACT_QUIT, ACT_LEAVE,
	/* views' own */
	ACT_EDIT, ACT_TOGGLE,
	ACT_COMMAND		/* runs .command */
};

enum preset { PRESET_DEFAULT, PRESET_VIM, PRESET_HTOP, PRESET_MUTT, PRESET_COUNT };

struct cmd_spec;

struct action {
	const char *name;	/* "job-cancel": what key files say; never renamed */
	enum act act;
	const char *views;	/* names of ops, parted by spaces; NULL: everywhere */
	const char *keys[PRESET_COUNT];	/* parted by spaces; NULL: as in the default preset */
	const char *label;	/* for the footer: "cancel"; NULL: never there */
	const char *summary;	/* a sentence */
	const char *command;	/* ACT_COMMAND */
	const char *needs;	/* "state=queued|running": of the row; NULL: any */
	const char *undo;	/* command that undoes it; NULL: it cannot be undone */
	int danger;		/* 0 none, 1 told, 2 asked, 3 a word is typed */
	bool is_many;		/* also on marked rows: {id} stands for all of them */
};

extern const struct action actions[];
extern const int actions_n;

struct keymap;

/* preset NULL: default. ERR_NOT_FOUND: no such preset. */
enum err_code keymap_new(const char *preset, struct keymap **out, struct err *err) MUST_USE;
void keymap_free(struct keymap *m);
/*
 * Lines of a key file: a key that it names is taken from what the preset has there. ERR_CONFIG
 * names line and what is wrong; ERR_CONFLICT: the file gives a key two meanings in one view.
 * Nothing is changed then.
 */
enum err_code keymap_read(struct keymap *m, const char *file, const char *text,
			  struct err *err) MUST_USE;

/* What k does in that view; NULL: nothing. "*" stands for every view. */
const struct action *keymap_find(const struct keymap *m, const char *view, struct key k);
/* Name of the first key of an action, "" when it has none; size >= 32. */
void keymap_key(const struct keymap *m, const struct action *a, char *buf, size_t size);
/* Names of all its keys, parted by spaces. */
void keymap_keys(const struct keymap *m, const struct action *a, char *buf, size_t size);
/* Whether two actions that work in one view share a key: first such pair in err. */
enum err_code keymap_check(const struct keymap *m, struct err *err) MUST_USE;

/* The command's entry of one with ACT_COMMAND; NULL: its words name none. */
const struct cmd_spec *action_spec(const struct action *a);
bool action_is_in(const struct action *a, const char *view);
/* Whether there is a view in which both work. */
bool action_meet(const struct action *a, const struct action *b);
/* By name; NULL: none. */
const struct action *action_of(const char *name);
#endif

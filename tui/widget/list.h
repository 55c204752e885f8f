/*
 * tui/widget/list.h
 *	Rows and columns with a cursor, marks, a sort and a place to scroll to.
 *
 * The widget holds no data: cells come from callbacks, for the rows that are
 * shown and no others. The rows it knows are a window (0 .. n-1) of what the
 * server holds; the owner moves the window and says where it stands. Cursor and marks
 * belong to keys of rows, not to places: after list_rows() the cursor is on the row
 * it was on, or on the nearest place when that row is gone.
 *
 * Memory:  a heap object; keys of marks and cursor are copied.
 * Threads: one.
 */
#ifndef TUI_WIDGET_LIST_H
#define TUI_WIDGET_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "tui/term/grid.h"

struct list_col {
	const char *title;	/* as shown; also what is sorted by (owner's matter) */
	int min, want;		/* cells; at least min, up to want where a text fills them */
	int grow;		/* its share of what is left when every text has its room */
	int rank;		/* 0: never left out; the highest goes first when it gets narrow */
	bool is_right;		/* numbers */
};

struct list_cell {
	const char *text;	/* borrowed until the next call; NULL: empty */
	size_t len;		/* 0: strlen(text) */
	enum role role;
	bool is_bar;		/* text is drawn behind a bar: see share, tick */
	double share;		/* 0 .. 1; < 0: unknown, the bar is a stripe of dots */
	double tick;		/* a mark on the bar; < 0: none */
};

struct list_source {
	void *ctx;
	/* Fills one cell; out is zeroed, ROLE_TEXT, tick -1 before. */
	void (*cell)(void *ctx, int row, int col, struct list_cell *out);
	/* Identity of a row: stable text, borrowed until the next call. */
	const char *(*key)(void *ctx, int row);
};

struct list;

struct list *list_new(const struct list_col *cols, int ncols, const struct list_source *src);
void list_free(struct list *l);	/* NULL is fine */
/* Other columns (copied) over the same source; sort and sideways place are forgotten. */
void list_columns(struct list *l, const struct list_col *cols, int ncols);

/* n rows are in the window now; more lie before and behind it. Follows the cursor's key. */
void list_rows(struct list *l, int n, bool has_before, bool has_after);
/* For the scroll bar: rows of the server before the window, and in all; -1: unknown. */
void list_extent(struct list *l, int64_t before, int64_t total);

/* Cursor. -1 when there is no row. */
int list_at(const struct list *l);
/* Key of the row under it; while there is no row, of the one it was on; NULL: none. */
const char *list_key(const struct list *l);
/*
 * Puts the cursor on that key when it comes into the window (now, or at a later list_rows());
 * a move of the cursor before then ends the waiting.
 */
void list_go(struct list *l, const char *key);
/*
 * by rows, cut at the window's ends. Returns false when it wanted beyond the end of the window
 * (then the owner may have more to fetch).
 */
bool list_move(struct list *l, int by);
void list_first(struct list *l);
void list_last(struct list *l);
/* Rows that fit in the area of the last drawing, heads not counted; at least 1. */
int list_page(const struct list *l);
/*
 * Sideways, by cells; cut where the columns end. Beside 0 no column is left out and each is as
 * wide as what it shows, so that every text can be read to its end; the first column stays.
 */
void list_side(struct list *l, int by);
/* First and last row that the last drawing showed. */
void list_shown(const struct list *l, int *first, int *last);

/* Marks. */
void list_mark(struct list *l, const char *key, bool on);
bool list_is_marked(const struct list *l, const char *key);
int list_marked(const struct list *l);
void list_unmark_all(struct list *l);
/* Each marked key, in the order of marking. */
const char *list_mark_at(const struct list *l, int i);
/*
 * Range marking: the row where it was started and those the cursor has passed since; going
 * back takes rows out again. Rows that came in between unseen are not in it.
 */
void list_range_start(struct list *l);
void list_range_end(struct list *l);	/* marks them */
void list_range_drop(struct list *l);	/* marks none of them */
bool list_in_range(const struct list *l);

/* Which head shows the arrow; col -1: none. */
void list_sorted(struct list *l, int col, bool is_down);

/* What a click or a wheel meant: row at y of the last drawing's area; -1: none, -2: the heads. */
int list_row_at(const struct list *l, int y);
/* Column at x; -1: none. */
int list_col_at(const struct list *l, int x);

/* Text to be highlighted in cells, any case; NULL: none. Copied. */
void list_match(struct list *l, const char *text);

/* Heads, rows, scroll bar. has_focus: the cursor's row is painted ROLE_CURSOR, else bold. */
void list_draw(struct list *l, struct area a, bool has_focus);
/* With that line in the middle when there is no row ("no jobs match"; "loading"). */
void list_draw_empty(struct list *l, struct area a, enum role role, const char *line);
#endif

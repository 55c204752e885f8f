/*
 * tui/widget/list_priv.h
 *	What the two halves of a list share: its state, and how its columns stand.
 *
 * Memory:  owned by list.c.
 * Threads: one.
 */
#ifndef TUI_WIDGET_LIST_PRIV_H
#define TUI_WIDGET_LIST_PRIV_H

#include "tui/widget/list.h"
#include "tui/widget/marks.h"
#include "tui/widget/match.h"

#define LIST_COLS 64		/* more are not looked at */
#define LIST_NEAR 8		/* rows each side whose keys say where the cursor was */

/* What is seen of a column. */
struct list_place {
	int x, w;		/* in the area; w 0: nothing */
	int skip;		/* cells of it that are scrolled away to the left */
};

struct list {
	struct list_source src;
	struct list_col col[LIST_COLS];
	char *title[LIST_COLS];
	int ncols;
	int need[LIST_COLS];	/* cells of the widest text shown so far; 0: none was */

	int n;
	bool has_before, has_after;
	int64_t before, total;	/* of the server; -1: unknown */
	int at;			/* row of the cursor; -1: there is no row */
	char *key;		/* of it; kept while there is no row */
	char *awaited;		/* list_go() to what is not in the window; NULL: nothing */
	char *near[2 * LIST_NEAR];	/* below, then above, nearest first; NULL: no row */
	struct marks *marks;
	struct marks *range;	/* rows passed since list_range_start(); NULL: none was started */
	struct match match;
	int sort_col;
	bool is_down;

	/* of the last drawing */
	int top;		/* first row shown */
	int page;		/* rows; 0: it was not drawn yet */
	int side;
	int w, heads;		/* of its area: width; lines of heads, 0 or 1 */
	struct list_place place[LIST_COLS];
};

/* Keeps the cursor on the page, and the page full when there are rows enough. */
void list_settle(struct list *l);
#endif

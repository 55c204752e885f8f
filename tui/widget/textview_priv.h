/*
 * tui/widget/textview_priv.h
 *	What the parts of a text view share: its state, and how lines lie on the page.
 *
 * Memory:  owned by textview.c.
 * Threads: one.
 */
#ifndef TUI_WIDGET_TEXTVIEW_PRIV_H
#define TUI_WIDGET_TEXTVIEW_PRIV_H

#include "core/base/buf.h"
#include "tui/widget/match.h"
#include "tui/widget/ring.h"
#include "tui/widget/textview.h"

struct filter {
	char *text;
	struct match match;
	bool is_not;		/* lines with it do not pass */
	int64_t count;		/* kept lines that pass it */
};

/* A row of the screen: one of those that a line takes. */
struct spot {
	int64_t no;		/* of the line; 0: there is none */
	int row;		/* in the line; 0 unless it is wrapped */
};

/* How many rows a line takes at a width, so that giants are not measured again and again. */
struct measure {
	int64_t no;
	int cells, rows;
};
#define TEXTVIEW_MEASURES 64	/* by number of the line; those on a page and around it */

struct textview {
	struct ring *ring;
	struct buf raw, clean, head;	/* lines on their way in */

	struct filter filter[TEXTVIEW_FILTERS];
	int nfilters;
	unsigned on;		/* a bit for each filter that must be satisfied */
	int64_t passing;	/* lines that satisfy them */
	int64_t errors;		/* kept lines, whether they pass or not */

	bool is_following, is_wrapped;
	bool has_followed;	/* since then lines can be new to the reader */
	bool is_fresh;		/* what is searched for was never gone to */
	struct spot top;
	int64_t seen;		/* last line on the screen so far, or when following ended */
	int64_t unseen;
	int64_t found;		/* line that a search went to; 0: none */
	int side;
	struct match match;
	char *searched;

	int w, h;		/* for texts, of the last drawing */
	struct measure *measure;	/* TEXTVIEW_MEASURES of them */
};

/* textview.c */
bool textview_passes(const struct textview *v, int64_t no);
/* The next line that passes, from no on (no included) in that direction; 0: none. */
int64_t textview_seek(const struct textview *v, int64_t no, int step);

/* textview_move.c */
int textview_rows(const struct textview *v, int64_t no);
/* Cells for the head and the space behind it; 0: it has none, or there is no room. */
int textview_head_cells(const struct textview *v, const struct ring_line *l);
struct spot textview_next_spot(const struct textview *v, struct spot s);
/* The place is made one that is there: lines go, filters and sizes change. */
void textview_settle(struct textview *v);
#endif

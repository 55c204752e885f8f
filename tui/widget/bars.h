/*
 * tui/widget/bars.h
 *	Quantities in a few cells: progress in eighths, sparks, strips of glyphs.
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef TUI_WIDGET_BARS_H
#define TUI_WIDGET_BARS_H

#include <stdint.h>

#include "tui/term/grid.h"

/*
 * Progress in `cells` cells at x, y: eighths of a cell, or # in ASCII. share < 0: unknown,
 * drawn as dots. tick 0..1 marks the usual place; < 0: none.
 */
void bars_progress(struct area a, int x, int y, int cells, double share, double tick,
		   enum role role);

/* n values as columns of eighths, scaled to the greatest; the last `cells` of them. */
void bars_spark(struct area a, int x, int y, int cells, enum role role, const double *value,
		int n);

/* A vertical scroll bar in column x: the thumb for rows first..last of total. total < 0: none. */
void bars_scroll(struct area a, int x, int64_t first, int64_t last, int64_t total);
#endif

/*
 * tui/widget/wrap.h
 *	Where a text that is too wide is broken: between words, or else anywhere.
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef TUI_WIDGET_WRAP_H
#define TUI_WIDGET_WRAP_H

#include <stddef.h>

#include "tui/term/grid.h"

/*
 * Bytes of the next row of clean text, at least a character of it, however narrow; *shown (may
 * be NULL) are those to be drawn: without the space where it was broken. A \n ends a row.
 */
size_t wrap_next(const char *p, size_t n, int cells, size_t *shown);

/* Rows that the text takes; at least 1. */
int wrap_rows(const char *p, size_t n, int cells);

/* Draws text from y on, no more than fits; returns the rows it took. */
int wrap_draw(struct area a, int x, int y, int cells, enum role role, const char *text);
#endif

/*
 * tui/widget/match.h
 *	A piece of text that is looked for, any case, in bytes and in cells.
 *
 * What is found in a line's bytes is also found in the cells that show it: the
 * pattern is cleaned as lines are on their way to the screen. Each character of a text is
 * looked at about once, whatever the pattern: nobody has to wait for a search, or to stop it.
 *
 * Memory:  struct match is a value.
 * Threads: one.
 */
#ifndef TUI_WIDGET_MATCH_H
#define TUI_WIDGET_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/term/grid.h"

#define MATCH_MAX 128	/* characters; what a person types is shorter */

struct match {
	uint32_t ch[MATCH_MAX];	/* in lower case */
	uint8_t back[MATCH_MAX];	/* of the first i + 1, so many of the last are the first */
	int n;			/* 0: looks for nothing */
	bool is_ascii;
};

/* text NULL or "": looks for nothing. */
void match_set(struct match *m, const char *text);

/* Offset of the first place in p, *len its bytes (len may be NULL); -1: none. */
ptrdiff_t match_find(const struct match *m, const char *p, size_t n, size_t *len);

/* All places in w cells at x, y get ROLE_MATCH. */
void match_paint(const struct match *m, struct area a, int x, int y, int w);
#endif

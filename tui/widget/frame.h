/*
 * tui/widget/frame.h
 *	Lines around things: titles of panes, rules between them, boxes of dialogs.
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef TUI_WIDGET_FRAME_H
#define TUI_WIDGET_FRAME_H

#include <stdbool.h>

#include "tui/term/grid.h"

/*
 * The first line of a: a rule with the title in it, and a text at its right end (NULL: none).
 * Returns what is left of a below it.
 */
struct area frame_titled(struct area a, const char *title, const char *right, bool has_focus);

/* A vertical rule in column x of a. */
void frame_rule(struct area a, int x);

/* A box around all of a, its inside cleared; returns the inside with a cell of margin. */
struct area frame_box(struct area a, const char *title, enum role role);
#endif

/*
 * tui/view/trial_rows.h
 *	Rows on which an expression was tried: before, after, what is wrong.
 *
 * Memory:  none is kept.
 * Threads: one.
 */
#ifndef TUI_VIEW_TRIAL_ROWS_H
#define TUI_VIEW_TRIAL_ROWS_H

#include "core/command/answer.h"
#include "tui/term/grid.h"

/* The column samples of the answer: a list of row, before, after, problem. */
void trial_rows(struct area a, const struct answer *tried);
#endif

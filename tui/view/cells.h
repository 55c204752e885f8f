/*
 * tui/view/cells.h
 *	Cells and details that tables have in common.
 *
 * Memory:  texts in the table's own buffer, good until its next cell.
 * Threads: one.
 */
#ifndef TUI_VIEW_CELLS_H
#define TUI_VIEW_CELLS_H

#include "tui/view/table.h"

/* Glyph and word of a state, in its role. */
void cells_state(struct table *t, int row, const char *name, struct list_cell *cell);
/* A moment, dim. */
void cells_when(struct table *t, int row, const char *name, struct list_cell *cell);
/* A large number, round. */
void cells_round(struct table *t, struct list_cell *cell, double n, const char *unit);
/* The same of a column; empty when 0. */
void cells_amount(struct table *t, int row, const char *name, struct list_cell *cell);
/* Microseconds of a column with a time; 0: null. */
int64_t cells_time_us(const struct table *t, int row, const char *name);

/* Lines of a detail: "name  value", at most three lines each; nothing for an empty value. */
void cells_field(struct area a, int *y, const char *name, enum role role, const char *value);
/* The same of a reply column, as people read it. */
void cells_shown(struct table *t, int row, struct area a, int *y, const char *name,
		 const char *column);
#endif

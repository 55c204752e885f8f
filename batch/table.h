/*
 * batch/table.h
 *	A table on a terminal that is never wider than it may be.
 *
 * What does not fit goes in this order: columns marked COL_WIDE, from the
 * right; then texts are cut with an ellipsis (or folded, COL_WRAP); then
 * columns from the right.
 *
 * Memory:  all cells are held in the arena given until the end.
 * Threads: one.
 */
#ifndef BATCH_TABLE_H
#define BATCH_TABLE_H

#include <stdio.h>

#include "core/command/command.h"

struct table;

/* width 0: any. */
struct table *table_new(struct arena *mem, int width);
void table_row(struct table *t, int n, const struct val_spec *cols, const struct reply_value *row);
/* Prints what was given. is_one: names beside values instead of above them. */
enum err_code table_write(struct table *t, FILE *out, bool is_one, struct err *err) MUST_USE;

/* A row of a table that goes on: fixed widths, the last column takes the rest. */
void table_stream_row(struct buf *line, int width, bool is_head, int n,
		      const struct val_spec *cols, const struct reply_value *row);
#endif

/*
 * batch/cell.h
 *	One value of an answer in the forms that programs read.
 *
 * Memory:  into the buffer given.
 * Threads: any.
 */
#ifndef BATCH_CELL_H
#define BATCH_CELL_H

#include "core/base/buf.h"
#include "core/command/command.h"

/* A JSON value; bytes that are not UTF-8 become U+FFFD. */
void cell_json(struct buf *out, const struct val_spec *col, const struct reply_value *v);
/*
 * A CSV field by RFC 4180; null is empty, an empty text is "". is_safe: a text that a
 * spreadsheet would take for a formula gets a single quote in front.
 */
void cell_csv(struct buf *out, const struct val_spec *col, const struct reply_value *v,
	      bool is_safe);
/* Numbers stand right in a table. */
bool cell_is_number(const struct val_spec *col);
#endif

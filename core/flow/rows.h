/*
 * core/flow/rows.h
 *	Sets of row numbers as ranges: which rows of a source a chunk holds.
 *
 * Text form is PostgreSQL's multirange: "{[1,2049),[4097,6145)}".
 *
 * Memory:  the owner releases what it initialised.
 * Threads: one at a time.
 */
#ifndef CORE_FLOW_ROWS_H
#define CORE_FLOW_ROWS_H

#include <stdbool.h>

#include "core/base/buf.h"

struct rows_range {
	int64_t first;
	int64_t end;	/* one behind the last */
};

struct rows {
	int n;
	int cap;
	struct rows_range *r;	/* ascending and apart once rows_sort() was called */
};

/* All zero is an empty set. */
void rows_release(struct rows *s);
void rows_clear(struct rows *s);

/* Adds first..end-1; joined with the range added before when they touch. */
void rows_add(struct rows *s, int64_t first, int64_t end);

/* Adds what the text form holds. ERR_INPUT when it is none. */
enum err_code rows_parse(struct rows *s, const char *text, struct err *err) MUST_USE;

/* Into ascending order, ranges that touch joined: needed before rows_has(). */
void rows_sort(struct rows *s);

bool rows_has(const struct rows *s, int64_t row);

/* How many numbers are in the set. */
int64_t rows_count(const struct rows *s);

/* Appends the text form. */
void rows_text(const struct rows *s, struct buf *out);
#endif

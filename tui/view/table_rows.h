/*
 * tui/view/table_rows.h
 *	The window of rows that a table holds: answers behind one another.
 *
 * Memory:  a heap object that owns the answers.
 * Threads: one.
 */
#ifndef TUI_VIEW_TABLE_ROWS_H
#define TUI_VIEW_TABLE_ROWS_H

#include "core/command/answer.h"

#define TABLE_CHUNKS 6		/* answers in the window, at most */

struct table_rows {
	int n;			/* rows of all chunks */
	int nchunks;
	struct answer *chunk[TABLE_CHUNKS];
	bool has_before, has_after;	/* more lie beyond the window */
	char *before;		/* key of the last row that lies before it; NULL: none does */
};

struct table_rows *table_rows_new(void);
void table_rows_free(struct table_rows *r);	/* NULL is fine */

/* All of these take the answer. Instead of what there is: */
void table_rows_set(struct table_rows *r, struct answer *a);
/* Behind what there is; the first chunk goes when there are too many. key: column of keys. */
void table_rows_append(struct table_rows *r, struct answer *a, const char *key);
/* Before it; the last chunk goes when there are too many. */
void table_rows_prepend(struct table_rows *r, struct answer *a);

/* The answer that holds a row, and its place there. */
const struct answer *table_rows_at(const struct table_rows *r, int row, int *at);
/* Key of a row as text, in buf. */
const char *table_rows_key(const struct table_rows *r, int row, const char *key, char *buf,
			   size_t size);
#endif

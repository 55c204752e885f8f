/*
 * connectors/file/part.h
 *	The rows of one file, a batch at a time, with memory that stays flat.
 *
 * Each batch gets a block of its own from its arena, big enough for the rows
 * that fit the batch; the unfinished rest is carried over to the next. Only a
 * row that is longer than a block makes that one grow.
 *
 * Memory:  lives in its arena; cells point into the batch's arena.
 * Threads: one at a time.
 */
#ifndef CONNECTORS_FILE_PART_H
#define CONNECTORS_FILE_PART_H

#include "connectors/file/layout.h"

struct part;

/* Takes the feed over. is_sample: only what the feed has looked at is read. */
enum err_code part_open(struct arena *mem, const struct layout *l, struct feed *f, bool is_sample,
			struct part **out, struct err *err) MUST_USE;

/* NULL is fine; closes the feed, too. */
void part_close(struct part *p);

/* As part_close(), but the feed stays with the caller. */
void part_leave(struct part *p);

/* Adds rows, numbered from *row on; none are added at the end of the file. */
enum err_code part_read(struct part *p, struct batch *into, uint32_t max_rows, int64_t *row,
			struct err *err) MUST_USE;

/* JSON lines: enum jsonl_kind of column c so far; else 0. */
unsigned part_kinds(const struct part *p, int c);

struct feed *part_feed(struct part *p);
#endif

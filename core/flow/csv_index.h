/*
 * core/flow/csv_index.h
 *	Where delimiters and line ends stand that are not inside quotes.
 *
 * Works through the input in blocks of 64 bytes: each becomes a handful of
 * bit masks, one bit a byte, and quoted regions are the running exclusive or
 * of the quote bits. That is right only while quotes stand where they should;
 * each block is checked for it, and the first that is not stops the index, so
 * that the caller reads that row byte by byte.
 *
 * Memory:  the lists are the owner's; none grows here.
 * Threads: any; an index belongs to one.
 */
#ifndef CORE_FLOW_CSV_INDEX_H
#define CORE_FLOW_CSV_INDEX_H

#include "core/flow/csv.h"

#define CSV_BLOCK  64u
#define CSV_WINDOW 4096u	/* bytes a step; its lists fit the first-level cache */

/* One bit a byte of a block, the first byte lowest. */
struct csv_masks {
	uint64_t quote;
	uint64_t inside;	/* running exclusive or of quote, the bit itself included */
	uint64_t delimiter;
	uint64_t lf;
	uint64_t cr;
	uint64_t escape;
	uint64_t dirty;
};

struct csv_list {
	uint32_t *at;
	uint32_t n;
};

struct csv_index {
	char delimiter;
	char quote;
	char escape;
	void (*step)(struct csv_index *x, const char *data, size_t n);

	/* Offsets from data, rising. Owner empties them; each step adds at most CSV_WINDOW. */
	struct csv_list mark;	/* delimiters and line ends outside quotes */
	struct csv_list end;	/* indexes into mark: the line ends */
	struct csv_list brk;	/* line ends inside quotes */
	struct csv_list dirty;	/* blocks with a NUL or a byte over 0x7f */
	bool has_doubled;	/* somewhere a quote is doubled */
	bool is_odd;	/* stopped: marks are right up to `at` only */

	size_t at;	/* next byte to look at */
	uint64_t inside;	/* all ones: a quote is open */
	uint64_t may_open;	/* 1: a quote here opens a cell */
	uint64_t closed;	/* 1: the byte before closed a quote */
	uint64_t after_cr;
	struct csv_masks mask[CSV_WINDOW / CSV_BLOCK];	/* of the window at hand */
};

void csv_index_init(struct csv_index *x, const struct csv_dialect *d, enum csv_isa isa);

/* Starts (again) at a byte that begins a row; the lists are emptied. */
void csv_index_start(struct csv_index *x, size_t at);

/* Looks at the next window (less at the end of data). CSV_PAD bytes follow data. */
static inline void csv_index_step(struct csv_index *x, const char *data, size_t n)
{
	x->step(x, data, n);
}

/* The instructions that isa comes to on this machine. */
enum csv_isa csv_isa_pick(enum csv_isa isa);
#endif

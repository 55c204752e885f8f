/*
 * core/flow/hashset.h
 *	Values that were seen, by 128 bits of hash, with a number each.
 *
 * Two different values share 128 bits so rarely (1 in 10^24 for a billion
 * rows) that nobody will see it; in return a value costs 24 bytes, whatever
 * its length.
 *
 * Memory:  outside any arena; grows with the values. Freed by hashset_free().
 * Threads: one at a time.
 */
#ifndef CORE_FLOW_HASHSET_H
#define CORE_FLOW_HASHSET_H

#include "core/flow/batch.h"

struct hash128 {
	uint64_t a;
	uint64_t b;
};

struct hashset;

struct hashset *hashset_new(void);
void hashset_free(struct hashset *s);	/* NULL is fine */

/* Of a cell that is not null; equal values of one type have equal hashes (1.5 and 1.50). */
struct hash128 hash_cell(const struct column *c, uint32_t row);

/* The number kept for h, or -1. */
int64_t hashset_find(const struct hashset *s, struct hash128 h);

/* Keeps number (0 or more) for h, unless there is one: then that one is returned, else -1. */
int64_t hashset_add(struct hashset *s, struct hash128 h, int64_t number);

size_t hashset_count(const struct hashset *s);
#endif

/*
 * core/flow/tops.h
 *	The values that come most often, in a table of fixed size.
 *
 * Each value has a slot with a count. When all slots are taken, every count
 * goes down by the middle one and those at 0 leave (Misra and Gries, the
 * purge of Anderson and others): a count is never too high, and too low by
 * `floor` at most. While floor is 0, all of it is exact.
 *
 * A value that stays in its slot costs a look and an addition. Whoever has
 * more to do for a value does it when the slot is taken, and multiplies by
 * the rows seen when it is left: see tops_drop_fn.
 *
 * Memory:  in the arena given, at the start.
 * Threads: one at a time.
 */
#ifndef CORE_FLOW_TOPS_H
#define CORE_FLOW_TOPS_H

#include <stdint.h>

struct arena;

struct top {
	uint64_t hash;
	int64_t count;	/* at least so many rows; 0: free */
	int64_t seen;	/* rows since the slot was taken */
};

/* The slot is left: its value came `top->seen` times while it was there. */
typedef void (*tops_drop_fn)(void *ctx, uint32_t slot, const struct top *top);

struct tops {
	uint32_t max;	/* slots */
	uint32_t used;
	uint32_t mask;	/* of index */
	uint64_t *index;	/* 0: free; else the hash's upper 48 bits, and slot + 1 */
	struct top *top;
	uint32_t *spare;	/* free slots, the last is taken first */
	int64_t floor;
	tops_drop_fn drop;
	void *ctx;
};

/* max: a power of two, 16 to 32768. */
void tops_init(struct arena *mem, struct tops *t, uint32_t max, tops_drop_fn drop, void *ctx);

/* Takes a slot for a hash that has none; some may be dropped before. */
uint32_t tops_take(struct tops *t, uint64_t hash);

/* Counts one row of hash if it has a slot; else -1 and nothing happened. */
static inline int64_t tops_hit(struct tops *t, uint64_t hash)
{
	uint32_t i = (uint32_t)(hash >> 8) & t->mask;

	for (; t->index[i] != 0; i = (i + 1) & t->mask) {
		if ((t->index[i] ^ hash) >> 16 == 0) {
			uint32_t slot = (uint32_t)(t->index[i] & 0xffff) - 1;

			t->top[slot].count++;
			t->top[slot].seen++;
			return slot;
		}
	}
	return -1;
}

/* Tells drop() of every slot as if it were left, and counts `seen` anew. */
void tops_flush(struct tops *t);

/* The n slots of the highest counts into slot, highest first; how many there are. */
uint32_t tops_best(const struct tops *t, uint32_t n, uint32_t *slot);
#endif

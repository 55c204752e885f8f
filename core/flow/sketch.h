/*
 * core/flow/sketch.h
 *	How many different values there are, and how often, without keeping them.
 *
 * All of it goes by 64-bit hashes of values and takes the same memory however
 * many come by. A hll counts different hashes (HyperLogLog, with Ertl's
 * estimator). A sieve keeps the hashes below a bar, which falls as they become
 * too many: a fair sample of the different values, each with its exact number
 * of rows; while the bar has not fallen it is all of them.
 *
 * Memory:  in the arena given, at the start; nothing is allocated later.
 * Threads: one at a time.
 */
#ifndef CORE_FLOW_SKETCH_H
#define CORE_FLOW_SKETCH_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

struct hll {
	int bits;	/* 2^bits registers, a byte each; 4..16 */
	uint8_t *reg;
};

void hll_init(struct arena *mem, struct hll *h, int bits);
int64_t hll_count(const struct hll *h);
/* The standard error of hll_count(), as a share: 0.008 for 14 bits. */
double hll_error(const struct hll *h);

static inline void hll_add(struct hll *h, uint64_t hash)
{
	uint64_t i = hash >> (64 - h->bits);
	/* The bit behind keeps the rank of a tail of zeros in range. */
	uint64_t tail = hash << h->bits | UINT64_C(1) << (h->bits - 1);
	uint8_t rank = (uint8_t)(__builtin_clzll(tail) + 1);

	if (h->reg[i] < rank)
		h->reg[i] = rank;
}

struct sieve_entry {
	uint64_t hash;
	int64_t rows;	/* 0: free */
};

struct sieve {
	uint64_t bar;	/* hashes from here up are passed over; UINT64_MAX: none was */
	uint32_t used;
	uint32_t max;	/* entries before the bar falls */
	uint32_t slots;	/* a power of two, twice as many */
	struct sieve_entry *entry;
	struct sieve_entry *spare;
};

/* max: a power of two. */
void sieve_init(struct arena *mem, struct sieve *s, uint32_t max);

/* For hashes below the bar; see sieve_add(). */
void sieve_keep(struct sieve *s, uint64_t hash, int64_t rows);

static inline void sieve_add(struct sieve *s, uint64_t hash, int64_t rows)
{
	if (hash < s->bar)
		sieve_keep(s, hash, rows);
}

/* Whether every value that came is in it: then `used` is exact. */
static inline bool sieve_has_all(const struct sieve *s)
{
	return s->bar == UINT64_MAX;
}

/* Values in it that came more than once. */
uint32_t sieve_repeated(const struct sieve *s);
#endif

/*
 * core/flow/profile_node.h
 *	What the files of the profile share: the state of a field and of a pair.
 *
 * Memory:  in the profile's arena.
 * Threads: as profile.h says.
 */
#ifndef CORE_FLOW_PROFILE_NODE_H
#define CORE_FLOW_PROFILE_NODE_H

#include "core/flow/number.h"
#include "core/flow/profile.h"
#include "core/flow/sketch.h"
#include "core/flow/tops.h"

#define TEXT_KEPT    47
#define PATTERN_KEPT 31
#define PAIRS_MAX    8

/* What a slot of the tops says about its value. */
struct seen {
	struct decimal number;	/* INT, DECIMAL: the value; days and moments in coef */
	uint32_t chars;
	uint16_t pattern;	/* 1-based; 0: too many patterns */
	bool is_blank;
	bool is_misfit;
	bool is_cut;
	uint8_t n;
	char text[TEXT_KEPT];
};

struct kept {	/* the start of a text */
	uint8_t n;
	bool is_set;
	bool is_cut;
	char text[TEXT_KEPT];
};

struct pattern {
	uint64_t hash;
	int64_t rows;
	uint8_t n;
	char text[PATTERN_KEPT];
};

struct profile_col {
	struct type_spec type;
	const struct datefmt *format;	/* NULL: ISO */
	struct number_marks marks;
	bool is_plain;	/* numbers are as parse.h has them */

	struct tops tops;
	struct seen *seen;	/* by slot */
	struct hll hll;
	struct sieve sieve;
	struct pattern *pattern;
	int npatterns, patterns_max;
	int64_t other_patterns;

	int64_t rows, nulls, empty, misfits, values;	/* values: neither null, empty nor misfit */
	bool has_repeated;	/* a value was seen twice */
	struct kept misfit;
	struct kept low_text, high_text;	/* texts: by their bytes */
	struct decimal low, high;	/* has_range */
	double low_f, high_f;
	bool has_range;
	uint32_t min_chars, max_chars;
	int64_t chars;	/* of all values that are not null */
	struct decimal sum;
	bool has_no_sum;	/* past 38 digits */
};

struct profile_pair {
	int a, b;
	struct hll hll;
	struct sieve sieve;
	bool has_null;
};

struct profile {
	struct arena *mem;
	const struct schema *fields;
	int hll_bits;
	uint32_t sieve_max;
	struct profile_col *col;
	int npairs;	/* -1: not chosen yet */
	struct profile_pair pair[PAIRS_MAX];
	int64_t rows, unreadable, bytes;
	int nsayings;
	const char *saying[PROFILE_SAYINGS];
};

/* Which pairs to follow, from the first batch. */
void profile_choose(struct profile *p, const struct batch *b);

uint64_t profile_hash(const struct column *c, uint32_t row);

/* Letters to A, digits to 9, runs to A+ and 9+; *chars: how many characters s has. */
uint8_t profile_shape(struct slice s, char out[PATTERN_KEPT], uint32_t *chars);

/* No value came twice, as far as can be seen. */
static inline bool sketch_is_unique(const struct hll *h, const struct sieve *s, int64_t rows)
{
	int64_t apart;

	if (sieve_has_all(s))
		return s->used == rows && sieve_repeated(s) == 0;
	apart = hll_count(h) - rows;
	return sieve_repeated(s) == 0 &&
	       (double)(apart < 0 ? -apart : apart) <= 4 * hll_error(h) * (double)rows;
}
#endif

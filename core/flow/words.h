/*
 * core/flow/words.h
 *	What words in names of fields mean, in eight languages.
 *
 * A concept is a line of words that mean the same: English, German, French,
 * Spanish, Italian, Dutch, Polish and Portuguese ones and their usual
 * abbreviations, without diacritics, in lower case; words that belong
 * together are joined by _. A word may stand in several lines. The table is
 * compiled in; words_new() makes a dictionary of it.
 *
 * Memory:  the dictionary in the arena given, some hundred kB.
 * Threads: any; a dictionary does not change once made.
 */
#ifndef CORE_FLOW_WORDS_H
#define CORE_FLOW_WORDS_H

#include <stdint.h>

#include "core/base/buf.h"

struct arena;

struct words_concept {
	const char *name;	/* NULL ends the list */
	int weight;	/* in tenths, how much it says about a field: 10 much, 2 next to nothing */
	const char *words;	/* parted by blanks; the name is one of them by itself */
};

/* Two concepts that are close: a price and an amount. */
struct words_near {
	const char *a, *b;	/* NULL ends the list */
	int percent;
};

/* A name that stands for several words. */
struct words_long {
	const char *word;	/* NULL ends the list */
	const char *means;	/* words, parted by blanks */
};

extern const struct words_concept words_concepts[];
extern const struct words_long words_longs[];
extern const struct words_near words_nears[];

#define WORDS_MEANINGS 4	/* of one word */

struct words_entry {
	struct slice word;
	int n;
	int16_t concept[WORDS_MEANINGS];	/* places in words_concepts[] */
};

struct words;

struct words *words_new(struct arena *mem);

/* NULL: nobody knows it. Also tries ae, oe, ue as a, o, u. */
const struct words_entry *words_find(const struct words *w, struct slice word);

/* Like the above, of n words joined by _. */
const struct words_entry *words_find_joined(const struct words *w, const struct slice *word, int n);

/* 1 for the same concept, else how close the two are, 0..1. */
double words_closeness(const struct words *w, int a, int b);

/* Place of the concept of that name; -1: none. */
int words_concept(const struct words *w, const char *name);
#endif

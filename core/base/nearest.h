/*
 * core/base/nearest.h
 *	Which of the words that exist somebody meant who typed another one.
 *
 * Give what was typed, then every word that would have been right; the
 * nearest of them is the answer, unless even that one is too far away to be
 * meant. Of equally near words the first one stands.
 *
 * Memory:  nothing is allocated; words are borrowed until nearest_best().
 * Threads: any.
 */
#ifndef CORE_BASE_NEAREST_H
#define CORE_BASE_NEAREST_H

struct nearest {
	const char *typed;
	const char *best;	/* so far; NULL: no word was tried */
	int steps;		/* from typed to best */
};

void nearest_init(struct nearest *n, const char *typed);
void nearest_try(struct nearest *n, const char *word);

/* NULL: no word is near enough to be suggested. */
const char *nearest_best(const struct nearest *n);

/* Steps (insertions, deletions, changes, swaps) from a to b; long texts count as far. */
int nearest_distance(const char *a, const char *b);
#endif

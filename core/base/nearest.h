/*
 * core/base/nearest.h
 *	How far a typo is from a word that exists.
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef CORE_BASE_NEAREST_H
#define CORE_BASE_NEAREST_H

#include <stdbool.h>

/* Steps (insertions, deletions, changes, swaps) from a to b; long texts count as far. */
int nearest_distance(const char *a, const char *b);

/* Whether a typo of that many steps is near enough to suggest. */
bool nearest_is_near(const char *typed, int distance);
#endif

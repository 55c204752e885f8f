/*
 * core/base/nearest.c
 *	How far a typo is from a word that exists.
 */
#include "core/base/nearest.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define WORD_MAX 48	/* longer words are no typos */

static int min3(int a, int b, int c)
{
	int m = a < b ? a : b;

	return m < c ? m : c;
}

int nearest_distance(const char *a, const char *b)
{
	int row[3][WORD_MAX + 1];
	size_t na = strlen(a), nb = strlen(b);

	if (na > WORD_MAX || nb > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= nb; j++)
		row[0][j] = (int)j;
	for (size_t i = 1; i <= na; i++) {
		int *cur = row[i % 3], *up = row[(i + 2) % 3], *upup = row[(i + 1) % 3];

		cur[0] = (int)i;
		for (size_t j = 1; j <= nb; j++) {
			int change = a[i - 1] == b[j - 1] ? 0 : 1;

			cur[j] = min3(up[j] + 1, cur[j - 1] + 1, up[j - 1] + change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    upup[j - 2] + 1 < cur[j])
				cur[j] = upup[j - 2] + 1;
		}
	}
	return row[na % 3][nb];
}

/* Short words are near by one step only: most of them differ by two. */
static bool is_near(const char *typed, int steps)
{
	size_t n = strlen(typed);

	return steps <= (n <= 3 ? 1 : n <= 6 ? 2 : 3);
}

void nearest_init(struct nearest *n, const char *typed)
{
	*n = (struct nearest){ .typed = typed, .steps = INT_MAX };
}

void nearest_try(struct nearest *n, const char *word)
{
	int steps = nearest_distance(n->typed, word);

	if (steps >= n->steps)
		return;
	n->steps = steps;
	n->best = word;
}

const char *nearest_best(const struct nearest *n)
{
	return n->best != NULL && is_near(n->typed, n->steps) ? n->best : NULL;
}

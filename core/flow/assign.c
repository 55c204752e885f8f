/*
 * core/flow/assign.c
 *	The Hungarian method.
 *
 * Rows enter one after the other. Each looks for the cheapest way to a free
 * column, over columns whose rows move on; prices (u of rows, v of columns)
 * keep every step's true cost at 0 or more, so that the cheapest way is found as
 * in a graph without negative edges. One column of its own, worth nothing,
 * stands for a row that stays alone.
 */
#include "core/flow/assign.h"

#include <stdbool.h>
#include <string.h>

#include "core/base/arena.h"

struct work {
	int nrows, ncols, all;	/* all: real columns and one for each row */
	const int32_t *gain;
	int64_t *u, *v;
	int *row_of;	/* by column, 1-based; 0: free */
	int *came_from;
	int64_t *least;
	bool *is_done;
};

/* What it costs to give column c to row r; both 1-based. */
static int64_t cost(const struct work *w, int r, int c)
{
	int32_t g;

	if (c > w->ncols)	/* a row's own, and nobody else's */
		return c - w->ncols == r ? 0 : INT32_MAX;
	g = w->gain[(size_t)(r - 1) * (size_t)w->ncols + (size_t)(c - 1)];
	return g > 0 ? -(int64_t)g : INT32_MAX;
}

/* The nearest column not yet done, over those that are; moves the prices there. */
static int step(struct work *w, int at)
{
	int r = w->row_of[at], next = 0;
	int64_t delta = INT64_MAX;

	w->is_done[at] = true;
	for (int c = 1; c <= w->all; c++) {
		int64_t here;

		if (w->is_done[c])
			continue;
		here = cost(w, r, c) - w->u[r] - w->v[c];
		if (here < w->least[c]) {
			w->least[c] = here;
			w->came_from[c] = at;
		}
		if (w->least[c] < delta) {
			delta = w->least[c];
			next = c;
		}
	}
	for (int c = 0; c <= w->all; c++) {
		if (w->is_done[c]) {
			w->u[w->row_of[c]] += delta;
			w->v[c] -= delta;
		} else {
			w->least[c] -= delta;
		}
	}
	return next;
}

static void enter(struct work *w, int r)
{
	int at = 0;

	w->row_of[0] = r;
	memset(w->is_done, 0, ((size_t)w->all + 1) * sizeof(*w->is_done));
	for (int c = 0; c <= w->all; c++)
		w->least[c] = INT64_MAX / 4;
	do {
		at = step(w, at);
	} while (w->row_of[at] != 0);
	for (; at != 0; at = w->came_from[at])
		w->row_of[at] = w->row_of[w->came_from[at]];
}

void assign_best(struct arena *mem, int nrows, int ncols, const int32_t *gain, int *column)
{
	struct work w = { .nrows = nrows, .ncols = ncols, .all = ncols + nrows, .gain = gain };
	size_t n = (size_t)w.all + 1;

	w.u = arena_array(mem, (size_t)nrows + 1, sizeof(*w.u));
	w.v = arena_array(mem, n, sizeof(*w.v));
	w.row_of = arena_array(mem, n, sizeof(*w.row_of));
	w.came_from = arena_array(mem, n, sizeof(*w.came_from));
	w.least = arena_array(mem, n, sizeof(*w.least));
	w.is_done = arena_array(mem, n, sizeof(*w.is_done));
	for (int r = 1; r <= nrows; r++)
		enter(&w, r);
	for (int r = 0; r < nrows; r++)
		column[r] = -1;
	for (int c = 1; c <= ncols; c++)
		if (w.row_of[c] > 0)
			column[w.row_of[c] - 1] = c - 1;
}

/*
 * core/flow/match_past.c
 *	Values that both sides have, and what was decided before.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/match_priv.h"

/* ---- the same values ------------------------------------------------------------ */

struct overlap {
	const struct match_ask *ask;
	struct set {
		uint64_t *hash;	/* rising */
		int n;
	} *source, *target;
};

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t hash_text(const char *s)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
	return h;
}

static struct set *sets(struct arena *mem, int n, const struct match_field *f)
{
	struct set *all = arena_array(mem, (size_t)n + 1, sizeof(*all));

	for (int i = 0; i < n; i++) {
		const struct profile_field *v = f[i].values;
		int many = v != NULL ? v->ntops : 0;

		all[i].hash = arena_array(mem, (size_t)many + 1, sizeof(uint64_t));
		for (int k = 0; k < many; k++)
			if (v->top[k].text[0] != '\0')
				all[i].hash[all[i].n++] = hash_text(v->top[k].text);
		qsort(all[i].hash, (size_t)all[i].n, sizeof(uint64_t), by_value);
	}
	return all;
}

void *match_overlap_begin(struct arena *mem, const struct match_ask *ask)
{
	struct overlap *o = arena_alloc(mem, sizeof(*o));

	o->ask = ask;
	o->source = sets(mem, ask->nsources, ask->source);
	o->target = sets(mem, ask->ntargets, ask->target);
	return o;
}

static int shared(const struct set *a, const struct set *b)
{
	int n = 0;

	for (int i = 0, k = 0; i < a->n && k < b->n;) {
		if (a->hash[i] == b->hash[k]) {
			n++;
			i++;
			k++;
		} else if (a->hash[i] < b->hash[k]) {
			i++;
		} else {
			k++;
		}
	}
	return n;
}

static const struct match_found *found_of(const struct match_ask *ask, int s, int t)
{
	for (int i = 0; i < ask->nfound; i++)
		if (ask->found[i].source == s && ask->found[i].target == t &&
		    ask->found[i].asked > 0)
			return &ask->found[i];
	return NULL;
}

/* Few small numbers are the same everywhere. */
static bool says_little(const struct match_field *f)
{
	return f->type.type == TYPE_BOOL ||
	       (f->type.type != TYPE_TEXT && f->values->mean_chars < 4);
}

/* The whole of a short list of values was seen. */
static bool is_short_list(const struct profile_field *v)
{
	return v->distinct_error <= 0 && v->distinct <= 50 && v->distinct * 2 <= v->rows - v->nulls;
}

double match_overlap_score(void *state, int source, int target)
{
	const struct overlap *o = state;
	const struct match_field *s = &o->ask->source[source], *t = &o->ask->target[target];
	const struct set *a = &o->source[source], *b = &o->target[target];
	const struct match_found *found = found_of(o->ask, source, target);
	int same, fewer;

	if (found != NULL)
		return (double)found->found / (double)found->asked;
	if (a->n == 0 || b->n == 0 || s->type.type != t->type.type || says_little(s))
		return -1;
	same = shared(a, b);
	fewer = a->n < b->n ? a->n : b->n;
	if (same == 0)
		return is_short_list(s->values) && is_short_list(t->values) ? 0 : -1;
	return 0.4 + 0.6 * same / fewer;
}

const char *match_overlap_why(void *state, struct arena *mem, int source, int target)
{
	const struct overlap *o = state;
	const struct match_found *found = found_of(o->ask, source, target);

	if (found != NULL)
		return arena_printf(mem, "%lld of %lld values are keys there",
				    (long long)found->found, (long long)found->asked);
	return arena_printf(mem, "%d of %d values the same",
			    shared(&o->source[source], &o->target[target]),
			    o->source[source].n < o->target[target].n ? o->source[source].n
								      : o->target[target].n);
}

/* ---- what was decided before ------------------------------------------------------ */

struct history {
	const struct match_ask *ask;
	const char **source, **target;	/* normal names */
};

static const char **normals(struct arena *mem, int n, const struct match_field *f)
{
	const char **all = arena_array(mem, (size_t)n + 1, sizeof(*all));

	for (int i = 0; i < n; i++)
		all[i] = match_normal(mem, f[i].name);
	return all;
}

void *match_history_begin(struct arena *mem, const struct match_ask *ask)
{
	struct history *h = arena_alloc(mem, sizeof(*h));

	h->ask = ask;
	if (ask->npast > 0) {
		h->source = normals(mem, ask->nsources, ask->source);
		h->target = normals(mem, ask->ntargets, ask->target);
	}
	return h;
}

static const struct match_past *past_of(const struct history *h, int s, int t)
{
	for (int i = 0; i < h->ask->npast; i++) {
		const struct match_past *p = &h->ask->past[i];

		if (strcmp(p->source, h->source[s]) == 0 && strcmp(p->target, h->target[t]) == 0)
			return p;
	}
	return NULL;
}

double match_history_score(void *state, int source, int target)
{
	const struct match_past *p = past_of(state, source, target);

	if (p == NULL || p->accepted + p->refused <= 0)
		return -1;
	/* One decision is worth something, many are worth more. */
	return ((double)p->accepted + 0.5) / (double)(p->accepted + p->refused + 1);
}

const char *match_history_why(void *state, struct arena *mem, int source, int target)
{
	const struct match_past *p = past_of(state, source, target);

	return arena_printf(mem, "%lld of %lld", (long long)p->accepted,
			    (long long)(p->accepted + p->refused));
}

/*
 * core/flow/match.c
 *	Scores of all pairs, the best candidates of each target, one assignment.
 */
#include "core/flow/match.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/assign.h"
#include "core/flow/match_priv.h"

/*
 * What a pair is worth of which nothing speaks for or against, in logits:
 * most pairs are none.
 */
#define BASE (-1.5)

/* Weights and middles were set by tests/bench/matching on its half `dev`. */
static const struct match_scorer scorers[] = {
	{ "name", 8, 0.4125, match_name_begin, match_name_score, match_name_why },
	{ "type", 5, 0.85, match_type_begin, match_type_score, match_type_why },
	{ "values", 4, 0.6, match_type_begin, match_values_score, NULL },
	{ "kind", 3, 0.35, match_kind_begin, match_kind_score, match_kind_why },
	{ "overlap", 4, 0.3, match_overlap_begin, match_overlap_score, match_overlap_why },
	{ "history", 14, 0.5, match_history_begin, match_history_score, match_history_why },
	{ "place", 1.5, 0.7, match_type_begin, match_place_score, NULL },
};

const struct match_scorer *match_scorers(int *n)
{
	*n = (int)(sizeof(scorers) / sizeof(scorers[0]));
	return scorers;
}

struct run {
	struct arena *mem, *work;
	const struct match_ask *ask;
	int ns, nt;
	int nscorers;
	const struct match_scorer *scorer;
	void **state;	/* of each scorer */
	float *score;	/* nt x ns, 0..100 */
	int *fixed;	/* by target: source, -1: none, -2: not fixed */
	bool *is_taken;	/* by source: a fixed target has it */
	int least;
};

static double pair_score(const struct run *r, int s, int t)
{
	double z = BASE;

	for (int i = 0; i < r->nscorers; i++) {
		const struct match_scorer *one = &r->scorer[i];
		double v = one->score(r->state[i], s, t);

		if (v >= 0)
			z += one->weight * (v - one->middle);
	}
	return 100 / (1 + exp(-z));
}

static void read_fixed(struct run *r)
{
	r->fixed = arena_array(r->work, (size_t)r->nt + 1, sizeof(*r->fixed));
	r->is_taken = arena_array(r->work, (size_t)r->ns + 1, sizeof(*r->is_taken));
	for (int t = 0; t < r->nt; t++)
		r->fixed[t] = -2;
	for (int i = 0; i < r->ask->nfixed; i++) {
		const struct match_fixed *f = &r->ask->fixed[i];

		if (f->target < 0 || f->target >= r->nt || f->source < -1 || f->source >= r->ns)
			continue;
		r->fixed[f->target] = f->source;
		if (f->source >= 0)
			r->is_taken[f->source] = true;
	}
}

/* What nobody has decided, over all at once. */
static void assign(struct run *r, int *source_of)
{
	int *target = arena_array(r->work, (size_t)r->nt + 1, sizeof(*target));
	int *source = arena_array(r->work, (size_t)r->ns + 1, sizeof(*source));
	int *column = arena_array(r->work, (size_t)r->nt + 1, sizeof(*column));
	int nt = 0, ns = 0;
	int32_t *gain;

	for (int t = 0; t < r->nt; t++) {
		source_of[t] = r->fixed[t] == -2 ? -1 : r->fixed[t];
		if (r->fixed[t] == -2)
			target[nt++] = t;
	}
	for (int s = 0; s < r->ns; s++)
		if (!r->is_taken[s])
			source[ns++] = s;
	gain = arena_array(r->work, (size_t)nt * (size_t)ns + 1, sizeof(*gain));
	for (int t = 0; t < nt; t++) {
		for (int s = 0; s < ns; s++) {
			float v = r->score[(size_t)target[t] * (size_t)r->ns + (size_t)source[s]];

			if (lroundf(v) >= r->least)
				gain[(size_t)t * (size_t)ns + (size_t)s] =
					(int32_t)lroundf(v * 1000);
		}
	}
	assign_best(r->work, nt, ns, gain, column);
	for (int t = 0; t < nt; t++)
		if (column[t] >= 0)
			source_of[target[t]] = source[column[t]];
}

static void put_reasons(struct run *r, int t, struct match_candidate *c)
{
	for (int i = 0; i < r->nscorers && c->nreasons < MATCH_REASONS_MAX; i++) {
		const struct match_scorer *one = &r->scorer[i];
		double v = one->score(r->state[i], c->source, t);
		struct match_reason *reason;

		if (v < 0)
			continue;
		reason = &c->reason[c->nreasons++];
		*reason = (struct match_reason){ .what = one->name, .score = v };
		if (one->why != NULL)
			reason->why = one->why(r->state[i], r->mem, c->source, t);
	}
}

/* As it is shown. */
static int rounded(float score)
{
	return (int)lroundf(score);
}

/*
 * The best `most` of the target, equal ones in the order of the sources. One that nothing speaks
 * for is none, unless a person has chosen it.
 */
static void put_candidates(struct run *r, int t, int most, int assigned,
			   struct match_target *out)
{
	const float *row = &r->score[(size_t)t * (size_t)r->ns];
	struct match_candidate *c;
	int *best = arena_array(r->work, (size_t)most + 1, sizeof(*best));
	bool has_assigned = assigned < 0;
	int n = 0;

	for (int s = 0; s < r->ns; s++) {
		int at = most;

		if (rounded(row[s]) == 0)
			continue;
		if (n < most)
			at = n++;
		for (; at > 0 && row[best[at - 1]] < row[s]; at--)
			if (at < most)
				best[at] = best[at - 1];
		if (at < most)
			best[at] = s;
	}
	for (int i = 0; i < n; i++)
		has_assigned |= best[i] == assigned;
	if (!has_assigned) {
		n += n < most;
		best[n - 1] = assigned;
	}
	c = arena_array(r->mem, (size_t)n + 1, sizeof(*c));
	for (int i = 0; i < n; i++) {
		c[i].source = best[i];
		c[i].score = rounded(row[best[i]]);
		c[i].is_assigned = best[i] == assigned;
		put_reasons(r, t, &c[i]);
	}
	*out = (struct match_target){ .ncandidates = n, .candidate = c, .assigned = assigned,
				      .is_fixed = r->fixed[t] != -2 };
}

static void put_unused(struct run *r, const int *source_of, struct match_answer *out)
{
	bool *used = arena_array(r->work, (size_t)r->ns + 1, sizeof(*used));

	for (int t = 0; t < r->nt; t++)
		if (source_of[t] >= 0)
			used[source_of[t]] = true;
	out->unused = arena_array(r->mem, (size_t)r->ns + 1, sizeof(*out->unused));
	for (int s = 0; s < r->ns; s++)
		if (!used[s])
			out->unused[out->nunused++] = s;
}

static int capped(int n)
{
	return n < MATCH_FIELDS_MAX ? n : MATCH_FIELDS_MAX;
}

void match_run(struct arena *mem, const struct match_ask *ask, struct match_answer *out)
{
	struct match_ask seen = *ask;
	struct run r = { .mem = mem, .work = arena_new(mem, "match"), .ask = &seen,
			 .ns = capped(ask->nsources), .nt = capped(ask->ntargets),
			 .least = ask->least > 0 ? ask->least : MATCH_LEAST,
			 .nscorers = ask->nscorers, .scorer = ask->scorer };
	int most = ask->most > 0 ? ask->most : MATCH_MOST;
	int *source_of = arena_array(r.work, (size_t)r.nt + 1, sizeof(*source_of));

	seen.nsources = r.ns;
	seen.ntargets = r.nt;
	if (r.nscorers == 0)
		r.scorer = match_scorers(&r.nscorers);
	r.state = arena_array(r.work, (size_t)r.nscorers, sizeof(*r.state));
	for (int i = 0; i < r.nscorers; i++)
		if (r.scorer[i].begin != NULL)
			r.state[i] = r.scorer[i].begin(r.work, &seen);
	r.score = arena_array(r.work, (size_t)r.nt * (size_t)r.ns + 1, sizeof(*r.score));
	for (int t = 0; t < r.nt; t++)
		for (int s = 0; s < r.ns; s++)
			r.score[(size_t)t * (size_t)r.ns + (size_t)s] = (float)pair_score(&r, s, t);
	read_fixed(&r);
	assign(&r, source_of);
	*out = (struct match_answer){ .ntargets = r.nt };
	out->target = arena_array(mem, (size_t)r.nt + 1, sizeof(*out->target));
	for (int t = 0; t < r.nt; t++)
		put_candidates(&r, t, most < r.ns ? most : r.ns, source_of[t], &out->target[t]);
	put_unused(&r, source_of, out);
	arena_free(r.work);
}

const char *match_reasons(struct arena *mem, const struct match_candidate *c)
{
	struct buf all;
	const char *out;

	buf_init(&all, 4096);
	for (int i = 0; i < c->nreasons; i++) {
		const struct match_reason *r = &c->reason[i];
		int percent = (int)lround(r->score * 100);

		buf_addf(&all, "%s%s ", i > 0 ? " " : "", r->what);
		if (percent >= 100)
			buf_adds(&all, "1");
		else
			buf_addf(&all, ".%02d", percent);
		if (r->why != NULL)
			buf_addf(&all, " (%s)", r->why);
	}
	out = arena_strdup(mem, buf_str(&all));
	buf_release(&all);
	return out;
}

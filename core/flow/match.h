/*
 * core/flow/match.h
 *	Which source field belongs to which target field: candidates and reasons.
 *
 * match_run() gives each target field up to `most` candidates, each with a
 * score from 1 to 100 and the reasons it comes from, and one assignment over
 * all: every source at most once, every target at most once, the sum of the
 * scores as large as can be, and nothing below `least`. What a person has
 * decided comes in as `fixed` and stays as it is, also where the score is low.
 *
 * It asks no database and knows no file: whoever calls has described both
 * sides, profiled a sample of each (profile.h), asked for keys that were
 * found, and read what the organization decided before (core/meta/matching.h).
 * All but the names may be missing. The same ask gives the same answer.
 *
 * A score is the sum of what the scorers say, each with its weight, put
 * between 0 and 100 by a logistic curve. A further scorer (a model, say) is one
 * more entry of the list: it may raise and lower candidates like the others.
 *
 *	struct match_ask ask = { .nsources = n, .source = s, .ntargets = m, .target = t };
 *	struct match_answer answer;
 *
 *	match_run(mem, &ask, &answer);
 *	answer.target[3].candidate[0].source ...
 *
 * Memory:  answer and texts in mem; what is asked with is borrowed until the
 *	answer is no longer used.
 * Threads: any; a call keeps nothing.
 */
#ifndef CORE_FLOW_MATCH_H
#define CORE_FLOW_MATCH_H

#include "core/flow/profile.h"

#define MATCH_FIELDS_MAX  2000	/* of a side; the work grows with their product */
#define MATCH_MOST        5	/* candidates a target when nothing is said */
#define MATCH_LEAST       40	/* score below which nothing is assigned */
#define MATCH_REASONS_MAX 12

struct match_field {
	const char *name;
	struct type_spec type;
	bool is_key;	/* unique on its side, as far as anybody knows */
	/*
	 * What a sample has in it; NULL: nobody looked, or there are no rows. Only
	 * rows, nulls, distinct, lengths, min, max, top and pattern are read.
	 */
	const struct profile_field *values;
};

/* A pair of names that this organization accepted or refused before. */
struct match_past {
	const char *source, *target;	/* as match_normal() writes them */
	int64_t accepted, refused;
};

/* What a person has decided; the source -1: this target gets nothing. */
struct match_fixed {
	int target, source;
};

/* Sampled values of a source that were looked for in a unique field of the target. */
struct match_found {
	int source, target;
	int64_t asked, found;
};

struct match_ask {
	int nsources;
	const struct match_field *source;
	int ntargets;
	const struct match_field *target;
	int npast;
	const struct match_past *past;
	int nfixed;
	const struct match_fixed *fixed;
	int nfound;
	const struct match_found *found;
	int most;	/* candidates a target; 0: MATCH_MOST */
	int least;	/* 1..100; 0: MATCH_LEAST */
	int nscorers;	/* 0: match_scorers() */
	const struct match_scorer *scorer;
};

/*
 * One kind of evidence. weight: how much a score of 1 adds to one of 0 (in
 * logits); middle: the score that speaks neither for nor against.
 */
struct match_scorer {
	const char *name;	/* the reason's, "name" */
	double weight;
	double middle;
	/* Looks at the whole ask once; what it returns is the others' state. May be NULL. */
	void *(*begin)(struct arena *mem, const struct match_ask *ask);
	/* 0..1, or below 0: nothing to say about this pair. */
	double (*score)(void *state, int source, int target);
	/* A few words on a pair that is shown ("amt~amount"), or NULL. May be NULL. */
	const char *(*why)(void *state, struct arena *mem, int source, int target);
};

/* The scorers of this house: name, type, values, kind, overlap, history, place. */
const struct match_scorer *match_scorers(int *n);

struct match_reason {
	const char *what;	/* the scorer's name */
	double score;	/* 0..1 */
	const char *why;	/* NULL: no more to say */
};

struct match_candidate {
	int source;
	int score;	/* 1..100; 0: a person has chosen it all the same */
	bool is_assigned;
	int nreasons;
	struct match_reason reason[MATCH_REASONS_MAX];
};

struct match_target {
	int ncandidates;	/* best first; an assigned or fixed source is always among them */
	struct match_candidate *candidate;
	int assigned;	/* a source, or -1 */
	bool is_fixed;	/* a person has decided */
};

struct match_answer {
	int ntargets;
	struct match_target *target;
	int nunused;	/* sources that no target has got */
	int *unused;
};

/* Fixed pairs out of range are passed over. More than MATCH_FIELDS_MAX fields: the first ones. */
void match_run(struct arena *mem, const struct match_ask *ask, struct match_answer *out);

/* "name .74 (amt~amount) type .60 values .95" in mem. */
const char *match_reasons(struct arena *mem, const struct match_candidate *c);

/*
 * A name as decisions are remembered by: its words in lower case without
 * diacritics, joined by _ ("Kunden-Nr." and "kundenNr" are "kunden_nr").
 */
const char *match_normal(struct arena *mem, const char *name);
#endif

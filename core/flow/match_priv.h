/*
 * core/flow/match_priv.h
 *	What the files of matching share.
 *
 * Memory:  in the arena of the call.
 * Threads: any.
 */
#ifndef CORE_FLOW_MATCH_PRIV_H
#define CORE_FLOW_MATCH_PRIV_H

#include "core/flow/match.h"
#include "core/flow/words.h"

#define TOKENS_MAX 12	/* of a name; what comes behind says nothing */

struct token {
	struct slice text;	/* folded: lower case, without diacritics */
	const struct words_entry *entry;	/* NULL: no known word */
};

struct tokens {
	int n;
	struct token t[TOKENS_MAX];
};

/* The words of a name as they stand, folded; entry is not set. */
void match_split(struct arena *mem, const char *name, struct tokens *out);

/* The same with compounds parted, phrases joined and known words found. */
void match_words(struct arena *mem, const struct words *w, const char *name, struct tokens *out);

/* How alike two folded texts are, 0..1: Jaro and Winkler's. */
double match_jaro(struct slice a, struct slice b);

/* Shared pairs of three letters, 0..1: Dice's, of texts with blanks around them. */
double match_trigrams(struct slice a, struct slice b);

/* 0..1: a is a short form of b (amt, amount), or the other way round. */
double match_short(struct slice a, struct slice b);

void *match_name_begin(struct arena *mem, const struct match_ask *ask);
double match_name_score(void *state, int s, int t);
const char *match_name_why(void *state, struct arena *mem, int s, int t);

void *match_type_begin(struct arena *mem, const struct match_ask *ask);
double match_type_score(void *state, int s, int t);
const char *match_type_why(void *state, struct arena *mem, int s, int t);

double match_values_score(void *state, int s, int t);

void *match_kind_begin(struct arena *mem, const struct match_ask *ask);
double match_kind_score(void *state, int s, int t);
const char *match_kind_why(void *state, struct arena *mem, int s, int t);

void *match_overlap_begin(struct arena *mem, const struct match_ask *ask);
double match_overlap_score(void *state, int s, int t);
const char *match_overlap_why(void *state, struct arena *mem, int s, int t);

void *match_history_begin(struct arena *mem, const struct match_ask *ask);
double match_history_score(void *state, int s, int t);
const char *match_history_why(void *state, struct arena *mem, int s, int t);

double match_place_score(void *state, int s, int t);
#endif

/*
 * tests/lib/matchcase.h
 *	Pairs of schemas with known answers, and how well they are matched.
 *
 * A case is a text file: "s NAME TYPE : VALUE | VALUE" is a source field, "t NAME
 * TYPE [key] = SOURCE : VALUE | ..." a target field with the source that belongs
 * to it, or - for none; the values may be missing.
 *
 * Memory:  in the arena given.
 * Threads: one.
 */
#ifndef TESTS_LIB_MATCHCASE_H
#define TESTS_LIB_MATCHCASE_H

#include "core/flow/match.h"

struct matchcase {
	const char *name;
	struct match_ask ask;
	int *truth;	/* by target: source, or -1 */
};

struct matchcase_sum {
	int cases;
	int fields;	/* of targets */
	int matches;	/* that there are */
	int found;	/* of them, among as many best pairs of their case as it has matches */
	double ranks;	/* sum of the places of the right sources among all */
	int right, wrong;	/* assigned */
	double ms;
};

/* Every *.txt of the folder; exits when one cannot be read. *n of them. */
struct matchcase *matchcase_read(struct arena *mem, const char *folder, int *n);

/* Runs a case and adds to sum. say: also prints what went wrong. */
void matchcase_run(struct arena *mem, const struct matchcase *c, bool say,
		   struct matchcase_sum *sum);
#endif

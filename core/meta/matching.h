/*
 * core/meta/matching.h
 *	What an organization decided on pairs of field names: accepted, refused, how often.
 *
 * Names are those of match_normal() (core/flow/match.h); this module keeps
 * them as they are given. A decision belongs here once a person has made it: when a
 * mapping is published, or a suggestion is turned down. Runs as META_APP.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_MATCHING_H
#define CORE_META_MATCHING_H

#include <stdint.h>

#include "core/base/err.h"

struct arena;
struct db;

#define MATCHING_NAME_MAX 600	/* bytes; longer names are passed over */

struct matching {
	const char *source, *target;
	int64_t accepted, refused;
};
struct matching_list {
	int n;
	struct matching *m;
};

/* What is known of the pairs of these sources with these targets, in a fixed order. */
enum err_code matching_list(struct arena *mem, struct db *db, int nsources,
			    const char *const *source, int ntargets, const char *const *target,
			    struct matching_list *out, struct err *err) MUST_USE;

/* Adds to what is known; the same pair may come more than once. */
enum err_code matching_note(struct db *db, int n, const struct matching *made,
			    struct err *err) MUST_USE;
#endif

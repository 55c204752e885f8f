/*
 * core/command/suggest.h
 *	Suggestions for real ends: both are described and sampled, then matched.
 *
 * Reads samples of both sides, looks up sampled values in the target's primary
 * key, asks what the organization decided before, and calls match_run(). The
 * indexes of the answer are those of source and target here; fields that the
 * other side fills itself are no targets.
 *
 * Memory:  everything in the arena of the call.
 * Threads: one.
 */
#ifndef CORE_COMMAND_SUGGEST_H
#define CORE_COMMAND_SUGGEST_H

#include "core/command/command.h"
#include "core/flow/match.h"
#include "core/flow/pipeline.h"

#define SUGGEST_ROWS 10000	/* of a sample when nothing is said */

/* What a person has decided, by names; source NULL: this target gets nothing. */
struct suggest_fixed {
	const char *target, *source;
};

struct suggest_ask {
	struct pipeline_end source, target;
	int64_t rows;	/* of a sample; 0: SUGGEST_ROWS */
	int most, least;	/* as in match_ask */
	int nfixed;
	const struct suggest_fixed *fixed;
	/* The fixed names may be unknown: an expression of a mapping. Else ERR_NOT_FOUND. */
	bool is_lenient;
};

struct suggest {
	struct match_ask ask;	/* names, types and values of both sides */
	struct match_answer answer;
};

/* ERR_NOT_FOUND: the target does not exist, or a fixed name does not. */
enum err_code suggest_run(struct cmd_ctx *ctx, const struct suggest_ask *what,
			  struct suggest *out, struct err *err) MUST_USE;
#endif

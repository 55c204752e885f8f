/*
 * core/command/backfill.h
 *	One job for each slot of a span of the past.
 *
 * Memory:  in the arena of the call.
 * Threads: one.
 */
#ifndef CORE_COMMAND_BACKFILL_H
#define CORE_COMMAND_BACKFILL_H

#include "core/command/command.h"

struct job_request;
struct pipeline;
struct pipeline_row;

#define BACKFILL_ASK 100	/* more jobs than this want --yes */
#define BACKFILL_MAX 10000

/*
 * Reads --backfill, --schedule, --every and --tz of the call, and adds the jobs in one
 * transaction, oldest first, for whoever works; with --dry-run only shows them. Answers
 * one row a job. p: what they run; request: kind, pipeline_id and max_attempts.
 */
enum err_code backfill(struct cmd_ctx *ctx, const struct cmd_args *in,
		       const struct pipeline_row *row, const struct pipeline *p,
		       struct job_request *request, struct reply *out, struct err *err) MUST_USE;
#endif

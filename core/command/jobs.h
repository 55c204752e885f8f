/*
 * core/command/jobs.h
 *	What the commands that make and follow jobs have in common.
 *
 * Memory:  in the arena of the call.
 * Threads: one; progress comes from a thread of the engine.
 */
#ifndef CORE_COMMAND_JOBS_H
#define CORE_COMMAND_JOBS_H

#include "core/command/command.h"
#include "core/engine/engine.h"

struct job_filter;
struct job_request;
struct pipeline;
struct terms;

#define JOBS_OUTCOME_COLUMNS                                                                      \
	{ "job", VAL_INT8, 0, NULL, NULL, "The job.", 0 },                                        \
	{ "state", VAL_TEXT, 0, NULL, NULL, "How it ended.", 0 },                                 \
	{ "source", VAL_TEXT, COL_WRAP, NULL, NULL, "What was read.", 0 },                        \
	{ "target", VAL_TEXT, COL_WRAP, NULL, NULL, "What was written.", 0 },                     \
	{ "rows_read", VAL_INT8, 0, NULL, NULL, "Rows of the source.", 0 },                       \
	{ "rows_written", VAL_INT8, 0, NULL, NULL, "Rows stored or changed.", 0 },                \
	{ "rows_unchanged", VAL_INT8, 0, NULL, NULL, "Rows that stood there already.", 0 },       \
	{ "rows_filtered", VAL_INT8, 0, NULL, NULL,                                               \
	  "Rows left out by a filter or a later row.", 0 },                                       \
	{ "rows_rejected", VAL_INT8, 0, NULL, NULL,                                               \
	  "Rows that failed and are kept as rejects.", 0 },                                       \
	{ "bytes", VAL_BYTES, 0, NULL, NULL, "Size of what was read.", 0 },                       \
	{ "seconds", VAL_SECONDS, 0, NULL, NULL, "Time it took.", 0 }

#define JOBS_STATES "queued|waiting|paused|running|succeeded|failed|dead|cancelled"

/* Which jobs: for lists, and for what is done to many. */
#define JOBS_FILTER_ARGS                                                                          \
	{ "state", VAL_CHOICE, ARG_REPEAT, NULL, JOBS_STATES,                                     \
	  "Only jobs in this state; may be said several times.", 0 },                             \
	{ "pipeline", VAL_NAME, 0, NULL, "pipeline", "Only jobs of this pipeline.", 0 },          \
	{ "queue", VAL_NAME, 0, NULL, "queue", "Only jobs of this queue.", 0 },                   \
	{ "kind", VAL_CHOICE, 0, NULL, "load|run|replay|alert|all",                                      \
	  "Only jobs of this kind; messages of alerts come in only when asked for.", 0 },         \
	{ "since", VAL_TIME, 0, NULL, NULL, "Only jobs asked for since then.", 0 },               \
	{ "error", VAL_TEXT, 0, NULL, "TEXT",                                                     \
	  "Only jobs whose last failure holds this text, or has it in its code.", 0 }

/* How a job is to stand in the queue. */
#define JOBS_ASK_ARGS                                                                             \
	{ "attempts", VAL_INT8, 0, "1", NULL,                                                     \
	  "How often it is tried before the job is given up.", 0 },                               \
	{ "queue", VAL_NAME, 0, "default", "queue", "Queue of the job.", 0 },                     \
	{ "priority", VAL_INT8, 0, "100", NULL,                                                   \
	  "Small goes first; a point is worth ten seconds of waiting.", 0 },                      \
	{ "time-limit", VAL_DURATION, 0, NULL, NULL, "How long one attempt may take.", 0 },       \
	{ "delay", VAL_DURATION, 0, NULL, NULL,                                                   \
	  "Start after this time; the job is left to engines.", 0 },                              \
	{ "at", VAL_TIME, 0, NULL, NULL, "Start at this moment; likewise.", 0 },                  \
	{ "unique", VAL_TEXT, 0, NULL, "KEY",                                                     \
	  "Only one job of this key at a time, until it ends.", 0 },                              \
	{ "on-clash", VAL_CHOICE, 0, NULL, "keep|refuse|replace",                                 \
	  "What happens when there is one: it will do, an error, or it is cancelled.", 0 },       \
	{ "after", VAL_TEXT, 0, NULL, "JOB[,JOB]",                                                \
	  "Start when these have ended; the job is left to engines.", 0 },                        \
	{ "if-failed", VAL_CHOICE, 0, NULL, "cancel|run|wait",                                    \
	  "What one of these means that did not succeed: cancel this one, run it, or wait for "   \
	  "its retry.", 0 }

/* What a budget is, and what comes of it. */
#define JOBS_BUDGET_ARGS                                                                          \
	{ "max-rejects", VAL_COUNT_OR_PERCENT, 0, NULL, NULL,                                     \
	  "More rejected rows than this end with status 3, or as --over-rejects says.", 0 },      \
	{ "over-rejects", VAL_CHOICE, 0, NULL, "warn|fail|hold",                                  \
	  "What happens then: the others are stored, nothing is, or the pipeline is paused.", 0 }

/* Where an option is given, p has that; ERR_USAGE when both together cannot be. */
enum err_code jobs_budget(const struct cmd_args *in, struct pipeline *p, struct err *err) MUST_USE;

/* Where an option is silent, preset holds. *is_later: it is not for now, and left to engines. */
enum err_code jobs_ask(struct cmd_ctx *ctx, const struct cmd_args *in,
		       const struct terms *preset, struct job_request *out, bool *is_later,
		       struct err *err) MUST_USE;

enum err_code jobs_filter(const struct cmd_args *in, struct job_filter *out,
			  struct err *err) MUST_USE;
bool jobs_filter_given(const struct cmd_args *in);

/* How a job went: job, state, source, target, rows_*, bytes, seconds. */
extern const struct val_spec jobs_outcome_reply[];
void jobs_reply_outcome(struct reply *out, const struct engine_outcome *o);

/* Progress and warnings of the engine go to the face. */
void jobs_hooks(struct cmd_ctx *ctx, struct engine_hooks *hooks);

/*
 * Adds the job, then runs it in this process (or leaves it, is_detached) and
 * answers how it went. When another engine was faster, follows that one.
 * ERR_REJECTS: done, with more rejects than allowed; a failed job gives its
 * own error, after the answer.
 */
enum err_code jobs_submit(struct cmd_ctx *ctx, struct job_request *request, bool is_detached,
			  struct reply *out, struct err *err) MUST_USE;

/* Everything but writing; answers as jobs_submit() without a job. */
enum err_code jobs_dry_run(struct cmd_ctx *ctx, const struct pipeline *p, struct reply *out,
			   struct err *err) MUST_USE;

/* Answers a job that others are to run. */
enum err_code jobs_answer_queued(struct cmd_ctx *ctx, struct db *db, int64_t id,
				 struct reply *out, struct err *err) MUST_USE;
/* Runs job id here, or follows it (is_here false). */
enum err_code jobs_run(struct cmd_ctx *ctx, int64_t id, struct reply *out,
		       struct err *err) MUST_USE;
enum err_code jobs_follow(struct cmd_ctx *ctx, int64_t id, int64_t timeout_ms, struct reply *out,
			  struct err *err) MUST_USE;

/*
 * The job's id from the argument, or of the newest job when none is given. ERR_NOT_FOUND: no job.
 */
enum err_code jobs_id(struct cmd_ctx *ctx, const struct cmd_args *in, const char *name,
		      int64_t *id, struct err *err) MUST_USE;
#endif

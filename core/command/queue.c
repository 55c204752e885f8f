/*
 * core/command/queue.c
 *	The commands queue list, stats, pause and resume.
 */
#include "core/command/limits.h"
#include "core/command/lists.h"
#include "core/command/named.h"
#include "core/meta/queue.h"

static void note_capped(struct cmd_ctx *ctx, bool is_capped)
{
	if (is_capped)
		cmd_note(ctx, "counts end at %d: where one says so, there are more",
			 QUEUE_COUNT_MAX);
}

/* ---- list ------------------------------------------------------------------------ */

static const struct val_spec list_reply[] = {
	{ "queue", VAL_NAME, 0, NULL, NULL, "The queue.", 0 },
	{ "queued", VAL_INT8, 0, NULL, NULL, "Jobs that may start.", 0 },
	{ "scheduled", VAL_INT8, 0, NULL, NULL, "Jobs that start later, or are tried again.", 0 },
	{ "held", VAL_INT8, 0, NULL, NULL, "Jobs that are paused or wait for others.", 0 },
	{ "running", VAL_INT8, 0, NULL, NULL, "Jobs that run.", 0 },
	{ "max_running", VAL_INT8, 0, NULL, NULL, "How many may run at once; null: no limit.", 0 },
	{ "rate", VAL_TEXT, 0, NULL, NULL, "How many may start in a time; null: no limit.", 0 },
	{ "paused", VAL_BOOL, 0, NULL, NULL, "Whether none may start.", 0 },
	{ "oldest_at", VAL_TIME, 0, NULL, NULL,
	  "Since when the first of those that may start waits.", 0 },
	VAL_END
};

static void put_queue(struct cmd_ctx *ctx, struct reply *out, const struct queue_row *q)
{
	reply_text(out, "queue", q->name);
	reply_int8(out, "queued", q->queued);
	reply_int8(out, "scheduled", q->scheduled);
	reply_int8(out, "held", q->held);
	reply_int8(out, "running", q->running);
	if (q->max_running >= 0)
		reply_int8(out, "max_running", q->max_running);
	if (q->rate_per_s > 0)
		reply_text(out, "rate", limits_rate(ctx->mem, q->rate_per_s));
	reply_bool(out, "paused", q->is_paused);
	reply_text(out, "oldest_at", q->oldest_at);
	reply_end_row(out);
	note_capped(ctx, q->is_capped);
}

static const struct val_spec list_args[] = { LISTS_WORDS, LISTS_PAGE(NULL), VAL_END };

static enum err_code run_list(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct queue_rows rows = { 0 };
	struct list_said said;
	struct list_ask ask;
	struct db *db;
	enum err_code rc = lists_ask(ctx, in, &ask, &said, err);

	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = queue_list(ctx->mem, db, &ask, &rows, err);
	for (int i = 0; rc == ERR_OK && i < rows.n; i++)
		put_queue(ctx, out, &rows.q[i]);
	if (rc == ERR_OK)
		lists_tell(ctx, &ask, "queues");
	return rc;
}

static const struct cmd_example list_examples[] = {
	{ "leat queue list", "What waits and runs where" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_queue_list = {
	.name = "queue list",
	.since = "0.1",
	.summary = "Show queues with what stands in them.",
	.text = "A queue is a name that jobs are added under; there is always the queue default. "
		"Counts are those of the organization and end at a million.",
	.flags = CMD_IDEMPOTENT,
	.args = list_args,
	.reply = list_reply,
	.examples = list_examples,
	.run = run_list,
};

/* ---- stats ----------------------------------------------------------------------- */

static const struct val_spec stats_reply[] = {
	{ "queued", VAL_INT8, 0, NULL, NULL, "Jobs that may start.", 0 },
	{ "scheduled", VAL_INT8, 0, NULL, NULL, "Jobs that start later, or are tried again.", 0 },
	{ "waiting", VAL_INT8, 0, NULL, NULL, "Jobs that wait for other jobs.", 0 },
	{ "paused", VAL_INT8, 0, NULL, NULL, "Jobs that are paused.", 0 },
	{ "running", VAL_INT8, 0, NULL, NULL, "Jobs that run.", 0 },
	{ "failed", VAL_INT8, 0, NULL, NULL, "Failed jobs of which there is history.", 0 },
	{ "dead", VAL_INT8, 0, NULL, NULL, "Jobs that were given up, likewise.", 0 },
	{ "cancelled", VAL_INT8, 0, NULL, NULL, "Cancelled jobs, likewise.", 0 },
	{ "oldest_job", VAL_INT8, 0, NULL, NULL,
	  "The job that could start and waits longest; null: none.", 0 },
	{ "oldest_at", VAL_TIME, 0, NULL, NULL, "Since when it waits.", 0 },
	{ "hour_ended", VAL_INT8, 0, NULL, NULL, "Jobs that ended in the last hour.", 0 },
	{ "hour_failed", VAL_INT8, 0, NULL, NULL, "How many of these failed or were given up.", 0 },
	{ "day_ended", VAL_INT8, 0, NULL, NULL, "Jobs that ended in the last 24 hours.", 0 },
	{ "day_failed", VAL_INT8, 0, NULL, NULL, "How many of these failed or were given up.", 0 },
	{ "wait_p50", VAL_SECONDS, 0, NULL, NULL,
	  "Half of the newest jobs that ended had started within this time.", 0 },
	{ "wait_p95", VAL_SECONDS, 0, NULL, NULL, "The same for 95 of 100.", 0 },
	VAL_END
};

static enum err_code run_stats(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			       struct err *err)
{
	struct queue_stats s = { 0 };
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	(void)in;
	if (rc == ERR_OK)
		rc = queue_stats(ctx->mem, db, &s, err);
	if (rc != ERR_OK)
		return rc;
	reply_int8(out, "queued", s.queued);
	reply_int8(out, "scheduled", s.scheduled);
	reply_int8(out, "waiting", s.waiting);
	reply_int8(out, "paused", s.paused);
	reply_int8(out, "running", s.running);
	reply_int8(out, "failed", s.failed);
	reply_int8(out, "dead", s.dead);
	reply_int8(out, "cancelled", s.cancelled);
	if (s.oldest_job != 0)
		reply_int8(out, "oldest_job", s.oldest_job);
	reply_text(out, "oldest_at", s.oldest_at);
	reply_int8(out, "hour_ended", s.hour_ended);
	reply_int8(out, "hour_failed", s.hour_failed);
	reply_int8(out, "day_ended", s.day_ended);
	reply_int8(out, "day_failed", s.day_failed);
	if (s.wait_p50 >= 0) {
		reply_float8(out, "wait_p50", s.wait_p50);
		reply_float8(out, "wait_p95", s.wait_p95);
	}
	reply_end_row(out);
	note_capped(ctx, s.is_capped);
	return ERR_OK;
}

static const struct cmd_example stats_examples[] = {
	{ "leat queue stats", "How the queue is doing" },
	{ "leat -o json queue stats", "For a monitor" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_queue_stats = {
	.name = "queue stats",
	.since = "0.1",
	.summary = "Show figures of the organization's queue.",
	.text = "No count goes further than a million, and how long jobs waited is asked of the "
		"10,000 newest that ended at their first run, from when they were asked for: a "
		"long history makes this no slower.",
	.flags = CMD_IDEMPOTENT | CMD_ONE,
	.reply = stats_reply,
	.examples = stats_examples,
	.run = run_stats,
};

/* ---- pause, resume ----------------------------------------------------------------- */

static const struct val_spec name_args[] = {
	{ "name", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, "queue", "The queue.", 0 },
	VAL_END
};

static const struct val_spec paused_reply[] = {
	{ "queue", VAL_NAME, 0, NULL, NULL, "The queue.", 0 },
	{ "paused", VAL_BOOL, 0, NULL, NULL, "Whether it is paused now.", 0 },
	VAL_END
};

static enum err_code set_paused(struct cmd_ctx *ctx, const struct cmd_args *in, bool is_paused,
				struct reply *out, struct err *err)
{
	const char *name = arg_text(in, "name");
	bool changed = false;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = queue_pause(db, name, is_paused, &changed, err);
	if (rc != ERR_OK)
		return rc;
	named_paused(ctx, "queue", "queue", name, is_paused, changed, out);
	return ERR_OK;
}

static enum err_code run_pause(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			       struct err *err)
{
	return set_paused(ctx, in, true, out, err);
}

static enum err_code run_resume(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	return set_paused(ctx, in, false, out, err);
}

static const struct cmd_example pause_examples[] = {
	{ "leat queue pause default", "Nothing starts until it is resumed" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_queue_pause = {
	.name = "queue pause",
	.since = "0.1",
	.summary = "Let no job of a queue start.",
	.text = "Jobs that run go on, and new ones may be added. A load or run in the foreground "
		"runs all the same: somebody asked for just that one.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE,
	.args = name_args,
	.reply = paused_reply,
	.examples = pause_examples,
	.run = run_pause,
};

static const struct cmd_example resume_examples[] = {
	{ "leat queue resume default", "Its jobs may start again" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_queue_resume = {
	.name = "queue resume",
	.since = "0.1",
	.summary = "Let the jobs of a queue start again.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE,
	.args = name_args,
	.reply = paused_reply,
	.examples = resume_examples,
	.run = run_resume,
};

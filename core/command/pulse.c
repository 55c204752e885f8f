/*
 * core/command/pulse.c
 *	The commands queue minutes and pipeline ages: how things have gone lately.
 */
#include "core/command/command.h"
#include "core/meta/pulse.h"

/* ---- queue minutes -------------------------------------------------------------- */

static const struct val_spec minutes_reply[] = {
	{ "at", VAL_TIME, 0, NULL, NULL, "When the minute began.", 0 },
	{ "ended", VAL_INT8, 0, NULL, NULL, "Jobs that ended in it.", 0 },
	{ "failed", VAL_INT8, 0, NULL, NULL, "How many of these failed or were given up.", 0 },
	{ "rows_written", VAL_INT8, 0, NULL, NULL, "Rows that they stored or changed.", 0 },
	VAL_END
};

static enum err_code run_minutes(struct cmd_ctx *ctx, const struct cmd_args *in,
				 struct reply *out, struct err *err)
{
	struct pulse_minutes list = { 0 };
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	(void)in;
	if (rc == ERR_OK)
		rc = pulse_minutes(ctx->mem, db, &list, err);
	if (rc == ERR_OK && list.is_capped)
		cmd_note(ctx, "more than %d jobs ended in the hour; only so many are counted",
			 PULSE_JOBS_MAX);
	for (int i = 0; rc == ERR_OK && i < list.n; i++) {
		reply_text(out, "at", list.m[i].at);
		reply_int8(out, "ended", list.m[i].ended);
		reply_int8(out, "failed", list.m[i].failed);
		reply_int8(out, "rows_written", list.m[i].rows);
		reply_end_row(out);
	}
	return rc;
}

static const struct cmd_example minutes_examples[] = {
	{ "leat queue minutes", "What ended when, in the last hour" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_queue_minutes = {
	.name = "queue minutes",
	.since = "0.1",
	.summary = "Show how many jobs ended in each minute of the last hour.",
	.text = "Oldest first, a row for each of 60 minutes; the last one is still going on.",
	.flags = CMD_IDEMPOTENT,
	.reply = minutes_reply,
	.examples = minutes_examples,
	.run = run_minutes,
};

/* ---- pipeline ages --------------------------------------------------------------- */

static const struct val_spec ages_reply[] = {
	{ "name", VAL_NAME, 0, NULL, NULL, "The pipeline.", 0 },
	{ "age", VAL_SECONDS, 0, NULL, NULL,
	  "Time since a job of it succeeded; null: none of its newest 1,000 did.", 0 },
	{ "due_at", VAL_TIME, 0, NULL, NULL,
	  "The first time of its schedules since then: new data is late; null: it is not.", 0 },
	{ "last_state", VAL_TEXT, 0, NULL, NULL, "State of its newest job.", 0 },
	{ "last_job", VAL_INT8, 0, NULL, NULL, "That job; null: it never ran.", 0 },
	{ "succeeded_at", VAL_TIME, 0, NULL, NULL, "When a job of it last succeeded.", 0 },
	{ "succeeded_job", VAL_INT8, COL_WIDE, NULL, NULL, "That job.", 0 },
	{ "next_at", VAL_TIME, 0, NULL, NULL, "When its schedules make the next one.", 0 },
	{ "paused", VAL_BOOL, COL_WIDE, NULL, NULL, "Whether no job of it may start.", 0 },
	VAL_END
};

static void put_age(struct reply *out, const struct pulse_age *a)
{
	reply_text(out, "name", a->pipeline);
	if (a->age >= 0)
		reply_float8(out, "age", a->age);
	reply_text(out, "due_at", a->due_at);
	if (a->last_job != 0) {
		reply_text(out, "last_state", job_state_name(a->last_state));
		reply_int8(out, "last_job", a->last_job);
	}
	reply_text(out, "succeeded_at", a->succeeded_at);
	if (a->succeeded_job != 0)
		reply_int8(out, "succeeded_job", a->succeeded_job);
	reply_text(out, "next_at", a->next_at);
	reply_bool(out, "paused", a->is_paused);
	reply_end_row(out);
}

static enum err_code run_ages(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct pulse_ages list = { 0 };
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	(void)in;
	if (rc == ERR_OK)
		rc = pulse_ages(ctx->mem, db, &list, err);
	for (int i = 0; rc == ERR_OK && i < list.n; i++)
		put_age(out, &list.a[i]);
	return rc;
}

static const struct cmd_example ages_examples[] = {
	{ "leat pipeline ages", "Whose data is late, and how old the rest is" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_pipeline_ages = {
	.name = "pipeline ages",
	.since = "0.1",
	.summary = "Show how old the data of each pipeline is, what is late first.",
	.text = "A pipeline is late when a time of one of its schedules has come and no job of it "
		"has succeeded since. First come those of which no job waits or runs; then late "
		"ones that are on their way; then the others, the oldest data first.",
	.flags = CMD_IDEMPOTENT,
	.reply = ages_reply,
	.examples = ages_examples,
	.run = run_ages,
};

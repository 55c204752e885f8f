/*
 * core/command/schedule.c
 *	The commands schedule add, list, show, pause, resume, remove and run.
 */
#include <jansson.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/body.h"
#include "core/command/jobs.h"
#include "core/command/lists.h"
#include "core/command/named.h"
#include "core/meta/job.h"
#include "core/meta/pipeline_store.h"
#include "core/meta/schedule.h"
#include "core/meta/slot.h"

#define SHOWN_SLOTS 10

#define SCHEDULE_COLUMNS                                                                          \
	{ "name", VAL_NAME, 0, NULL, NULL, "The schedule.", 0 },                                  \
	{ "pipeline", VAL_NAME, 0, NULL, NULL, "The pipeline that it runs.", 0 },                 \
	{ "cron", VAL_TEXT, 0, NULL, NULL, "When, as local time.", 0 },                           \
	{ "tz", VAL_TEXT, 0, NULL, NULL, "The time zone of that.", 0 },                           \
	{ "state", VAL_TEXT, 0, NULL, NULL, "active, paused or problem.", 0 },                    \
	{ "next_at", VAL_TIME, 0, NULL, NULL, "The slot that comes next.", 0 },                   \
	{ "next_local", VAL_TEXT, COL_WIDE, NULL, NULL, "The same as its clocks show it.", 0 },   \
	{ "last_at", VAL_TIME, COL_WIDE, NULL, NULL, "The newest slot that came.", 0 },           \
	{ "last_outcome", VAL_TEXT, 0, NULL, NULL, "What became of it: made, skipped or missed.", \
	  0 },                                                                                    \
	{ "last_job", VAL_INT8, 0, NULL, NULL, "The job that it became.", 0 },                    \
	{ "problem", VAL_TEXT, COL_WIDE | COL_WRAP, NULL, NULL,                                   \
	  "Why an engine could not make its jobs.", 0 }

static const struct val_spec list_reply[] = { SCHEDULE_COLUMNS, VAL_END };

static const struct val_spec show_reply[] = {
	SCHEDULE_COLUMNS,
	{ "overlap", VAL_TEXT, 0, NULL, NULL, "What happens while an earlier job has not ended.",
	  0 },
	{ "missed", VAL_TEXT, 0, NULL, NULL, "What happens with slots that nobody came for.", 0 },
	{ "priority", VAL_INT8, 0, NULL, NULL, "Of its jobs; null: as the pipeline says.", 0 },
	{ "attempts", VAL_INT8, 0, NULL, NULL,
	  "How often each job is tried; null: as the pipeline says.", 0 },
	{ "created_at", VAL_TIME, 0, NULL, NULL, "When it was made.", 0 },
	{ "updated_at", VAL_TIME, 0, NULL, NULL, "When it was last changed.", 0 },
	{ "version", VAL_INT8, 0, NULL, NULL, "Grows with each change.", 0 },
	{ "slots", VAL_JSON, COL_WRAP, NULL, NULL, "Its newest slots and what became of them.",
	  0 },
	VAL_END
};

static const struct val_spec name_args[] = {
	{ "name", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, "schedule", "The schedule.", 0 },
	VAL_END
};

/* A zone that the server has lost is no reason to show nothing. */
static const char *next_local(struct cmd_ctx *ctx, struct db *db, const struct schedule_row *s)
{
	struct slot_local local;
	struct err err = { 0 };
	char text[40];

	if (s->next_us == 0 ||
	    slot_locals(ctx->mem, db, s->tz, &s->next_us, 1, &local, &err) != ERR_OK)
		return NULL;
	slot_full_text(&local, text, (int)sizeof(text));
	return arena_strdup(ctx->mem, text);
}

static void put_row(struct cmd_ctx *ctx, struct db *db, struct reply *out,
		    const struct schedule_row *s)
{
	reply_text(out, "name", s->name);
	reply_text(out, "pipeline", s->pipeline);
	reply_text(out, "cron", s->spec);
	reply_text(out, "tz", s->tz);
	reply_text(out, "state", s->is_paused ? "paused" : s->problem != NULL ? "problem"
									      : "active");
	reply_text(out, "next_at", s->next_at);
	reply_text(out, "next_local", next_local(ctx, db, s));
	reply_text(out, "last_at", s->last_at);
	reply_text(out, "last_outcome", s->last_outcome);
	if (s->last_job != 0)
		reply_int8(out, "last_job", s->last_job);
	reply_text(out, "problem", s->problem);
}

static enum err_code put_slots(struct cmd_ctx *ctx, struct db *db, struct reply *out, int64_t id,
			       struct err *err)
{
	struct schedule_ticks ticks;
	json_t *list;
	enum err_code rc = schedule_ticks(ctx->mem, db, id, SHOWN_SLOTS, &ticks, err);

	if (rc != ERR_OK)
		return rc;
	list = json_array();
	for (int i = 0; i < ticks.n; i++) {
		const struct schedule_tick *t = &ticks.t[i];
		json_t *o = json_pack("{s:s, s:s}", "slot", t->due_at, "outcome", t->outcome);

		if (t->job != 0)
			json_object_set_new(o, "job", json_integer(t->job));
		if (t->reason != NULL)
			json_object_set_new(o, "reason", json_string(t->reason));
		json_array_append_new(list, o);
	}
	reply_json(out, "slots", body_text(ctx->mem, list));
	json_decref(list);
	return ERR_OK;
}

static enum err_code answer(struct cmd_ctx *ctx, struct db *db, const char *name,
			    struct reply *out, struct err *err)
{
	struct schedule_row s;
	enum err_code rc = schedule_get(ctx->mem, db, name, &s, err);

	if (rc != ERR_OK)
		return rc;
	put_row(ctx, db, out, &s);
	reply_text(out, "overlap", s.overlap);
	reply_text(out, "missed", s.missed);
	if (s.priority != 0)
		reply_int8(out, "priority", s.priority);
	if (s.max_attempts != 0)
		reply_int8(out, "attempts", s.max_attempts);
	reply_text(out, "created_at", s.created_at);
	reply_text(out, "updated_at", s.updated_at);
	reply_int8(out, "version", s.version);
	rc = put_slots(ctx, db, out, s.id, err);
	if (rc == ERR_OK)
		reply_end_row(out);
	return rc;
}

/* ---- add ----------------------------------------------------------------------------- */

static const struct val_spec add_args[] = {
	{ "name", VAL_TEXT, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL, "Name of the schedule.", 0 },
	{ "pipeline", VAL_NAME, ARG_REQUIRED, NULL, "pipeline", "The pipeline that it runs.", 0 },
	{ "cron", VAL_TEXT, ARG_REQUIRED, NULL, NULL,
	  "When: minute, hour, day of the month, month, day of the week; or @daily and its like.",
	  0 },
	{ "tz", VAL_TEXT, 0, "UTC", NULL, "The time zone of that, like Europe/Berlin.", 0 },
	{ "overlap", VAL_CHOICE, 0, "skip", "skip|queue|cancel",
	  "While the job of an earlier slot has not ended: leave the slot out, queue its job, or "
	  "cancel the earlier one.", 0 },
	{ "missed", VAL_CHOICE, 0, "one", "skip|one|all",
	  "Slots that no engine was there for: leave them out, run once, or run each.", 0 },
	{ "priority", VAL_INT8, 0, NULL, NULL,
	  "Of its jobs, small goes first; not said: as the pipeline says.", 0 },
	{ "attempts", VAL_INT8, 0, NULL, NULL,
	  "How often a job is tried; not said: as the pipeline says, or 3 times.", 0 },
	{ "paused", VAL_BOOL, 0, NULL, NULL, "Make no jobs until it is resumed.", 0 },
	{ "replace", VAL_BOOL, 0, NULL, NULL, "Change the schedule when there is one.", 0 },
	VAL_END
};

static enum err_code run_add(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			     struct err *err)
{
	struct schedule_request request = {
		.name = arg_text(in, "name"), .pipeline = arg_text(in, "pipeline"),
		.spec = arg_text(in, "cron"), .tz = arg_text(in, "tz"),
		.overlap = arg_text(in, "overlap"), .missed = arg_text(in, "missed"),
		.is_paused = arg_bool(in, "paused"),
	};
	int64_t attempts = arg_int8(in, "attempts"), priority = arg_int8(in, "priority");
	struct db *db;
	bool changed = false;
	enum err_code rc;

	if (arg_given(in, "attempts") && (attempts < 1 || attempts > TERMS_ATTEMPTS_MAX))
		return err_set(err, ERR_USAGE, "--attempts takes a number from 1 to %d",
			       TERMS_ATTEMPTS_MAX);
	if (arg_given(in, "priority") && (priority < 1 || priority > TERMS_PRIORITY_MAX))
		return err_set(err, ERR_USAGE, "--priority takes a number from 1 to %d",
			       TERMS_PRIORITY_MAX);
	request.max_attempts = (int)attempts;
	request.priority = (int)priority;
	rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = schedule_check(ctx->mem, db, &request, err);
	if (rc == ERR_OK)
		rc = schedule_put(ctx->mem, db, &request, !arg_bool(in, "replace"), &changed, err);
	if (rc == ERR_OK && changed)
		rc = schedule_wake(db, err);
	return rc == ERR_OK ? answer(ctx, db, request.name, out, err) : rc;
}

static const struct cmd_example add_examples[] = {
	{ "leat schedule add nightly --pipeline sales --cron '30 2 * * *' --tz Europe/Berlin",
	  "Each night at half past two, in Berlin" },
	{ "leat schedule add often --pipeline sales --cron '*/15 8-18 * * mon-fri' --missed skip",
	  "Each quarter of an hour of a working day; what was missed stays out" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_schedule_add = {
	.name = "schedule add",
	.since = "0.1",
	.summary = "Run a pipeline again and again.",
	.text = "A field of --cron is a list of *, N, N-M, */STEP or N-M/STEP; months and days of the "
		"week have names. When both kinds of days are given, either will do. A time that the "
		"clocks jump over is run once, right after the jump; one that comes twice is run the "
		"first time. Where the hour is *, real time counts: what comes twice is run twice.\n\n"
		"Engines make the jobs (leat work), each slot once however many they are. Of slots "
		"that nobody came for, --missed all makes the newest hundred.",
	.flags = CMD_WRITES | CMD_ONE,
	.args = add_args,
	.reply = show_reply,
	.examples = add_examples,
	.run = run_add,
};

/* ---- list, show ----------------------------------------------------------------------- */

static const struct val_spec list_args[] = {
	LISTS_WORDS,
	{ "pipeline", VAL_NAME, 0, NULL, "pipeline", "Only schedules of this pipeline.", 0 },
	LISTS_PAGE(NULL),
	VAL_END
};

static enum err_code run_list(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct schedule_rows rows = { 0 };
	struct list_said said;
	struct list_ask ask;
	struct db *db;
	enum err_code rc = lists_ask(ctx, in, &ask, &said, err);

	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = schedule_list(ctx->mem, db, arg_text(in, "pipeline"), &ask, &rows, err);
	for (int i = 0; rc == ERR_OK && i < rows.n; i++) {
		put_row(ctx, db, out, &rows.s[i]);
		reply_end_row(out);
	}
	if (rc == ERR_OK)
		lists_tell(ctx, &ask, "schedules");
	return rc;
}

static const struct cmd_example list_examples[] = {
	{ "leat schedule list", "All schedules with their next and last slots" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_schedule_list = {
	.name = "schedule list",
	.since = "0.1",
	.summary = "Show schedules.",
	.flags = CMD_IDEMPOTENT,
	.args = list_args,
	.reply = list_reply,
	.examples = list_examples,
	.run = run_list,
};

static enum err_code run_show(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	return rc == ERR_OK ? answer(ctx, db, arg_text(in, "name"), out, err) : rc;
}

static const struct cmd_example show_examples[] = {
	{ "leat schedule show nightly", "One schedule with its newest slots" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_schedule_show = {
	.name = "schedule show",
	.since = "0.1",
	.summary = "Show one schedule with its newest slots.",
	.flags = CMD_IDEMPOTENT | CMD_ONE,
	.args = name_args,
	.reply = show_reply,
	.examples = show_examples,
	.run = run_show,
};

/* ---- pause, resume, remove --------------------------------------------------------------- */

static enum err_code set_paused(struct cmd_ctx *ctx, const struct cmd_args *in, bool is_paused,
				struct reply *out, struct err *err)
{
	const char *name = arg_text(in, "name");
	struct db *db;
	bool changed = false;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = schedule_pause(ctx->mem, db, name, is_paused, &changed, err);
	if (rc == ERR_OK && changed && !is_paused)
		rc = schedule_wake(db, err);
	return rc == ERR_OK ? answer(ctx, db, name, out, err) : rc;
}

static enum err_code run_pause(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			       struct err *err)
{
	return set_paused(ctx, in, true, out, err);
}

static const struct cmd_example pause_examples[] = {
	{ "leat schedule pause nightly", "No jobs until it is resumed" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_schedule_pause = {
	.name = "schedule pause",
	.since = "0.1",
	.summary = "Make no jobs until the schedule is resumed.",
	.text = "Jobs that it has made go on.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE,
	.args = name_args,
	.reply = show_reply,
	.examples = pause_examples,
	.run = run_pause,
};

static enum err_code run_resume(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	return set_paused(ctx, in, false, out, err);
}

static const struct cmd_example resume_examples[] = {
	{ "leat schedule resume nightly", "Go on with the next slot" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_schedule_resume = {
	.name = "schedule resume",
	.since = "0.1",
	.summary = "Go on with the next slot from now.",
	.text = "Slots of the pause are not made up for; leat run NAME --backfill does that.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE,
	.args = name_args,
	.reply = show_reply,
	.examples = resume_examples,
	.run = run_resume,
};

static const struct val_spec remove_reply[] = {
	{ "name", VAL_NAME, 0, NULL, NULL, "The schedule that is gone.", 0 },
	VAL_END
};

static enum err_code run_remove(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	return named_remove(ctx, in, schedule_remove, out, err);
}

const struct cmd_spec cmd_schedule_remove = {
	.name = "schedule remove",
	.since = "0.1",
	.summary = "Remove a schedule; its jobs stay.",
	.flags = CMD_WRITES | CMD_DESTROYS | CMD_ONE,
	.args = name_args,
	.reply = remove_reply,
	.run = run_remove,
};

/* ---- run ---------------------------------------------------------------------------------- */

static const struct val_spec run_args[] = {
	{ "name", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, "schedule", "The schedule.", 0 },
	{ "detach", VAL_BOOL, 0, NULL, NULL, "Leave the job to an engine that runs elsewhere.", 0 },
	VAL_END
};

/* The body of a job for the newest slot. */
static enum err_code newest_body(struct cmd_ctx *ctx, struct db *db, const struct schedule_row *s,
				 const char *body, const char **out, struct err *err)
{
	struct slot_rule rule = { .tz = s->tz };
	struct slot_local local[2];
	int64_t at[2], now_us = 0;
	enum err_code rc = cron_parse(s->spec, &rule.cron, err);

	if (rc == ERR_OK)
		rc = slot_now(db, &now_us, err);
	if (rc == ERR_OK)
		rc = slot_before(ctx->mem, db, &rule, now_us + 1, &at[1], err);
	if (rc == ERR_OK)
		rc = slot_before(ctx->mem, db, &rule, at[1], &at[0], err);
	if (rc == ERR_OK)
		rc = slot_locals(ctx->mem, db, s->tz, at, 2, local, err);
	return rc == ERR_OK ? schedule_body(ctx->mem, body, s->tz, at, local, out, err) : rc;
}

static enum err_code run_run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			     struct err *err)
{
	struct job_request request = { .kind = "run" };
	struct pipeline_row row;
	struct schedule_row s;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = schedule_get(ctx->mem, db, arg_text(in, "name"), &s, err);
	if (rc == ERR_OK)
		rc = pipeline_get(ctx->mem, db, s.pipeline, &row, err);
	if (rc == ERR_OK)
		rc = newest_body(ctx, db, &s, row.body, &request.body, err);
	if (rc == ERR_OK)
		rc = schedule_terms(ctx->mem, row.body, s.priority, s.max_attempts, &request, err);
	if (rc != ERR_OK)
		return rc;
	request.pipeline_id = row.id;
	return jobs_submit(ctx, &request, arg_bool(in, "detach"), out, err);
}

static const struct cmd_example run_examples[] = {
	{ "leat schedule run nightly", "Its job, now" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_schedule_run = {
	.name = "schedule run",
	.since = "0.1",
	.summary = "Run the job of a schedule now.",
	.text = "It is the job of the newest slot, once more; the slots that come are what they were.",
	.flags = CMD_WRITES | CMD_ONE,
	.args = run_args,
	.reply = jobs_outcome_reply,
	.examples = run_examples,
	.run = run_run,
};

/*
 * core/command/job.c
 *	The commands job list, job show, job cancel and job retry.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/jobs.h"
#include "core/meta/job.h"

#define STATES "queued|waiting|paused|running|succeeded|failed|dead|cancelled"

/* What lists and job show have in common. */
static void put_job(struct reply *out, const struct job_row *j)
{
	reply_int8(out, "job", j->id);
	reply_text(out, "state", job_state_name(j->state));
	reply_text(out, "kind", j->kind);
	if (j->pipeline[0] != '\0')
		reply_text(out, "pipeline", j->pipeline);
	reply_text(out, "source", j->source);
	reply_text(out, "target", j->target);
	reply_int8(out, "rows_read", j->counts.read);
	reply_int8(out, "rows_written", j->counts.written);
	reply_int8(out, "rows_unchanged", j->counts.unchanged);
	reply_int8(out, "rows_filtered", j->counts.filtered);
	reply_int8(out, "rows_rejected", j->counts.rejected);
	reply_int8(out, "bytes", j->counts.bytes);
	if (j->seconds >= 0)
		reply_float8(out, "seconds", j->seconds);
	reply_text(out, "created_at", j->created_at);
	reply_text(out, "started_at", j->started_at);
	reply_text(out, "finished_at", j->finished_at);
	reply_int8(out, "attempt", j->attempt);
	reply_text(out, "error_code", j->error_code);
	reply_text(out, "error", j->error);
}

#define JOB_COLUMNS                                                                              \
	{ "job", VAL_INT8, 0, NULL, NULL, "The job.", 0 },                                        \
	{ "state", VAL_TEXT, 0, NULL, NULL, "Where it stands: " STATES ".", 0 },                  \
	{ "kind", VAL_TEXT, COL_WIDE, NULL, NULL, "load, run or alert.", 0 },                     \
	{ "pipeline", VAL_TEXT, 0, NULL, NULL, "Its pipeline; null for a one-shot load.", 0 },    \
	{ "source", VAL_TEXT, COL_WIDE, NULL, NULL, "What is read.", 0 },                         \
	{ "target", VAL_TEXT, 0, NULL, NULL, "What is written.", 0 },                             \
	{ "rows_read", VAL_INT8, 0, NULL, NULL, "Rows of the source.", 0 },                       \
	{ "rows_written", VAL_INT8, 0, NULL, NULL, "Rows stored or changed.", 0 },                \
	{ "rows_unchanged", VAL_INT8, COL_WIDE, NULL, NULL, "Rows that stood there already.", 0 }, \
	{ "rows_filtered", VAL_INT8, COL_WIDE, NULL, NULL, "Rows left out.", 0 },                 \
	{ "rows_rejected", VAL_INT8, 0, NULL, NULL, "Rows kept as rejects.", 0 },                 \
	{ "bytes", VAL_BYTES, COL_WIDE, NULL, NULL, "Size of what was read.", 0 },                \
	{ "seconds", VAL_SECONDS, COL_WIDE, NULL, NULL, "Time of the last attempt.", 0 }, \
	{ "created_at", VAL_TIME, COL_WIDE, NULL, NULL, "When it was asked for.", 0 }, \
	{ "started_at", VAL_TIME, COL_WIDE, NULL, NULL, "When the last attempt began.", 0 },      \
	{ "finished_at", VAL_TIME, COL_WIDE, NULL, NULL, "When it ended.", 0 },                   \
	{ "attempt", VAL_INT8, COL_WIDE, NULL, NULL, "Number of the last attempt.", 0 },          \
	{ "error_code", VAL_TEXT, COL_WIDE, NULL, NULL, "Code of the last failure.", 0 },         \
	{ "error", VAL_TEXT, COL_WIDE | COL_WRAP, NULL, NULL, "Text of the last failure.", 0 }

static const struct val_spec list_reply[] = { JOB_COLUMNS, VAL_END };

static const struct val_spec show_reply[] = {
	JOB_COLUMNS,
	{ "hint", VAL_TEXT, COL_WRAP, NULL, NULL, "What to do about it.", 0 },
	{ "sqlstate", VAL_TEXT, 0, NULL, NULL, "What the server called it.", 0 },
	{ "mode", VAL_TEXT, 0, NULL, NULL, "Write mode.", 0 },
	{ "phase", VAL_TEXT, 0, NULL, NULL, "What it is doing.", 0 },
	{ "engine", VAL_TEXT, 0, NULL, NULL, "Engine that has or had it.", 0 },
	{ "max_attempts", VAL_INT8, 0, NULL, NULL, "How often it is tried.", 0 },
	{ "attempts", VAL_JSON, COL_WRAP, NULL, NULL, "Each attempt with its outcome.", 0 },
	{ "pipeline_body", VAL_JSON, COL_WRAP, NULL, NULL,
		"What the job does, as it was asked for.",
	  0 },
	VAL_END
};

/* ---- list ------------------------------------------------------------------ */

static const struct val_spec list_args[] = {
	{ "state", VAL_CHOICE, 0, NULL, STATES, "Only jobs in this state.", 0 },
	{ "pipeline", VAL_NAME, 0, NULL, "pipeline", "Only jobs of this pipeline.", 0 },
	{ "kind", VAL_CHOICE, 0, NULL, "load|run|alert|all",
	  "Only jobs of this kind; messages of alerts are shown only when asked for.", 0 },
	{ "since", VAL_TIME, 0, NULL, NULL, "Only jobs asked for since then.", 0 },
	{ "before", VAL_INT8, 0, NULL, NULL, "Only jobs with a smaller number: the next page.", 0 },
	{ "limit", VAL_INT8, 0, "50", NULL, "At most so many.", 0 },
	VAL_END
};

static enum err_code run_list(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct job_filter filter = {
		.states = arg_given(in, "state") ? 1u << job_state_of(arg_text(in, "state")) : 0,
		.pipeline = arg_text(in, "pipeline"),
		.since_us = arg_time_us(in, "since"),
		.before = arg_int8(in, "before"),
	};
	struct job_rows rows = { 0 };
	int64_t limit = arg_int8(in, "limit");
	const char *kind = arg_text(in, "kind");
	struct db *db;
	enum err_code rc;

	filter.kind = kind != NULL && strcmp(kind, "all") == 0 ? "" : kind;
	if (limit < 1 || limit > 100000)
		return err_set(err, ERR_USAGE, "--limit takes a number from 1 to 100000");
	filter.limit = (int)limit;
	rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = job_list(ctx->mem, db, &filter, &rows, err);
	for (int i = 0; rc == ERR_OK && i < rows.n; i++) {
		put_job(out, &rows.j[i]);
		reply_end_row(out);
	}
	return rc;
}

static const struct cmd_example list_examples[] = {
	{ "leat job list", "The newest jobs" },
	{ "leat job list --state failed --since 2d", "What went wrong in two days" },
	{ "leat -o json job list --limit 1", "For a program" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_job_list = {
	.name = "job list",
	.since = "0.1",
	.summary = "Show jobs, the newest first.",
	.flags = CMD_IDEMPOTENT,
	.args = list_args,
	.reply = list_reply,
	.examples = list_examples,
	.run = run_list,
};

/* ---- show ------------------------------------------------------------------- */

static const struct val_spec show_args[] = {
	{ "job", VAL_INT8, ARG_POSITIONAL, NULL, NULL, "The job; the newest when not given.", 0 },
	VAL_END
};

static void put(json_t *o, const char *key, const char *value)
{
	if (value != NULL)
		json_object_set_new(o, key, json_string(value));
}

static void put_attempts(struct reply *out, const struct job_attempts *list)
{
	json_t *all = json_array();
	char *text;

	for (int i = 0; i < list->n; i++) {
		const struct job_attempt *a = &list->a[i];
		json_t *o = json_object();

		json_object_set_new(o, "run", json_integer(a->run));
		json_object_set_new(o, "attempt", json_integer(a->attempt));
		put(o, "outcome", a->outcome);
		put(o, "engine", a->engine);
		put(o, "started_at", a->started_at);
		put(o, "finished_at", a->finished_at);
		put(o, "error_code", a->error_code);
		put(o, "error", a->error);
		json_array_append_new(all, o);
	}
	text = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	reply_json(out, "attempts", text);
	free(text);
}

static enum err_code run_show(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct job_attempts attempts = { 0 };
	struct job_row job;
	struct db *db;
	int64_t id;
	enum err_code rc = jobs_id(ctx, in, "job", &id, err);

	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = job_get(ctx->mem, db, id, &job, err);
	if (rc == ERR_OK)
		rc = job_attempts(ctx->mem, db, id, &attempts, err);
	if (rc != ERR_OK)
		return rc;
	put_job(out, &job);
	reply_text(out, "hint", job.hint);
	reply_text(out, "sqlstate", job.sqlstate);
	reply_text(out, "mode", job.mode);
	reply_text(out, "phase", job.phase);
	reply_text(out, "engine", job.engine);
	reply_int8(out, "max_attempts", job.max_attempts);
	put_attempts(out, &attempts);
	reply_json(out, "pipeline_body", job.body);
	reply_end_row(out);
	return ERR_OK;
}

static const struct cmd_example show_examples[] = {
	{ "leat job show 1", "One job with its attempts" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_job_show = {
	.name = "job show",
	.since = "0.1",
	.summary = "Show one job with its attempts.",
	.flags = CMD_IDEMPOTENT | CMD_ONE,
	.args = show_args,
	.reply = show_reply,
	.examples = show_examples,
	.run = run_show,
};

/* ---- cancel, retry ------------------------------------------------------------ */

static const struct val_spec cancel_args[] = {
	{ "job", VAL_INT8, ARG_POSITIONAL | ARG_REQUIRED, NULL, "job", "The job.", 0 },
	VAL_END
};

static const struct val_spec state_reply[] = {
	{ "job", VAL_INT8, 0, NULL, NULL, "The job.", 0 },
	{ "state", VAL_TEXT, 0, NULL, NULL, "Its state after the call.", 0 },
	VAL_END
};

static enum err_code run_cancel(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	int64_t id = arg_int8(in, "job");
	enum job_state state = JOB_QUEUED;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = job_cancel(db, id, &state, err);
	if (rc != ERR_OK)
		return rc;
	if (state == JOB_RUNNING)
		cmd_note(ctx, "job %" PRId64 " was asked to stop", id);
	if (state == JOB_QUEUED)
		cmd_note(ctx, "an earlier attempt of job %" PRId64 " may have committed; it ends "
			 "when an engine has asked the target", id);
	reply_int8(out, "job", id);
	reply_text(out, "state", job_state_name(state));
	reply_end_row(out);
	return ERR_OK;
}

const struct cmd_spec cmd_job_cancel = {
	.name = "job cancel",
	.since = "0.1",
	.summary = "Stop a job that waits or runs.",
	.text = "A job that waits is cancelled at once. One that runs is asked to stop; what it has "
		"written is undone, and its state changes when that is done. Parts that a parallel "
		"load has committed stay: the hint of leat job show says how many rows.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE,
	.args = cancel_args,
	.reply = state_reply,
	.run = run_cancel,
};

static const struct val_spec retry_args[] = {
	{ "job", VAL_INT8, ARG_POSITIONAL | ARG_REQUIRED, NULL, "job", "The job.", 0 },
	{ "detach", VAL_BOOL, 0, NULL, NULL, "Leave the job to an engine that runs elsewhere.", 0 },
	VAL_END
};

static enum err_code run_retry(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			       struct err *err)
{
	int64_t id = arg_int8(in, "job");
	bool is_detached = arg_bool(in, "detach");
	struct engine_outcome outcome = { .job = id, .state = job_state_name(JOB_QUEUED) };
	struct job_row job;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = job_retry(db, id, !is_detached, err);
	if (rc != ERR_OK)
		return rc;
	if (!is_detached)
		return jobs_run(ctx, id, out, err);
	rc = job_get(ctx->mem, db, id, &job, err);
	if (rc != ERR_OK)
		return rc;
	outcome.source = job.source;
	outcome.target = job.target;
	jobs_reply_outcome(out, &outcome);
	return ERR_OK;
}

const struct cmd_spec cmd_job_retry = {
	.name = "job retry",
	.since = "0.1",
	.summary = "Run a job again that failed or was cancelled.",
	.text = "A parallel load goes on behind the rows that it has committed; every other load has "
		"committed nothing and starts from the beginning.",
	.flags = CMD_WRITES | CMD_ONE,
	.args = retry_args,
	.reply = jobs_outcome_reply,
	.run = run_retry,
};

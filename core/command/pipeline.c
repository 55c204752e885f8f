/*
 * core/command/pipeline.c
 *	The commands pipeline list, show, preview, pause, resume and remove.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/command/body.h"
#include "core/command/jobs.h"
#include "core/command/lists.h"
#include "core/command/named.h"
#include "core/command/sample.h"
#include "core/flow/pipeline.h"
#include "core/meta/pipeline_store.h"

static const struct val_spec name_args[] = {
	{ "name", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, "pipeline", "The pipeline.", 0 },
	VAL_END
};

/* ---- list ------------------------------------------------------------------------ */

static const struct val_spec list_args[] = { LISTS_WORDS, LISTS_PAGE(NULL), VAL_END };

static const struct val_spec list_reply[] = {
	{ "name", VAL_NAME, 0, NULL, NULL, "The pipeline.", 0 },
	{ "source", VAL_TEXT, 0, NULL, NULL, "What it reads.", 0 },
	{ "target", VAL_TEXT, 0, NULL, NULL, "What it writes.", 0 },
	{ "mode", VAL_TEXT, 0, NULL, NULL, "Write mode.", 0 },
	{ "last_job", VAL_INT8, 0, NULL, NULL, "Its newest job; null: it never ran.", 0 },
	{ "last_state", VAL_TEXT, 0, NULL, NULL, "State of that job.", 0 },
	{ "last_at", VAL_TIME, COL_WIDE, NULL, NULL, "When that was.", 0 },
	{ "updated_at", VAL_TIME, COL_WIDE, NULL, NULL, "When the pipeline was last changed.", 0 },
	{ "paused", VAL_BOOL, COL_WIDE, NULL, NULL, "Whether no job of it may start.", 0 },
	{ "paused_why", VAL_TEXT, COL_WIDE, NULL, NULL,
	  "The job that held it, and why; null: somebody paused it, or nobody.", 0 },
	{ "recent", VAL_TEXT, COL_WIDE, NULL, NULL,
	  "States of its newest ten jobs, the newest first.", 0 },
	{ "bookmark", VAL_JSON, COL_WIDE, NULL, NULL, "Field and value that it has come to.", 0 },
	VAL_END
};

static const char *end_text(struct arena *mem, const struct pipeline_end *e)
{
	const char *what = e->stream[0] != '\0' ? e->stream : e->query != NULL ? e->query : "";

	return e->connection[0] != '\0' ? arena_printf(mem, "%s:%s", e->connection, what) : what;
}

static enum err_code put_row(struct cmd_ctx *ctx, struct reply *out, const struct pipeline_row *row,
			     struct err *err)
{
	struct pipeline p;
	enum err_code rc = body_read(ctx->mem, row->body,
				     arena_printf(ctx->mem, "pipeline %s", row->name), &p, err);

	if (rc != ERR_OK)
		return rc;
	reply_text(out, "name", row->name);
	reply_text(out, "source", end_text(ctx->mem, &p.source));
	reply_text(out, "target", end_text(ctx->mem, &p.target));
	reply_text(out, "mode", write_mode_name(p.mode));
	if (row->last_job != 0) {
		reply_int8(out, "last_job", row->last_job);
		reply_text(out, "last_state", row->last_state);
		reply_text(out, "last_at", row->last_at);
	}
	reply_text(out, "updated_at", row->updated_at);
	reply_bool(out, "paused", row->is_paused);
	reply_text(out, "paused_why", row->paused_why);
	reply_text(out, "recent", row->recent);
	if (row->bookmark != NULL)
		reply_json(out, "bookmark", row->bookmark);
	return ERR_OK;
}

static enum err_code run_list(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct pipeline_rows rows = { 0 };
	struct list_said said;
	struct list_ask ask;
	struct db *db;
	enum err_code rc = lists_ask(ctx, in, &ask, &said, err);

	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = pipeline_list(ctx->mem, db, &ask, &rows, err);
	for (int i = 0; rc == ERR_OK && i < rows.n; i++) {
		rc = put_row(ctx, out, &rows.p[i], err);
		if (rc == ERR_OK)
			reply_end_row(out);
	}
	if (rc == ERR_OK)
		lists_tell(ctx, &ask, "pipelines");
	return rc;
}

static const struct cmd_example list_examples[] = {
	{ "leat pipeline list", "All pipelines with their newest jobs" },
	{ "leat pipeline list last_state=failed,dead --sort -last_at", "Those that need a look" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_pipeline_list = {
	.name = "pipeline list",
	.since = "0.1",
	.summary = "Show pipelines.",
	.flags = CMD_IDEMPOTENT,
	.args = list_args,
	.reply = list_reply,
	.examples = list_examples,
	.run = run_list,
};

/* ---- show ------------------------------------------------------------------------ */

static const struct val_spec show_reply[] = {
	{ "name", VAL_NAME, 0, NULL, NULL, "The pipeline.", 0 },
	{ "source", VAL_TEXT, COL_WRAP, NULL, NULL, "What it reads.", 0 },
	{ "target", VAL_TEXT, COL_WRAP, NULL, NULL, "What it writes.", 0 },
	{ "mode", VAL_TEXT, 0, NULL, NULL, "Write mode.", 0 },
	{ "last_job", VAL_INT8, 0, NULL, NULL, "Its newest job; null: it never ran.", 0 },
	{ "last_state", VAL_TEXT, 0, NULL, NULL, "State of that job.", 0 },
	{ "last_at", VAL_TIME, 0, NULL, NULL, "When that was.", 0 },
	{ "created_at", VAL_TIME, 0, NULL, NULL, "When it was made.", 0 },
	{ "updated_at", VAL_TIME, 0, NULL, NULL, "When it was last changed.", 0 },
	{ "paused", VAL_BOOL, 0, NULL, NULL, "Whether no job of it may start.", 0 },
	{ "paused_why", VAL_TEXT, COL_WRAP, NULL, NULL,
	  "The job that held it, and why; null: somebody paused it, or nobody.", 0 },
	{ "recent", VAL_TEXT, COL_WRAP, NULL, NULL,
	  "States of its newest ten jobs, the newest first.", 0 },
	{ "bookmark", VAL_JSON, COL_WRAP, NULL, NULL, "Field and value that it has come to.", 0 },
	{ "max_rejects", VAL_TEXT, 0, NULL, NULL,
	  "How many rows, or which share of them, may be rejected; null: any number.", 0 },
	{ "over_rejects", VAL_TEXT, 0, NULL, NULL,
	  "What happens when there are more: warn, fail or hold.", 0 },
	{ "version", VAL_INT8, 0, NULL, NULL, "Grows with each change.", 0 },
	{ "body", VAL_JSON, COL_WRAP, NULL, NULL, "The whole pipeline.", 0 },
	VAL_END
};

static void put_budget(struct cmd_ctx *ctx, struct reply *out, const struct pipeline_row *row)
{
	struct err err = { 0 };
	struct pipeline p;
	json_t *share;

	if (body_read(ctx->mem, row->body, "the pipeline", &p, &err) != ERR_OK)
		return;
	share = share_to_json(p.max_rejects, p.max_rejects_percent);
	if (share == NULL)
		return;
	reply_text(out, "max_rejects", json_is_string(share)
		   ? arena_strdup(ctx->mem, json_string_value(share))
		   : arena_printf(ctx->mem, "%lld", (long long)json_integer_value(share)));
	reply_text(out, "over_rejects", over_rejects_name(p.over_rejects));
	json_decref(share);
}

static enum err_code run_show(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct pipeline_row row;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = pipeline_get(ctx->mem, db, arg_text(in, "name"), &row, err);
	if (rc == ERR_OK)
		rc = put_row(ctx, out, &row, err);
	if (rc != ERR_OK)
		return rc;
	put_budget(ctx, out, &row);
	reply_text(out, "created_at", row.created_at);
	reply_int8(out, "version", row.version);
	reply_json(out, "body", row.body);
	reply_end_row(out);
	return ERR_OK;
}

static const struct cmd_example show_examples[] = {
	{ "leat pipeline show sales", "One pipeline" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_pipeline_show = {
	.name = "pipeline show",
	.since = "0.1",
	.summary = "Show one pipeline.",
	.text = "leat export writes it as a file.",
	.flags = CMD_IDEMPOTENT | CMD_ONE,
	.args = name_args,
	.reply = show_reply,
	.examples = show_examples,
	.run = run_show,
};

/* ---- preview --------------------------------------------------------------------- */

static const struct val_spec preview_args[] = {
	{ "name", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, "pipeline", "The pipeline.", 0 },
	{ "limit", VAL_INT8, 0, "20", NULL, "Read so many rows.", 0 },
	VAL_END
};

static const struct val_spec preview_reply[] = {
	{ "row", VAL_INT8, 0, NULL, NULL, "Number of the row in the source.", 0 },
	{ "state", VAL_TEXT, 0, NULL, NULL, "ok, rejected or filtered.", 0 },
	{ "problems", VAL_TEXT, COL_WRAP, NULL, NULL, "What is wrong with it.", 0 },
	VAL_END
};

/* A batch of the data path is the path's own: a sample shows it and changes nothing. */
static void on_sample(void *ctx, const struct schema *fields, const struct batch *rows)
{
	struct sample *s = ctx;

	sample_show(s, fields, rows);
}

static enum err_code run_preview(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				 struct err *err)
{
	struct sample sample = {
		.cmd = ctx, .out = out, .limit = arg_int8(in, "limit"), .with_states = true,
	};
	struct engine_outcome outcome = { 0 };
	struct engine_hooks hooks;
	struct engine_env env;
	struct pipeline_row row;
	struct pipeline p;
	struct db *db;
	enum err_code rc;

	if (sample.limit < 1 || sample.limit > 100000)
		return err_set(err, ERR_USAGE, "--limit takes a number from 1 to 100000");
	rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = pipeline_get(ctx->mem, db, arg_text(in, "name"), &row, err);
	if (rc == ERR_OK)
		rc = body_read(ctx->mem, row.body,
			       arena_printf(ctx->mem, "pipeline %s", row.name), &p, err);
	if (rc == ERR_OK)
		rc = cmd_engine_env(ctx, &env, err);
	if (rc != ERR_OK)
		return rc;
	p.limit_rows = sample.limit;
	p.max_rejects = -1;
	p.max_rejects_percent = -1;
	jobs_hooks(ctx, &hooks);
	hooks.progress = NULL;
	return engine_dry_run(ctx->mem, &env, &p, on_sample, &sample, &hooks, &outcome, err);
}

static const struct cmd_example preview_examples[] = {
	{ "leat pipeline preview sales --limit 5", "What would come of the first five rows" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_pipeline_preview = {
	.name = "pipeline preview",
	.since = "0.1",
	.summary = "Show what would come of the first rows.",
	.text = "The rows are read, mapped and checked; nothing is written.",
	.flags = CMD_IDEMPOTENT | CMD_DYNAMIC,
	.args = preview_args,
	.reply = preview_reply,
	.examples = preview_examples,
	.run = run_preview,
};

/* ---- pause, resume ------------------------------------------------------------------ */

static const struct val_spec paused_reply[] = {
	{ "name", VAL_NAME, 0, NULL, NULL, "The pipeline.", 0 },
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
		rc = pipeline_pause(ctx->mem, db, name, is_paused, &changed, err);
	if (rc != ERR_OK)
		return rc;
	named_paused(ctx, "pipeline", "name", name, is_paused, changed, out);
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

const struct cmd_spec cmd_pipeline_pause = {
	.name = "pipeline pause",
	.since = "0.1",
	.summary = "Let no job of a pipeline start.",
	.text = "What runs goes on, and jobs may be added: they wait. A run in the foreground runs "
		"all the same.\n\n"
		"A job that rejects too many rows may pause its pipeline, too (over_rejects: hold). Then "
		"runs in the foreground are refused as well, and only replays of rejects go on.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE,
	.args = name_args,
	.reply = paused_reply,
	.run = run_pause,
};

const struct cmd_spec cmd_pipeline_resume = {
	.name = "pipeline resume",
	.since = "0.1",
	.summary = "Let the jobs of a pipeline start again.",
	.text = "Also after a job has held it; what waits behind that job then runs.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE,
	.args = name_args,
	.reply = paused_reply,
	.run = run_resume,
};

/* ---- remove ---------------------------------------------------------------------- */

static const struct val_spec remove_reply[] = {
	{ "name", VAL_NAME, 0, NULL, NULL, "The pipeline that is gone.", 0 },
	VAL_END
};

static enum err_code run_remove(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	return named_remove(ctx, in, pipeline_remove, out, err);
}

const struct cmd_spec cmd_pipeline_remove = {
	.name = "pipeline remove",
	.since = "0.1",
	.summary = "Remove a pipeline; its jobs and rejects stay.",
	.flags = CMD_WRITES | CMD_DESTROYS | CMD_ONE,
	.args = name_args,
	.reply = remove_reply,
	.run = run_remove,
};

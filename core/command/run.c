/*
 * core/command/run.c
 *	The commands run and pipeline run: a stored pipeline, now.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/command/backfill.h"
#include "core/command/body.h"
#include "core/command/jobs.h"
#include "core/flow/pipeline.h"
#include "core/meta/job.h"
#include "core/meta/pipeline_store.h"

static const struct val_spec args[] = {
	{ "name", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, "pipeline", "The pipeline.", 0 },
	{ "dry-run", VAL_BOOL, 0, NULL, NULL, "Do everything but write.", 0 },
	{ "reload", VAL_BOOL, 0, NULL, NULL, "Load files again that were loaded before.", 0 },
	{ "allow-shrink", VAL_BOOL, 0, NULL, NULL,
	  "Replace a table also by one with far fewer rows.", 0 },
	JOBS_BUDGET_ARGS,
	JOBS_ASK_ARGS,
	{ "detach", VAL_BOOL, 0, NULL, NULL, "Leave the job to an engine that runs elsewhere.", 0 },
	{ "backfill", VAL_TEXT, 0, NULL, NULL,
	  "FROM..TO: a job for each slot that ends in that span of local time.", 0 },
	{ "schedule", VAL_NAME, 0, NULL, "schedule", "With --backfill: whose slots.", 0 },
	{ "every", VAL_CHOICE, 0, NULL, "hour|day|week|month",
	  "With --backfill: slots of that length instead of a schedule's.", 0 },
	{ "tz", VAL_TEXT, 0, NULL, NULL, "With --backfill: time zone of these; UTC when not said.",
	  0 },
	VAL_END
};

static const struct val_spec reply[] = {
	JOBS_OUTCOME_COLUMNS,
	{ "slot_start", VAL_TEXT, COL_WIDE, NULL, NULL, "Where the slot of a backfill begins.", 0 },
	{ "slot_end", VAL_TEXT, 0, NULL, NULL, "Where it ends.", 0 },
	VAL_END
};

static enum err_code check_args(const struct cmd_args *in, struct err *err)
{
	static const char *const only[] = { "schedule", "every", "tz" };

	for (int i = 0; i < 3 && !arg_given(in, "backfill"); i++)
		if (arg_given(in, only[i]))
			return err_set(err, ERR_USAGE, "--%s goes with --backfill", only[i]);
	if (arg_given(in, "backfill") && arg_given(in, "unique"))
		return err_set(err, ERR_USAGE, "--backfill makes many jobs, and --unique allows one");
	if (arg_given(in, "schedule") && (arg_given(in, "every") || arg_given(in, "tz")))
		return err_set(err, ERR_USAGE, "--schedule has its own slots: leave out --every and "
			       "--tz");
	return ERR_OK;
}

/* While it is held a job of it can only wait; whoever wants to wait is told. */
static enum err_code check_hold(struct cmd_ctx *ctx, const struct cmd_args *in,
				const struct pipeline_row *row, bool is_later, struct err *err)
{
	if (row->paused_why == NULL || arg_bool(in, "dry-run"))
		return ERR_OK;
	if (is_later || arg_bool(in, "detach") || arg_given(in, "backfill")) {
		cmd_note(ctx, "pipeline %s is held by %s; what is added waits until: leat pipeline "
			 "resume %s", row->name, row->paused_why, row->name);
		return ERR_OK;
	}
	err_set(err, ERR_CONFLICT, "pipeline %s is held by %.150s", row->name, row->paused_why);
	err_hint(err, "Look at its rejects, then: leat pipeline resume %.63s. With --detach a job "
		 "waits for that.", row->name);
	return ERR_CONFLICT;
}

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	struct job_request request = { .kind = "run" };
	struct pipeline_row row;
	struct pipeline p, filled;
	bool is_later = false;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = check_args(in, err);
	if (rc == ERR_OK)
		rc = pipeline_get(ctx->mem, db, arg_text(in, "name"), &row, err);
	if (rc == ERR_OK)
		rc = body_read(ctx->mem, row.body,
			       arena_printf(ctx->mem, "pipeline %s", row.name), &p, err);
	if (rc == ERR_OK)
		rc = jobs_ask(ctx, in, &p.terms, &request, &is_later, err);
	if (rc != ERR_OK)
		return rc;
	p.terms = (struct terms){ 0 };	/* the request has them */
	p.reload = p.reload || arg_bool(in, "reload");
	p.allow_shrink = p.allow_shrink || arg_bool(in, "allow-shrink");
	rc = jobs_budget(in, &p, err);
	if (rc != ERR_OK)
		return rc;
	p.name = row.name;
	request.pipeline_id = row.id;
	rc = check_hold(ctx, in, &row, is_later, err);
	if (rc != ERR_OK)
		return rc;
	if (arg_given(in, "backfill")) {
		request.key = NULL;	/* many jobs of one pipeline are what was asked for */
		return backfill(ctx, in, &row, &p, &request, out, err);
	}
	if (arg_bool(in, "dry-run"))
		return jobs_dry_run(ctx, &p, out, err);
	filled = p;
	rc = pipeline_fill_slot(ctx->mem, &filled, NULL, err);	/* now, not in the job */
	if (rc != ERR_OK)
		return rc;
	request.body = body_of_pipeline(ctx->mem, &p);
	return jobs_submit(ctx, &request, is_later || arg_bool(in, "detach"), out, err);
}

static const struct cmd_example examples[] = {
	{ "leat run sales", "Run a pipeline and wait for its end" },
	{ "leat run sales --dry-run", "What would happen" },
	{ "leat run sales --backfill 2026-01-01..2026-02-01 --dry-run",
	  "Which jobs January would be, one for each slot" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_run = {
	.name = "run",
	.since = "0.1",
	.summary = "Run a pipeline now.",
	.text = "Files that the pipeline has loaded before are left out unless --reload is said; "
		"with a cursor the run goes on behind its bookmark.\n\n"
		"--backfill adds a set of jobs, one for each slot of the pipeline's schedule (of each "
		"day, when it has none), and leaves them to engines. The pipeline asks for its slot "
		"with ${slot_start} and ${slot_end}; see leat help pipelines. A pipeline with a "
		"cursor cannot be filled so. More than 100 jobs want --yes.\n\n"
		"What the pipeline's file says of queue, priority, attempts, time limit, unique, "
		"max_rejects and over_rejects holds unless an option says otherwise; a backfill leaves "
		"unique out.",
	.flags = CMD_WRITES | CMD_ONE,
	.args = args,
	.reply = reply,
	.examples = examples,
	.run = run,
};

const struct cmd_spec cmd_pipeline_run = {
	.name = "pipeline run",
	.since = "0.1",
	.summary = "Run a pipeline now; run is short for it.",
	.flags = CMD_WRITES | CMD_ONE,
	.args = args,
	.reply = reply,
	.run = run,
};

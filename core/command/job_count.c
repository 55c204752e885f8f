/*
 * core/command/job_count.c
 *	The command job count.
 */
#include "core/command/jobs.h"
#include "core/command/lists.h"
#include "core/meta/job.h"

static const struct val_spec count_args[] = { LISTS_WORDS, JOBS_FILTER_ARGS, VAL_END };

static const struct val_spec count_reply[] = {
	{ "count", VAL_INT8, 0, NULL, NULL, "How many jobs match.", 0 },
	{ "is_exact", VAL_BOOL, 0, NULL, NULL, "Whether they were counted; else it is an estimate.",
	  0 },
	VAL_END
};

static enum err_code run_count(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			       struct err *err)
{
	struct list_said said = { 0 };
	struct job_count count;
	struct job_filter filter;
	struct db *db;
	enum err_code rc = jobs_filter(in, &filter, err);

	filter.ask = (struct list_ask){ .filter = lists_filter(ctx, in), .said = &said };
	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = job_count(ctx->mem, db, &filter, &count, err);
	if (rc != ERR_OK)
		return rc;
	lists_tell(ctx, &filter.ask, "jobs");
	reply_int8(out, "count", count.n);
	reply_bool(out, "is_exact", count.is_exact);
	reply_end_row(out);
	return ERR_OK;
}

static const struct cmd_example count_examples[] = {
	{ "leat job count state=failed since 1d", "What went wrong in a day" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_job_count = {
	.name = "job count",
	.since = "0.1",
	.summary = "Count jobs.",
	.text = "Up to ten thousand are counted. Beyond that the answer is an estimate: of the "
		"server's statistics and, for what no index knows, of the newest five hundred.",
	.flags = CMD_IDEMPOTENT | CMD_ONE,
	.args = count_args,
	.reply = count_reply,
	.examples = count_examples,
	.run = run_count,
};

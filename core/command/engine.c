/*
 * core/command/engine.c
 *	The commands engine list and engine drain.
 */
#include "core/command/command.h"
#include "core/command/lists.h"
#include "core/meta/engine_row.h"

static const struct val_spec list_args[] = {
	LISTS_WORDS,
	{ "all", VAL_BOOL, 0, NULL, NULL, "Also engines that have ended.", 0 },
	LISTS_PAGE(NULL),
	VAL_END
};

static const struct val_spec list_reply[] = {
	{ "engine", VAL_INT8, 0, NULL, NULL, "Number of the engine.", 0 },
	{ "name", VAL_TEXT, 0, NULL, NULL, "Its machine and process.", 0 },
	{ "slots", VAL_INT8, 0, NULL, NULL, "How many jobs it runs at once.", 0 },
	{ "running", VAL_INT8, 0, NULL, NULL, "Jobs of this organization that it runs.", 0 },
	{ "jobs", VAL_TEXT, COL_WRAP, NULL, NULL, "Their numbers.", 0 },
	{ "queues", VAL_TEXT, 0, NULL, NULL, "Which queues it serves; null: all.", 0 },
	{ "state", VAL_TEXT, 0, NULL, NULL, "idle, busy, draining, silent, gone or ended.", 0 },
	{ "started_at", VAL_TIME, 0, NULL, NULL, "Since when it is there.", 0 },
	{ "lease_until", VAL_TIME, COL_WIDE, NULL, NULL,
	  "How long its last sign of life holds; null: it runs nothing.", 0 },
	{ "stopped_at", VAL_TIME, COL_WIDE, NULL, NULL, "When it ended.", 0 },
	{ "version", VAL_TEXT, COL_WIDE, NULL, NULL, "Version of its program.", 0 },
	VAL_END
};

static enum err_code run_list(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct engine_rows rows = { 0 };
	struct list_said said;
	struct list_ask ask;
	struct db *db;
	enum err_code rc = lists_ask(ctx, in, &ask, &said, err);

	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = engine_row_list(ctx->mem, db, &ask, arg_bool(in, "all"), &rows, err);
	for (int i = 0; rc == ERR_OK && i < rows.n; i++) {
		const struct engine_row *e = &rows.e[i];

		reply_int8(out, "engine", e->id);
		reply_text(out, "name", e->name);
		reply_int8(out, "slots", e->slots);
		reply_int8(out, "running", e->jobs);
		reply_text(out, "jobs", e->ids);
		reply_text(out, "queues", e->queues);
		reply_text(out, "state", e->state);
		reply_text(out, "started_at", e->started_at);
		reply_text(out, "lease_until", e->lease_until);
		reply_text(out, "stopped_at", e->stopped_at);
		if (e->version[0] != '\0')
			reply_text(out, "version", e->version);
		reply_end_row(out);
	}
	if (rc == ERR_OK)
		lists_tell(ctx, &ask, "engines");
	return rc;
}

static const struct cmd_example list_examples[] = {
	{ "leat engine list", "Who runs jobs, and which" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_engine_list = {
	.name = "engine list",
	.since = "0.1",
	.summary = "Show the engines that share the queue.",
	.text = "Engines serve all organizations; jobs are shown of this one only. An engine is "
		"known to live by a lock that its session holds, and while it runs jobs by a sign "
		"of life every few seconds. gone is one that lost its lock, silent one whose sign "
		"is overdue: others take its jobs in a moment.",
	.flags = CMD_IDEMPOTENT,
	.args = list_args,
	.reply = list_reply,
	.examples = list_examples,
	.run = run_list,
};

static const struct val_spec drain_args[] = {
	{ "engine", VAL_INT8, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL, "Number of the engine.",
	  0 },
	VAL_END
};

static const struct val_spec drain_reply[] = {
	{ "engine", VAL_INT8, 0, NULL, NULL, "The engine.", 0 },
	VAL_END
};

static enum err_code run_drain(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			       struct err *err)
{
	int64_t id = arg_int8(in, "engine");
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK && (id < 1 || id > INT32_MAX))
		rc = err_set(err, ERR_USAGE, "ENGINE takes a number from 1");
	if (rc == ERR_OK)
		rc = engine_row_drain(db, (int)id, err);
	if (rc != ERR_OK)
		return rc;
	reply_int8(out, "engine", id);
	reply_end_row(out);
	return ERR_OK;
}

const struct cmd_spec cmd_engine_drain = {
	.name = "engine drain",
	.since = "0.1",
	.summary = "Ask an engine to take nothing new and to end.",
	.text = "As SIGTERM does where it runs: jobs have its drain time to end, and are handed "
		"back to the queue then. An engine serves all organizations; the others lose it "
		"too.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE,
	.args = drain_args,
	.reply = drain_reply,
	.run = run_drain,
};

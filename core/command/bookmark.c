/*
 * core/command/bookmark.c
 *	The commands of bookmark: how far incremental pipelines have come.
 */
#include <jansson.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/body.h"
#include "core/command/command.h"
#include "core/command/lists.h"
#include "core/flow/pipeline.h"
#include "core/meta/bookmark.h"
#include "core/meta/pipeline_store.h"

static const struct val_spec reply[] = {
	{ "pipeline", VAL_NAME, 0, NULL, NULL, "The pipeline.", 0 },
	{ "bookmark", VAL_JSON, COL_WRAP, NULL, NULL, "Field and value that it has come to.", 0 },
	{ "job", VAL_INT8, 0, NULL, NULL, "Job that moved it; null: it was set by hand.", 0 },
	{ "updated_at", VAL_TIME, 0, NULL, NULL, "When it was moved.", 0 },
	VAL_END
};

static const struct val_spec list_args[] = { LISTS_WORDS, LISTS_PAGE(NULL), VAL_END };

static enum err_code run_list(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct bookmark_list list = { 0 };
	struct list_said said;
	struct list_ask ask;
	struct db *db;
	enum err_code rc = lists_ask(ctx, in, &ask, &said, err);

	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = bookmark_list(ctx->mem, db, &ask, &list, err);
	for (int i = 0; rc == ERR_OK && i < list.n; i++) {
		reply_text(out, "pipeline", list.b[i].pipeline);
		reply_json(out, "bookmark", list.b[i].value);
		if (list.b[i].job != 0)
			reply_int8(out, "job", list.b[i].job);
		reply_text(out, "updated_at", list.b[i].updated_at);
		reply_end_row(out);
	}
	if (rc == ERR_OK)
		lists_tell(ctx, &ask, "bookmarks");
	return rc;
}

static const struct cmd_example list_examples[] = {
	{ "leat bookmark list", "How far each pipeline has come" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_bookmark_list = {
	.name = "bookmark list",
	.since = "0.1",
	.summary = "Show how far incremental pipelines have come.",
	.flags = CMD_IDEMPOTENT,
	.args = list_args,
	.reply = reply,
	.examples = list_examples,
	.run = run_list,
};

/* ---- set ----------------------------------------------------------------------- */

static const struct val_spec set_args[] = {
	{ "pipeline", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, "pipeline", "The pipeline.",
		0 },
	{ "value", VAL_TEXT, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL,
	  "Value of its cursor field behind which the next run begins.", 0 },
	VAL_END
};

static enum err_code run_set(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			     struct err *err)
{
	const char *name = arg_text(in, "pipeline"), *value;
	struct pipeline_row row;
	struct pipeline p;
	struct db *db;
	json_t *json;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = pipeline_get(ctx->mem, db, name, &row, err);
	if (rc == ERR_OK)
		rc = body_read(ctx->mem, row.body, arena_printf(ctx->mem, "pipeline %s", name), &p,
			       err);
	if (rc == ERR_OK && p.cursor == NULL) {
		rc = err_set(err, ERR_CONFIG, "pipeline %s has no cursor field", name);
		err_hint(err, "Say cursor: FIELD in its file and apply that; see: leat help pipelines.");
	}
	if (rc != ERR_OK)
		return rc;
	json = json_pack("{s:s, s:s}", "field", p.cursor, "value", arg_text(in, "value"));
	if (json == NULL)
		return err_set(err, ERR_INPUT, "the value is not UTF-8");
	value = body_text(ctx->mem, json);
	json_decref(json);
	rc = bookmark_set(db, name, value, err);
	if (rc != ERR_OK)
		return rc;
	reply_text(out, "pipeline", name);
	reply_json(out, "bookmark", value);
	reply_end_row(out);
	return ERR_OK;
}

const struct cmd_spec cmd_bookmark_set = {
	.name = "bookmark set",
	.since = "0.1",
	.summary = "Say where the next run of a pipeline begins.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE,
	.args = set_args,
	.reply = reply,
	.run = run_set,
};

/* ---- clear --------------------------------------------------------------------- */

static const struct val_spec clear_args[] = {
	{ "pipeline", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, "pipeline", "The pipeline.",
		0 },
	VAL_END
};

static const struct val_spec clear_reply[] = {
	{ "pipeline", VAL_NAME, 0, NULL, NULL, "The pipeline.", 0 },
	VAL_END
};

static enum err_code run_clear(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			       struct err *err)
{
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = bookmark_clear(db, arg_text(in, "pipeline"), err);
	if (rc != ERR_OK)
		return rc;
	reply_text(out, "pipeline", arg_text(in, "pipeline"));
	reply_end_row(out);
	return ERR_OK;
}

const struct cmd_spec cmd_bookmark_clear = {
	.name = "bookmark clear",
	.since = "0.1",
	.summary = "Forget how far a pipeline has come.",
	.text = "Its next run reads everything.",
	.flags = CMD_WRITES | CMD_DESTROYS | CMD_ONE,
	.args = clear_args,
	.reply = clear_reply,
	.run = run_clear,
};

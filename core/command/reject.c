/*
 * core/command/reject.c
 *	The commands of reject: rows that failed, with every reason.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/body.h"
#include "core/command/jobs.h"
#include "core/command/lists.h"
#include "core/command/rejects.h"

#define RAW_MOST 1000000000	/* more than a row can have */

#define FILTER_ARGS                                                                              \
	{ "job", VAL_INT8, ARG_POSITIONAL, NULL, "job", "Only rejects of this job.", 0 },         \
	{ "last", VAL_BOOL, 0, NULL, NULL, "Only rejects of the newest job.", 0 },                \
	{ "field", VAL_TEXT, 0, NULL, NULL, "Only rows in which this field failed.", 0 },         \
	{ "rule", VAL_TEXT, 0, NULL, NULL, "Only rows that failed this rule.", 0 }

static enum err_code read_filter(struct cmd_ctx *ctx, const struct cmd_args *in,
				 struct reject_filter *f, struct err *err)
{
	*f = (struct reject_filter){
		.job = arg_int8(in, "job"),
		.field = arg_text(in, "field"),
		.rule = arg_text(in, "rule"),
		.with_void = true,
	};
	if (!arg_bool(in, "last"))
		return ERR_OK;
	if (arg_given(in, "job"))
		return err_set(err, ERR_USAGE, "--last does not go with a job");
	return jobs_id(ctx, in, "job", &f->job, err);
}

static const struct val_spec list_reply[] = { REJECT_COLUMNS(COL_WIDE, COL_WIDE), VAL_END };
static const struct val_spec show_reply[] = {
	REJECT_COLUMNS(COL_WRAP, COL_WRAP),
	{ "cells", VAL_JSON, COL_WRAP, NULL, NULL,
	  "Its cells: field, value, what it was when that was changed, and why it is bad.", 0 },
	VAL_END
};

/* ---- list ----------------------------------------------------------------------- */

static const struct val_spec list_args[] = {
	FILTER_ARGS,
	LISTS_FILTER,
	{ "discarded", VAL_BOOL, 0, NULL, NULL, "Discarded rows, too.", 0 },
	{ "replayed", VAL_BOOL, 0, NULL, NULL, "Rows that were replayed, too.", 0 },
	{ "raw-bytes", VAL_INT8, 0, NULL, "N", "At most so much of each row as it stood.", 0 },
	LISTS_PAGE("100"),
	VAL_END
};

static enum err_code run_list(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct reject_filter filter;
	struct reject_rows rows = { 0 };
	struct list_said said;
	struct list_ask ask;
	struct db *db;
	enum err_code rc = lists_ask(ctx, in, &ask, &said, err);

	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = read_filter(ctx, in, &filter, err);
	if (rc != ERR_OK)
		return rc;
	filter.ask = ask;
	filter.states = rejects_states(in);
	filter.raw_bytes = (int)arg_int8(in, "raw-bytes");
	if (arg_given(in, "raw-bytes") &&
	    (arg_int8(in, "raw-bytes") < 1 || arg_int8(in, "raw-bytes") > RAW_MOST))
		return err_set(err, ERR_USAGE, "--raw-bytes takes a number from 1 to %d", RAW_MOST);
	rc = reject_list(ctx->mem, db, &filter, &rows, err);
	for (int i = 0; rc == ERR_OK && i < rows.n; i++) {
		rejects_put(out, ctx->mem, &rows.r[i]);
		reply_end_row(out);
	}
	if (rc == ERR_OK)
		lists_tell(ctx, &ask, "rejects");
	return rc;
}

static const struct cmd_example list_examples[] = {
	{ "leat reject list --last", "Rows that the newest job kept back" },
	{ "leat reject list --rule required --limit 10", "Those that lack something" },
	{ "leat reject list 7 --filter 'reasons~price.*comma' --sort row", "Of job 7, by what is wrong" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_reject_list = {
	.name = "reject list",
	.since = "0.1",
	.summary = "Show rows that failed, with their reasons.",
	.flags = CMD_IDEMPOTENT,
	.args = list_args,
	.reply = list_reply,
	.examples = list_examples,
	.run = run_list,
};

/* ---- groups ----------------------------------------------------------------------- */

static const struct val_spec groups_args[] = {
	FILTER_ARGS,
	LISTS_FILTER,
	{ "sort", VAL_TEXT, 0, NULL, "COLUMN", "By this column; -COLUMN: the greatest first.", 0 },
	{ "after", VAL_TEXT, 0, NULL, "ID", "What comes behind the group of this sample_id.", 0 },
	{ "before", VAL_TEXT, 0, NULL, "ID", "What comes before that group.", 0 },
	{ "limit", VAL_INT8, 0, "1000", NULL, "At most so many.", 0 },
	VAL_END
};

static const struct val_spec groups_reply[] = {
	{ "rows", VAL_INT8, 0, NULL, NULL, "Rows that failed for this reason.", 0 },
	{ "field", VAL_TEXT, 0, NULL, NULL, "Field; null for the row as a whole.", 0 },
	{ "rule", VAL_TEXT, 0, NULL, NULL, "Rule.", 0 },
	{ "sqlstate", VAL_TEXT, COL_WIDE, NULL, NULL, "The server's code, when it refused them.",
	  0 },
	{ "reason", VAL_TEXT, COL_WRAP, NULL, NULL, "What is wrong.", 0 },
	{ "sample", VAL_TEXT, 0, NULL, NULL, "One of the values.", 0 },
	{ "sample_id", VAL_INT8, 0, NULL, NULL, "Its reject.", 0 },
	{ "first_row", VAL_INT8, COL_WIDE, NULL, NULL, "First row it happened to.", 0 },
	{ "last_row", VAL_INT8, COL_WIDE, NULL, NULL, "Last row it happened to.", 0 },
	{ "first_at", VAL_TIME, COL_WIDE, NULL, NULL, "When it was first met.", 0 },
	{ "last_at", VAL_TIME, COL_WIDE, NULL, NULL, "When it was last met.", 0 },
	{ "job", VAL_INT8, COL_WIDE, NULL, NULL, "Job.", 0 },
	VAL_END
};

static enum err_code run_groups(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	struct reject_groups groups = { 0 };
	struct reject_filter filter;
	struct list_said said;
	struct list_ask ask;
	struct db *db;
	enum err_code rc = lists_ask(ctx, in, &ask, &said, err);

	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = read_filter(ctx, in, &filter, err);
	filter.ask = ask;
	if (rc == ERR_OK)
		rc = reject_groups(ctx->mem, db, &filter, &groups, err);
	for (int i = 0; rc == ERR_OK && i < groups.n; i++) {
		const struct reject_group *g = &groups.g[i];

		reply_int8(out, "rows", g->rows);
		if (g->field != NULL && g->field[0] != '\0')
			reply_text(out, "field", g->field);
		reply_text(out, "rule", g->rule);
		if (g->sqlstate != NULL && g->sqlstate[0] != '\0')
			reply_text(out, "sqlstate", g->sqlstate);
		reply_text(out, "reason", g->reason);
		reply_text(out, "sample", g->sample);
		reply_int8(out, "sample_id", g->sample_id);
		reply_int8(out, "first_row", g->first_row);
		reply_int8(out, "last_row", g->last_row);
		reply_text(out, "first_at", g->first_at);
		reply_text(out, "last_at", g->last_at);
		reply_int8(out, "job", g->job);
		reply_end_row(out);
	}
	if (rc == ERR_OK)
		lists_tell(ctx, &ask, "groups");
	return rc;
}

static const struct cmd_example groups_examples[] = {
	{ "leat reject groups --last", "Why rows of the newest job failed, most frequent first" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_reject_groups = {
	.name = "reject groups",
	.since = "0.1",
	.summary = "Count rejects by reason.",
	.flags = CMD_IDEMPOTENT,
	.args = groups_args,
	.reply = groups_reply,
	.examples = groups_examples,
	.run = run_groups,
};

/* ---- show ---------------------------------------------------------------------------- */

static const struct val_spec show_args[] = {
	{ "id", VAL_INT8, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL, "The reject.", 0 },
	VAL_END
};

static json_t *text_or_null(bool is_null, struct slice v)
{
	json_t *text = is_null ? json_null() : json_stringn(v.p, v.n);

	return text != NULL ? text : json_null();
}

static const char *cells_json(struct arena *mem, const struct reject_row *r,
			      const struct rejects_cells *cells)
{
	json_t *list = json_array();
	const char *out;

	for (int i = 0; i < cells->n; i++) {
		const struct rejects_cell *c = &cells->c[i];
		json_t *o = json_object();

		json_object_set_new(o, "field", json_string(c->field));
		json_object_set_new(o, "value", text_or_null(c->is_null, c->value));
		if (c->is_null != c->was_null || !slice_eq(c->value, c->was))
			json_object_set_new(o, "was", text_or_null(c->was_null, c->was));
		for (int k = 0; k < r->nproblems; k++)
			if (strcmp(r->problem[k].field, c->field) == 0)
				json_object_set_new(o, "bad", json_string(r->problem[k].reason));
		json_array_append_new(list, o);
	}
	out = body_text(mem, list);
	json_decref(list);
	return out;
}

static enum err_code run_show(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct rejects_cells cells = { 0 };
	struct reject_row row;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = reject_get(ctx->mem, db, arg_int8(in, "id"), &row, err);
	if (rc != ERR_OK)
		return rc;
	rejects_put(out, ctx->mem, &row);
	/* Of rows that an older leat kept nobody knows the cells. */
	if (rejects_cells(ctx->mem, db, row.id, &cells, err) == ERR_OK)
		reply_json(out, "cells", cells_json(ctx->mem, &row, &cells));
	else
		err_clear(err);
	reply_end_row(out);
	return ERR_OK;
}

static const struct cmd_example show_examples[] = {
	{ "leat reject show 1", "One row with all that is wrong" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_reject_show = {
	.name = "reject show",
	.since = "0.1",
	.summary = "Show one reject with its row as it stood.",
	.flags = CMD_IDEMPOTENT | CMD_ONE,
	.args = show_args,
	.reply = show_reply,
	.examples = show_examples,
	.run = run_show,
};

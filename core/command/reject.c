/*
 * core/command/reject.c
 *	The commands of reject: rows that failed, with every reason.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/command/jobs.h"
#include "core/command/lists.h"
#include "core/meta/reject.h"

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
	};
	if (!arg_bool(in, "last"))
		return ERR_OK;
	if (arg_given(in, "job"))
		return err_set(err, ERR_USAGE, "--last does not go with a job");
	return jobs_id(ctx, in, "job", &f->job, err);
}

static const char *problems_json(struct arena *mem, const struct reject_row *r)
{
	json_t *list = json_array();
	const char *copy;
	char *text;

	for (int i = 0; i < r->nproblems; i++) {
		const struct reject_problem *p = &r->problem[i];
		json_t *o = json_object();
		json_t *value = json_stringn(p->value.p, p->value.n);

		json_object_set_new(o, "field", json_string(p->field));
		json_object_set_new(o, "value", value != NULL ? value : json_null());
		json_object_set_new(o, "rule", json_string(p->rule));
		json_object_set_new(o, "reason", json_string(p->reason));
		json_array_append_new(list, o);
	}
	text = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	copy = arena_strdup(mem, text);
	free(text);
	return copy;
}

/* "price: is not a number (abc); id: is required" for people. */
static void put_reasons(struct reply *out, struct arena *mem, const struct reject_row *r)
{
	struct buf text;

	buf_init(&text, 65536);
	for (int i = 0; i < r->nproblems; i++) {
		const struct reject_problem *p = &r->problem[i];

		buf_addf(&text, "%s%s%s%s", i > 0 ? "; " : "", p->field,
			 p->field[0] != '\0' ? " " : "",
			 p->reason);
		if (p->value.n > 0)
			buf_addf(&text, " (%s)", text_fit(mem, p->value.p, p->value.n, 40));
	}
	reply_text(out, "reasons", buf_str(&text));
	buf_release(&text);
}

static void put_reject(struct reply *out, struct arena *mem, const struct reject_row *r)
{
	reply_int8(out, "id", r->id);
	reply_int8(out, "job", r->job);
	reply_text(out, "part", r->part);
	reply_int8(out, "row", r->row);
	if (r->line > 0)
		reply_int8(out, "line", r->line);
	if (r->offset >= 0)
		reply_int8(out, "offset", r->offset);
	put_reasons(out, mem, r);
	reply_json(out, "problems", problems_json(mem, r));
	reply_slice(out, "raw", r->raw);
	reply_text(out, "at", r->at);
	reply_text(out, "discarded_at", r->discarded_at);
	reply_text(out, "discard_reason", r->discard_reason);
	reply_end_row(out);
}

#define REJECT_COLUMNS(problems_wide, raw_wide)                                                  \
	{ "id", VAL_INT8, 0, NULL, NULL, "The reject.", 0 },                                      \
	{ "job", VAL_INT8, 0, NULL, NULL, "Job that met the row.", 0 },                           \
	{ "part", VAL_TEXT, COL_WIDE, NULL, NULL, "File or table it came from.", 0 },             \
	{ "row", VAL_INT8, COL_WIDE, NULL, NULL, "Number of the row in the source.", 0 },         \
	{ "line", VAL_INT8, 0, NULL, NULL, "Line of the file where it begins.", 0 },              \
	{ "offset", VAL_INT8, COL_WIDE, NULL, NULL, "Byte of the file where it begins.", 0 },     \
	{ "reasons", VAL_TEXT, COL_WRAP, NULL, NULL, "All that is wrong with it.", 0 },           \
	{ "problems", VAL_JSON, problems_wide, NULL, NULL,                                        \
	  "The same as a list of field, value, rule and reason.", 0 },                            \
	{ "raw", VAL_TEXT, raw_wide, NULL, NULL, "The row as it stood.", 0 },                     \
	{ "at", VAL_TIME, COL_WIDE, NULL, NULL, "When it was rejected.", 0 },                     \
	{ "discarded_at", VAL_TIME, COL_WIDE, NULL, NULL, "When it was discarded.", 0 },          \
	{ "discard_reason", VAL_TEXT, COL_WIDE, NULL, NULL, "Why it was discarded.", 0 }

static const struct val_spec list_reply[] = { REJECT_COLUMNS(COL_WIDE, COL_WIDE), VAL_END };
static const struct val_spec show_reply[] = { REJECT_COLUMNS(COL_WRAP, COL_WRAP), VAL_END };

/* ---- list ----------------------------------------------------------------------- */

static const struct val_spec list_args[] = {
	FILTER_ARGS,
	LISTS_FILTER,
	{ "discarded", VAL_BOOL, 0, NULL, NULL, "Discarded rows, too.", 0 },
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
	filter.with_discarded = arg_bool(in, "discarded");
	rc = reject_list(ctx->mem, db, &filter, &rows, err);
	for (int i = 0; rc == ERR_OK && i < rows.n; i++)
		put_reject(out, ctx->mem, &rows.r[i]);
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
	{ "reason", VAL_TEXT, COL_WRAP, NULL, NULL, "What is wrong.", 0 },
	{ "sample", VAL_TEXT, 0, NULL, NULL, "One of the values.", 0 },
	{ "sample_id", VAL_INT8, 0, NULL, NULL, "Its reject.", 0 },
	{ "first_row", VAL_INT8, COL_WIDE, NULL, NULL, "First row it happened to.", 0 },
	{ "last_row", VAL_INT8, COL_WIDE, NULL, NULL, "Last row it happened to.", 0 },
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
		reply_text(out, "reason", g->reason);
		reply_text(out, "sample", g->sample);
		reply_int8(out, "sample_id", g->sample_id);
		reply_int8(out, "first_row", g->first_row);
		reply_int8(out, "last_row", g->last_row);
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

static enum err_code run_show(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct reject_row row;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = reject_get(ctx->mem, db, arg_int8(in, "id"), &row, err);
	if (rc == ERR_OK)
		put_reject(out, ctx->mem, &row);
	return rc;
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

/* ---- export ---------------------------------------------------------------------------- */

static const struct val_spec export_args[] = {
	FILTER_ARGS,
	{ "discarded", VAL_BOOL, 0, NULL, NULL, "Discarded rows, too.", 0 },
	VAL_END
};

struct export {
	struct cmd_ctx *cmd;
	struct arena *mem;	/* of one row */
	struct reply *out;
};

static enum err_code export_row(void *ctx, const struct reject_row *r, struct err *err)
{
	struct export *e = ctx;

	put_reject(e->out, e->mem, r);
	arena_reset(e->mem);
	if (atomic_load(e->cmd->stop) != 0)
		return err_set(err, ERR_INTERRUPTED, "stopped exporting rejects");
	return ERR_OK;
}

static enum err_code run_export(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	struct export export = { ctx, arena_new(ctx->mem, "row"), out };
	struct reject_filter filter;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = read_filter(ctx, in, &filter, err);
	if (rc != ERR_OK)
		return rc;
	filter.with_discarded = arg_bool(in, "discarded");
	return reject_each(db, &filter, export_row, &export, err);
}

static const struct cmd_example export_examples[] = {
	{ "leat reject export --last > rejects.csv", "All rejects of the newest job as CSV" },
	{ "leat -o jsonl reject export 1", "Those of one job, an object a line" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_reject_export = {
	.name = "reject export",
	.since = "0.1",
	.summary = "Write out all rejects, however many there are.",
	.text = "As CSV, unless --output asks for another form: raw is the row as it stood, byte for "
		"byte.",
	.flags = CMD_IDEMPOTENT | CMD_STREAMS | CMD_CSV,
	.args = export_args,
	.reply = list_reply,
	.examples = export_examples,
	.run = run_export,
};

/* ---- discard --------------------------------------------------------------------------- */

static const struct val_spec discard_args[] = {
	{ "id", VAL_INT8, ARG_POSITIONAL, NULL, NULL, "The reject; or say --job or --last.", 0 },
	{ "job", VAL_INT8, 0, NULL, NULL, "All rejects of this job.", 0 },
	{ "last", VAL_BOOL, 0, NULL, NULL, "All rejects of the newest job.", 0 },
	{ "field", VAL_TEXT, 0, NULL, NULL, "Only rows in which this field failed.", 0 },
	{ "rule", VAL_TEXT, 0, NULL, NULL, "Only rows that failed this rule.", 0 },
	{ "reason", VAL_TEXT, 0, NULL, NULL, "Why; it is kept.", 0 },
	VAL_END
};

static const struct val_spec discard_reply[] = {
	{ "rows", VAL_INT8, 0, NULL, NULL, "Rejects that were discarded.", 0 },
	VAL_END
};

static enum err_code run_discard(struct cmd_ctx *ctx, const struct cmd_args *in,
				 struct reply *out, struct err *err)
{
	const char *reason = arg_text(in, "reason");
	struct reject_filter filter;
	int64_t rows = 0;
	struct db *db;
	enum err_code rc;

	if (!arg_given(in, "id") && !arg_given(in, "job") && !arg_bool(in, "last"))
		return err_set(err, ERR_USAGE, "reject discard needs ID, --job or --last");
	rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = read_filter(ctx, in, &filter, err);
	if (rc == ERR_OK)
		rc = reject_discard(db, &filter, arg_int8(in, "id"), reason != NULL ? reason : "",
				    &rows, err);
	if (rc == ERR_OK && rows == 0 && arg_given(in, "id"))
		rc = err_set(err, ERR_NOT_FOUND, "there is no reject %" PRId64,
			     arg_int8(in, "id"));
	if (rc != ERR_OK)
		return rc;
	reply_int8(out, "rows", rows);
	reply_end_row(out);
	return ERR_OK;
}

const struct cmd_spec cmd_reject_discard = {
	.name = "reject discard",
	.since = "0.1",
	.summary = "Set rejects aside; they are no longer listed.",
	.flags = CMD_WRITES | CMD_DESTROYS | CMD_IDEMPOTENT | CMD_ONE,
	.args = discard_args,
	.reply = discard_reply,
	.run = run_discard,
};

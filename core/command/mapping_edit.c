/*
 * core/command/mapping_edit.c
 *	The commands mapping set, import, undo, redo and discard: what is done to a draft.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/command/body.h"
#include "core/command/mapping_work.h"

static const struct val_spec edit_reply[] = { MAPPING_EDIT_COLUMNS, VAL_END };

static void put_edit(struct mapping_work *w, bool changed, struct reply *out)
{
	struct mapping_changes c;
	int undo, redo;

	mapping_diff(w->ctx->mem, &w->published, &w->draft, &c);
	mapping_count_edits(w, &undo, &redo);
	reply_text(out, "name", w->row.name);
	reply_bool(out, "changed", changed);
	reply_int8(out, "changes", c.n);
	reply_int8(out, "undo", undo);
	reply_int8(out, "redo", redo);
	reply_end_row(out);
}

/* ---- set ---------------------------------------------------------------------------- */

static const struct val_spec set_args[] = {
	MAPPING_NAME,
	{ "line", VAL_TEXT, ARG_POSITIONAL | ARG_REQUIRED | ARG_REPEAT, NULL, "FIELD=EXPRESSION",
	  "What makes the field; FIELD=- leaves it out, FIELD= takes its line away.", 0 },
	VAL_END
};

static enum err_code set_lines(struct mapping_work *w, void *arg, struct err *err)
{
	const struct cmd_args *in = arg;

	for (int i = 0; i < arg_count(in, "line"); i++) {
		const char *name, *expr;
		enum err_code rc = body_split(w->ctx->mem, "mapping set", arg_nth(in, "line", i),
					      &name, &expr, err);

		if (rc != ERR_OK)
			return rc;
		mapping_set(w->ctx->mem, &w->draft, name, expr[0] != '\0' ? expr : NULL);
	}
	return ERR_OK;
}

static enum err_code run_set(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			     struct err *err)
{
	/* The words are only read. */
	void *arg = (void *)(uintptr_t)in;
	struct mapping_work w;
	bool changed = false;
	enum err_code rc = mapping_edit(ctx, arg_text(in, "name"), set_lines, arg, &w, &changed,
					err);

	if (rc == ERR_OK)
		put_edit(&w, changed, out);
	return rc;
}

static const struct cmd_example set_examples[] = {
	{ "leat mapping set sales \"channel='web'\" 'note=-'", "A constant, and a field left out" },
	{ "leat mapping set sales channel= note=", "Without these lines again" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_mapping_set = {
	.name = "mapping set",
	.since = "0.2",
	.summary = "Change lines of your draft of a mapping.",
	.text = "The draft begins with what is published. Nothing that runs changes before it is "
		"published; leat mapping preview says what would become of rows.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE,
	.args = set_args,
	.reply = edit_reply,
	.examples = set_examples,
	.run = run_set,
};

/* ---- import -------------------------------------------------------------------------- */

static const struct val_spec import_args[] = {
	MAPPING_NAME,
	{ "file", VAL_FILE, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL,
	  "The file; - is standard input.", 0 },
	{ "publish", VAL_BOOL, 0, NULL, NULL,
	  "Publish it as well, as leat mapping publish does.", 0 },
	VAL_END
};

static enum err_code put_lines(struct mapping_work *w, void *arg, struct err *err)
{
	const struct mapping *m = arg;

	(void)err;
	w->draft = *m;
	return ERR_OK;
}

static enum err_code run_import(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	const char *name = arg_text(in, "name");
	struct mapping_publishing how = { .name = name };
	struct mapping_work w;
	struct mapping m;
	bool changed = false;
	enum err_code rc = mapping_read_file(ctx, arg_text(in, "file"), &m, err);

	if (rc == ERR_OK)
		rc = mapping_edit(ctx, name, put_lines, &m, &w, &changed, err);
	if (rc == ERR_OK && arg_bool(in, "publish"))
		rc = mapping_publish_draft(ctx, &how, NULL, err);
	if (rc == ERR_OK)
		rc = mapping_open(ctx, name, &w, err);
	if (rc == ERR_OK)
		put_edit(&w, changed, out);
	return rc;
}

static const struct cmd_example import_examples[] = {
	{ "leat mapping import sales sales.map", "The lines of a file as the draft" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_mapping_import = {
	.name = "mapping import",
	.since = "0.2",
	.summary = "Take the lines of a file as your draft of a mapping.",
	.text = "It is one edit, which leat mapping undo takes back. What is wrong with a line is "
		"told with its place, and nothing is changed. Not published, the draft is kept.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE | CMD_LOCAL,
	.args = import_args,
	.reply = edit_reply,
	.examples = import_examples,
	.run = run_import,
};

/* ---- undo, redo ---------------------------------------------------------------------- */

static const struct val_spec name_args[] = { MAPPING_NAME, VAL_END };

typedef const char *(*step_fn)(struct arena *mem, const json_t *edits, int *done,
			       const char *text);

static enum err_code step(struct cmd_ctx *ctx, const struct cmd_args *in, step_fn fn,
			  const char *nothing, struct reply *out, struct err *err)
{
	struct mapping_work w;
	json_t *edits = NULL;
	bool kept = true;
	enum err_code rc = mapping_open(ctx, arg_text(in, "name"), &w, err);
	const char *to = NULL;

	if (rc == ERR_OK && w.has_draft)
		rc = js_parse(&edits, w.row.edits, strlen(w.row.edits), "edits", err);
	if (rc == ERR_OK && edits != NULL)
		to = fn(ctx->mem, edits, &w.row.done, w.row.draft);
	json_decref(edits);
	if (rc == ERR_OK && to != NULL) {
		w.row.draft = to;
		rc = mapping_keep(w.db, &w.row, &kept, err);
	} else if (rc == ERR_OK) {
		cmd_note(ctx, "%s", nothing);
	}
	if (rc == ERR_OK && !kept)
		rc = err_set(err, ERR_CONFLICT, "the draft was changed elsewhere meanwhile");
	if (rc == ERR_OK)
		rc = mapping_open(ctx, arg_text(in, "name"), &w, err);
	if (rc == ERR_OK)
		put_edit(&w, to != NULL, out);
	return rc;
}

static enum err_code run_undo(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	return step(ctx, in, mapping_undo, "there is nothing to undo", out, err);
}

static enum err_code run_redo(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	return step(ctx, in, mapping_redo, "there is nothing to do again", out, err);
}

const struct cmd_spec cmd_mapping_undo = {
	.name = "mapping undo",
	.since = "0.2",
	.summary = "Take back the last edit of your draft of a mapping.",
	.text = "All edits since the draft began can be undone, also those of another session.",
	.flags = CMD_WRITES | CMD_ONE,
	.args = name_args,
	.reply = edit_reply,
	.run = run_undo,
};

const struct cmd_spec cmd_mapping_redo = {
	.name = "mapping redo",
	.since = "0.2",
	.summary = "Do again what was undone in your draft of a mapping.",
	.flags = CMD_WRITES | CMD_ONE,
	.args = name_args,
	.reply = edit_reply,
	.run = run_redo,
};

/* ---- discard --------------------------------------------------------------------------- */

static const struct val_spec discard_reply[] = {
	{ "name", VAL_NAME, 0, NULL, NULL, "The pipeline.", 0 },
	{ "discarded", VAL_BOOL, 0, NULL, NULL, "Whether there was a draft.", 0 },
	VAL_END
};

static enum err_code run_discard(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				 struct err *err)
{
	struct mapping_work w;
	bool gone = false;
	enum err_code rc = mapping_open(ctx, arg_text(in, "name"), &w, err);

	if (rc == ERR_OK)
		rc = mapping_drop(w.db, &w.row, &gone, err);
	if (rc != ERR_OK)
		return rc;
	reply_text(out, "name", w.row.name);
	reply_bool(out, "discarded", gone);
	reply_end_row(out);
	return ERR_OK;
}

const struct cmd_spec cmd_mapping_discard = {
	.name = "mapping discard",
	.since = "0.2",
	.summary = "Throw away your draft of a mapping; what is published stays.",
	.flags = CMD_WRITES | CMD_DESTROYS | CMD_IDEMPOTENT | CMD_ONE,
	.args = name_args,
	.reply = discard_reply,
	.run = run_discard,
};

/*
 * core/command/reject_acts.c
 *	The commands reject discard, undo, redo, acts and history.
 */
#include <inttypes.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/lists.h"
#include "core/command/rejects.h"
#include "core/db/db.h"

/* ---- discard ---------------------------------------------------------------------- */

static enum err_code discard(struct cmd_ctx *ctx, struct db *db, const struct replay_set *set,
			     const char *reason, struct repair_verdicts *left, struct err *err)
{
	struct repair_change *c = arena_array(ctx->mem, (size_t)set->n + 1, sizeof(*c));
	int64_t act = 0;
	enum err_code rc = db_begin(db, err);

	for (int i = 0; i < set->n; i++)
		c[i] = (struct repair_change){ .id = set->id[i], .version = -1 };
	if (rc == ERR_OK)
		rc = repair_act(db, "discard", reason,
				set->n == 1 ? arena_printf(ctx->mem, "%" PRId64, set->id[0]) : "",
				&act, err);
	if (rc == ERR_OK)
		rc = repair_change(ctx->mem, db, act, reason, c, set->n, left, err);
	if (rc == ERR_OK && left->n < set->n)
		rc = db_commit(db, err);
	db_rollback(db);
	return rc;
}

/* One that was named, and could not be. */
static enum err_code refused(const struct repair_verdict *v, struct err *err)
{
	if (strcmp(v->why, "discarded") == 0)
		return ERR_OK;	/* as it was wanted */
	if (strcmp(v->why, "in replay") == 0)
		return err_set(err, ERR_CONFLICT, "reject %" PRId64 " is being replayed", v->id);
	return err_set(err, ERR_CONFLICT, "reject %" PRId64 " is %s", v->id, v->why);
}

static enum err_code run_discard(struct cmd_ctx *ctx, const struct cmd_args *in,
				 struct reply *out, struct err *err)
{
	const char *reason = arg_text(in, "reason");
	struct repair_verdicts left = { 0 };
	struct replay_set set;
	struct db *db;
	enum err_code rc = rejects_find(ctx, in, "filter", &set, err);

	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK && set.n > 0)
		rc = discard(ctx, db, &set, reason != NULL ? reason : "", &left, err);
	if (rc == ERR_OK && set.n == 1 && left.n == 1)
		rc = refused(&left.v[0], err);
	if (rc != ERR_OK)
		return rc;
	reply_int8(out, "rows", set.n - left.n);
	reply_int8(out, "left", left.n);
	reply_end_row(out);
	return ERR_OK;
}

static const struct val_spec discard_args[] = {
	{ "id", VAL_INT8, ARG_POSITIONAL | ARG_REPEAT, NULL, NULL,
	  "The rejects; or say with options which.", 0 },
	REJECTS_WHICH("filter"),
	{ "reason", VAL_TEXT, 0, NULL, NULL, "Why; it is kept.", 0 },
	VAL_END
};

static const struct val_spec discard_reply[] = {
	{ "rows", VAL_INT8, 0, NULL, NULL, "Rejects that were discarded.", 0 },
	{ "left", VAL_INT8, 0, NULL, NULL,
	  "Those that were left: discarded before, replayed, or in a replay.", 0 },
	VAL_END
};

static const struct cmd_example discard_examples[] = {
	{ "leat reject discard 8 --reason 'a test row' --yes", "One row is not wanted" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_reject_discard = {
	.name = "reject discard",
	.since = "0.1",
	.summary = "Set rejects aside; they are no longer listed.",
	.text = "They stay, with the reason, and are listed with --discarded. leat reject undo takes "
		"it back.",
	.flags = CMD_WRITES | CMD_DESTROYS | CMD_IDEMPOTENT | CMD_ONE,
	.args = discard_args,
	.reply = discard_reply,
	.examples = discard_examples,
	.run = run_discard,
};

/* ---- undo, redo -------------------------------------------------------------------- */

static const struct val_spec undo_args[] = {
	{ "act", VAL_INT8, ARG_POSITIONAL, NULL, NULL,
	  "The act, as leat reject acts numbers them; your newest when not said.", 0 },
	VAL_END
};

static const struct val_spec undo_reply[] = {
	{ "act", VAL_INT8, 0, NULL, NULL, "The act.", 0 },
	{ "rejects", VAL_INT8, 0, NULL, NULL, "Rejects that were changed.", 0 },
	{ "left", VAL_INT8, 0, NULL, NULL,
	  "Those to which something has happened since: they stay as they are.", 0 },
	VAL_END
};

static enum err_code undo(struct cmd_ctx *ctx, const struct cmd_args *in, bool is_again,
			  struct reply *out, struct err *err)
{
	struct repair_undone done;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = db_begin(db, err);
	if (rc != ERR_OK)
		return rc;
	rc = repair_undo(db, arg_int8(in, "act"), is_again, &done, err);
	if (rc == ERR_OK)
		rc = db_commit(db, err);
	db_rollback(db);
	if (rc != ERR_OK)
		return rc;
	reply_int8(out, "act", done.act);
	reply_int8(out, "rejects", done.rejects);
	reply_int8(out, "left", done.kept);
	reply_end_row(out);
	return ERR_OK;
}

static enum err_code run_undo(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	return undo(ctx, in, false, out, err);
}

static enum err_code run_redo(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	return undo(ctx, in, true, out, err);
}

static const struct cmd_example undo_examples[] = {
	{ "leat reject undo", "Takes back your newest fix, import or discard" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_reject_undo = {
	.name = "reject undo",
	.since = "0.1",
	.summary = "Take back what was done about rejects.",
	.text = "An act is one call of reject fix, discard or import. It is taken back where nothing "
		"has happened to the reject since; what was replayed stays replayed.",
	.flags = CMD_WRITES | CMD_ONE,
	.args = undo_args,
	.reply = undo_reply,
	.examples = undo_examples,
	.run = run_undo,
};

const struct cmd_spec cmd_reject_redo = {
	.name = "reject redo",
	.since = "0.1",
	.summary = "Do again what was taken back last.",
	.flags = CMD_WRITES | CMD_ONE,
	.args = undo_args,
	.reply = undo_reply,
	.run = run_redo,
};

/* ---- acts ----------------------------------------------------------------------------- */

static const struct val_spec acts_args[] = {
	{ "before", VAL_INT8, 0, NULL, NULL, "Those before this act.", 0 },
	{ "limit", VAL_INT8, 0, "100", NULL, "At most so many.", 0 },
	VAL_END
};

static const struct val_spec acts_reply[] = {
	{ "act", VAL_INT8, 0, NULL, NULL, "The act.", 0 },
	{ "at", VAL_TIME, 0, NULL, NULL, "When.", 0 },
	{ "who", VAL_TEXT, 0, NULL, NULL, "Whose login.", 0 },
	{ "kind", VAL_TEXT, 0, NULL, NULL, "fix, discard or import.", 0 },
	{ "what", VAL_TEXT, COL_WRAP, NULL, NULL, "Cells or expressions, the reason, the file.",
	  0 },
	{ "rejects", VAL_INT8, 0, NULL, NULL, "Rejects that it changed.", 0 },
	{ "undone_at", VAL_TIME, COL_WIDE, NULL, NULL, "When it was taken back.", 0 },
	VAL_END
};

static enum err_code run_acts(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct repair_acts list = { 0 };
	int64_t limit = arg_int8(in, "limit");
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (limit < 1 || limit > 100000)
		return err_set(err, ERR_USAGE, "--limit takes a number from 1 to 100000");
	if (rc == ERR_OK)
		rc = repair_acts(ctx->mem, db, arg_int8(in, "before"), (int)limit, &list, err);
	for (int i = 0; rc == ERR_OK && i < list.n; i++) {
		const struct repair_act_row *a = &list.a[i];

		reply_int8(out, "act", a->id);
		reply_text(out, "at", a->at);
		reply_text(out, "who", a->who);
		reply_text(out, "kind", a->kind);
		reply_text(out, "what", a->what);
		reply_int8(out, "rejects", a->rejects);
		reply_text(out, "undone_at", a->undone_at);
		reply_end_row(out);
	}
	return rc;
}

const struct cmd_spec cmd_reject_acts = {
	.name = "reject acts",
	.since = "0.1",
	.summary = "Show what was done about rejects, and by whom.",
	.flags = CMD_IDEMPOTENT,
	.args = acts_args,
	.reply = acts_reply,
	.run = run_acts,
};

/* ---- history ------------------------------------------------------------------------ */

static const struct val_spec history_args[] = {
	{ "id", VAL_INT8, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL, "The reject.", 0 },
	VAL_END
};

static const struct val_spec history_reply[] = {
	{ "version", VAL_INT8, 0, NULL, NULL, "Of the reject, afterwards.", 0 },
	{ "at", VAL_TIME, 0, NULL, NULL, "When.", 0 },
	{ "who", VAL_TEXT, 0, NULL, NULL, "Whose login; null: a replay's.", 0 },
	{ "what", VAL_TEXT, 0, NULL, NULL, "met, fix, discard, undo, redo or replay.", 0 },
	{ "state", VAL_TEXT, 0, NULL, NULL, "State afterwards.", 0 },
	{ "before", VAL_JSON, COL_WRAP, NULL, NULL, "Cells that were fixed before.", 0 },
	{ "after", VAL_JSON, COL_WRAP, NULL, NULL, "Cells that are fixed then.", 0 },
	{ "why", VAL_TEXT, COL_WRAP, NULL, NULL, "What was said: expressions, a reason, a file.",
	  0 },
	{ "problems", VAL_JSON, COL_WIDE, NULL, NULL,
	  "Of a replay: what was wrong until then.", 0 },
	{ "act", VAL_INT8, COL_WIDE, NULL, NULL, "The act.", 0 },
	{ "job", VAL_INT8, 0, NULL, NULL, "Job that met or replayed it.", 0 },
	VAL_END
};

static void put_step(struct reply *out, const struct repair_step *s)
{
	reply_int8(out, "version", s->version);
	reply_text(out, "at", s->at);
	if (s->job == 0)
		reply_text(out, "who", s->who);
	reply_text(out, "what", s->what);
	reply_text(out, "state", reject_state_name(s->state));
	if (s->was_fix != NULL)
		reply_json(out, "before", s->was_fix);
	if (s->fix != NULL)
		reply_json(out, "after", s->fix);
	reply_text(out, "why", s->job == 0 ? s->act_what : "was refused again");
	if (s->problems != NULL)
		reply_json(out, "problems", s->problems);
	if (s->act != 0)
		reply_int8(out, "act", s->act);
	if (s->job != 0)
		reply_int8(out, "job", s->job);
	reply_end_row(out);
}

static enum err_code run_history(struct cmd_ctx *ctx, const struct cmd_args *in,
				 struct reply *out, struct err *err)
{
	struct repair_steps steps = { 0 };
	struct reject_row row;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = reject_get(ctx->mem, db, arg_int8(in, "id"), &row, err);
	if (rc == ERR_OK)
		rc = repair_history(ctx->mem, db, row.id, &steps, err);
	if (rc != ERR_OK)
		return rc;
	reply_int8(out, "version", 0);
	reply_text(out, "at", row.at);
	reply_text(out, "what", "met");
	reply_text(out, "state", "open");
	reply_int8(out, "job", row.job);
	reply_end_row(out);
	for (int i = 0; i < steps.n; i++)
		put_step(out, &steps.s[i]);
	if (row.state == REJECT_REPLAYED) {
		reply_int8(out, "version", row.version);
		reply_text(out, "what", "replay");
		reply_text(out, "state", "replayed");
		reply_text(out, "why", "is in the target");
		reply_int8(out, "job", row.replay_job);
		reply_end_row(out);
	}
	return ERR_OK;
}

static const struct cmd_example history_examples[] = {
	{ "leat reject history 7", "Who did what about a row, and what replays said" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_reject_history = {
	.name = "reject history",
	.since = "0.1",
	.summary = "Show what happened to a reject.",
	.flags = CMD_IDEMPOTENT,
	.args = history_args,
	.reply = history_reply,
	.examples = history_examples,
	.run = run_history,
};

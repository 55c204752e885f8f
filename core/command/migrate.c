/*
 * core/command/migrate.c
 *	The commands of migrate: leat's own tables, up and down.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/command/command.h"
#include "core/meta/migrate.h"

static const struct val_spec status_reply[] = {
	{ "version", VAL_INT8, 0, NULL, NULL, "Number of the migration.", 0 },
	{ "name", VAL_TEXT, 0, NULL, NULL, "Its file.", 0 },
	{ "state", VAL_TEXT, 0, NULL, NULL,
	  "applied, pending, edited since, or unknown to this program.", 0 },
	{ "applied_at", VAL_TIME, 0, NULL, NULL, "When it was applied.", 0 },
	VAL_END
};

static enum err_code run_status(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	struct migration_list list = { 0 };
	struct meta_place *place;
	enum err_code rc = cmd_place(ctx, &place, err);

	(void)in;
	if (rc == ERR_OK)
		rc = migrate_list(ctx->mem, place, &list, err);
	for (int i = 0; rc == ERR_OK && i < list.n; i++) {
		reply_int8(out, "version", list.row[i].version);
		reply_text(out, "name", list.row[i].name);
		reply_text(out, "state", list.row[i].state);
		reply_text(out, "applied_at", list.row[i].applied_at);
		reply_end_row(out);
	}
	return rc;
}

static const struct cmd_example status_examples[] = {
	{ "leat migrate status", "Which migrations are applied" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_migrate_status = {
	.name = "migrate status",
	.since = "0.1",
	.summary = "Show which migrations of leat's own tables are applied.",
	.flags = CMD_IDEMPOTENT,
	.reply = status_reply,
	.examples = status_examples,
	.run = run_status,
};

/* ---- up, down -------------------------------------------------------------------- */

static const struct val_spec up_args[] = {
	{ "to", VAL_INT8, 0, NULL, NULL, "Up to this version; the newest when not given.", 0 },
	VAL_END
};

static const struct val_spec down_args[] = {
	{ "to", VAL_INT8, ARG_REQUIRED, NULL, NULL, "Undo all above this version; 0 is everything.",
	  0 },
	VAL_END
};

static const struct val_spec run_reply[] = {
	{ "name", VAL_TEXT, 0, NULL, NULL, "Migration that was run.", 0 },
	{ "direction", VAL_TEXT, 0, NULL, NULL, "up or down.", 0 },
	VAL_END
};

static void on_file(void *ctx, const char *name, bool is_up)
{
	struct reply *out = ctx;

	reply_text(out, "name", name);
	reply_text(out, "direction", is_up ? "up" : "down");
	reply_end_row(out);
}

static enum err_code read_to(const struct cmd_args *in, int *to, struct err *err)
{
	int64_t v = arg_int8(in, "to");

	if (v < 0 || v > 9999)
		return err_set(err, ERR_USAGE, "--to takes a version from 0 to 9999");
	*to = (int)v;
	return ERR_OK;
}

static enum err_code run_up(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			    struct err *err)
{
	struct meta_place *place;
	int to = 0;
	enum err_code rc = read_to(in, &to, err);

	if (rc == ERR_OK)
		rc = cmd_place(ctx, &place, err);
	if (rc == ERR_OK)
		rc = migrate_up(place, to, on_file, out, err);
	if (rc == ERR_OK && to == 0)
		cmd_note(ctx, "leat's own tables are as this program needs them");
	return rc;
}

static enum err_code run_down(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct meta_place *place;
	int to = 0;
	enum err_code rc = read_to(in, &to, err);

	if (rc == ERR_OK)
		rc = cmd_place(ctx, &place, err);
	if (rc == ERR_OK)
		rc = migrate_down(place, to, on_file, out, err);
	return rc;
}

static const struct cmd_example up_examples[] = {
	{ "leat migrate up", "Bring leat's own tables up to date" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_migrate_up = {
	.name = "migrate up",
	.since = "0.1",
	.summary = "Bring leat's own tables up to date.",
	.text = "The private cluster does that by itself. Elsewhere nothing is changed before "
		"somebody says so here.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT,
	.args = up_args,
	.reply = run_reply,
	.examples = up_examples,
	.run = run_up,
};

const struct cmd_spec cmd_migrate_down = {
	.name = "migrate down",
	.since = "0.1",
	.summary = "Undo migrations; what their tables held is gone.",
	.flags = CMD_WRITES | CMD_DESTROYS,
	.args = down_args,
	.reply = run_reply,
	.run = run_down,
};

/*
 * core/command/mapping.c
 *	The command mapping show: a pipeline field by field.
 */
#include <ctype.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/body.h"
#include "core/command/command.h"
#include "core/flow/pipeline.h"
#include "core/meta/pipeline_store.h"

static const struct val_spec show_args[] = {
	{ "name", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, "pipeline", "The pipeline.", 0 },
	VAL_END
};

static const struct val_spec show_reply[] = {
	{ "field", VAL_TEXT, 0, NULL, NULL,
	  "Target field; null: what is said of whole rows.", 0 },
	{ "from", VAL_TEXT, COL_WRAP, NULL, NULL, "The expression that makes it.", 0 },
	{ "checks", VAL_TEXT, COL_WRAP, NULL, NULL, "What it has to satisfy.", 0 },
	{ "key", VAL_BOOL, COL_WIDE, NULL, NULL, "Part of the key by which rows are found.", 0 },
	VAL_END
};

/* Whether a check begins with that field, bare or in quotes. */
static bool is_about(const char *check, const char *field)
{
	size_t n = strlen(field);
	bool is_quoted = check[0] == '"';
	const char *end;

	check += is_quoted;
	if (strncmp(check, field, n) != 0)
		return false;
	end = check + n;
	return is_quoted ? *end == '"' : !isalnum((unsigned char)*end) && *end != '_';
}

static bool is_key(const struct pipeline *p, const char *field)
{
	for (int i = 0; i < p->nkeys; i++)
		if (strcmp(p->key[i], field) == 0)
			return true;
	return false;
}

/* Checks of the field that nobody has told yet, parted by "; ". */
static const char *checks_of(struct arena *mem, const struct pipeline *p, const char *field,
			     bool *told)
{
	const char *all = NULL;

	for (int i = 0; i < p->nchecks; i++) {
		if (told[i] || (field != NULL && !is_about(p->check[i], field)))
			continue;
		told[i] = true;
		all = all == NULL ? p->check[i] : arena_printf(mem, "%s; %s", all, p->check[i]);
	}
	return all;
}

static void put_rows(struct cmd_ctx *ctx, const struct pipeline *p, struct reply *out)
{
	bool *told = arena_array(ctx->mem, (size_t)p->nchecks + 1, sizeof(*told));
	const char *rest;

	for (int i = 0; i < p->nmaps; i++) {
		const char *field = p->map[i].target;

		reply_text(out, "field", field);
		reply_text(out, "from", p->map[i].expr);
		reply_text(out, "checks", checks_of(ctx->mem, p, field, told));
		reply_bool(out, "key", is_key(p, field));
		reply_end_row(out);
	}
	if (!p->only_mapped) {
		reply_text(out, "from", "every field of the source that is not named here");
		reply_end_row(out);
	}
	if (p->filter != NULL) {
		reply_text(out, "from", arena_printf(ctx->mem, "only rows with: %s", p->filter));
		reply_end_row(out);
	}
	rest = checks_of(ctx->mem, p, NULL, told);
	if (rest != NULL) {
		reply_text(out, "checks", rest);
		reply_end_row(out);
	}
}

static enum err_code run_show(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	const char *name = arg_text(in, "name");
	struct pipeline_row row;
	struct pipeline p;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = pipeline_get(ctx->mem, db, name, &row, err);
	if (rc == ERR_OK)
		rc = body_read(ctx->mem, row.body, arena_printf(ctx->mem, "pipeline %s", name), &p,
			       err);
	if (rc == ERR_OK)
		put_rows(ctx, &p, out);
	return rc;
}

static const struct cmd_example show_examples[] = {
	{ "leat mapping show sales", "Each target field, what makes it, what it must satisfy" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_mapping_show = {
	.name = "mapping show",
	.since = "0.1",
	.summary = "Show the mapping of a pipeline, field by field.",
	.text = "A row without a field says what holds for whole rows: fields that are taken as "
		"they are, the filter, and checks that begin with no target field.",
	.flags = CMD_IDEMPOTENT,
	.args = show_args,
	.reply = show_reply,
	.examples = show_examples,
	.run = run_show,
};

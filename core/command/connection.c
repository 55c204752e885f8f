/*
 * core/command/connection.c
 *	The commands connection add, list, show and remove: what is stored.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/body.h"
#include "core/command/command.h"
#include "core/command/lists.h"
#include "core/command/named.h"
#include "core/command/settings.h"
#include "core/flow/connector.h"
#include "core/meta/connection.h"

/* ---- add ------------------------------------------------------------------------ */

static const struct val_spec add_args[] = {
	{ "name", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL, "Name of the connection.",
		0 },
	{ "connector", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, "connector",
	  "The kind of system.", 0 },
	{ "setting", VAL_TEXT, ARG_POSITIONAL | ARG_REPEAT, NULL, NULL,
	  "NAME=VALUE; NAME=env:VARIABLE and NAME=secret:NAME refer to a secret.", 0 },
	{ "replace", VAL_BOOL, 0, NULL, NULL, "Change a connection that exists.", 0 },
	VAL_END
};

static const struct val_spec add_reply[] = {
	{ "name", VAL_NAME, 0, NULL, NULL, "The connection.", 0 },
	{ "connector", VAL_TEXT, 0, NULL, NULL, "Its connector.", 0 },
	{ "changed", VAL_BOOL, 0, NULL, NULL, "Whether anything is new.", 0 },
	VAL_END
};

static enum err_code run_add(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			     struct err *err)
{
	const char *name = arg_text(in, "name"), *type = arg_text(in, "connector");
	json_t *config = json_object();
	bool changed = true;
	struct db *db;
	enum err_code rc = settings_read(ctx->mem, in, config, err);

	if (rc == ERR_OK)
		rc = settings_check(ctx->mem, name, type, config, err);
	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = connection_put(db, arg_bool(in, "replace") ? PUT_ANY : PUT_NEW, name, type,
				    body_text(ctx->mem, config),
				    settings_secrets(ctx->mem, connector_find(type)->params),
				    &changed, err);
	json_decref(config);
	if (rc != ERR_OK)
		return rc;
	reply_text(out, "name", name);
	reply_text(out, "connector", type);
	reply_bool(out, "changed", changed);
	reply_end_row(out);
	return ERR_OK;
}

static const struct cmd_example add_examples[] = {
	{ "leat connection add shop postgres host=localhost dbname=shop password=env:SHOP_PASSWORD",
	  "A database whose password is in an environment variable" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_connection_add = {
	.name = "connection add",
	.since = "0.1",
	.summary = "Store how another system is reached.",
	.text = "Settings are those of leat connector show CONNECTOR. Those that are secret are "
		"never stored: they refer to a variable of whoever runs the job, or to a secret.",
	.flags = CMD_WRITES | CMD_ONE,
	.args = add_args,
	.reply = add_reply,
	.examples = add_examples,
	.run = run_add,
};

/* ---- list, show -------------------------------------------------------------------- */

#define CONNECTION_COLUMNS                                                                        \
	{ "name", VAL_NAME, 0, NULL, NULL, "The connection.", 0 },                                \
	{ "connector", VAL_TEXT, 0, NULL, NULL, "Its connector.", 0 },                            \
	{ "builtin", VAL_BOOL, COL_WIDE, NULL, NULL, "It is always there.", 0 },                  \
	{ "config", VAL_JSON, COL_WRAP, NULL, NULL, "Its settings; secrets are references.", 0 }, \
	{ "created_at", VAL_TIME, COL_WIDE, NULL, NULL, "When it was stored.", 0 },               \
	{ "updated_at", VAL_TIME, 0, NULL, NULL, "When it was last changed.", 0 }

static const struct val_spec list_reply[] = {
	CONNECTION_COLUMNS,
	{ "health", VAL_TEXT, COL_WIDE, NULL, NULL,
	  "ok or problem: as its last job found it; null: it was never used.", 0 },
	{ "last_job", VAL_INT8, COL_WIDE, NULL, NULL, "That job.", 0 },
	{ "used_at", VAL_TIME, COL_WIDE, NULL, NULL, "When that was.", 0 },
	{ "problem", VAL_TEXT, COL_WIDE, NULL, NULL, "What went wrong in that job.", 0 },
	VAL_END
};

static const struct val_spec show_reply[] = { CONNECTION_COLUMNS, VAL_END };

static void put(struct reply *out, const struct connection *c, bool is_builtin)
{
	reply_text(out, "name", c->name);
	reply_text(out, "connector", c->connector);
	reply_bool(out, "builtin", is_builtin);
	reply_json(out, "config", c->config);
	reply_text(out, "created_at", c->created_at);
	reply_text(out, "updated_at", c->updated_at);
}

static const struct connection builtin[] = {
	{ .name = "files", .connector = "file", .config = "{}" },
	{ .name = "local", .connector = "postgres", .config = "{}" },
};

static const struct val_spec list_args[] = { LISTS_WORDS, LISTS_PAGE(NULL), VAL_END };

static enum err_code run_list(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct connection_list list = { 0 };
	struct list_said said;
	struct list_ask ask;
	struct db *db;
	enum err_code rc = lists_ask(ctx, in, &ask, &said, err);

	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = connection_page(ctx->mem, db, &ask, &list, err);
	for (int i = 0; rc == ERR_OK && i < list.n; i++) {
		const struct connection *c = &list.c[i];

		put(out, c, c->is_builtin);
		reply_text(out, "health", c->health);
		if (c->last_job != 0)
			reply_int8(out, "last_job", c->last_job);
		reply_text(out, "used_at", c->used_at);
		reply_text(out, "problem", c->problem);
		reply_end_row(out);
	}
	if (rc == ERR_OK)
		lists_tell(ctx, &ask, "connections");
	return rc;
}

static const struct cmd_example list_examples[] = {
	{ "leat connection list", "All connections" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_connection_list = {
	.name = "connection list",
	.since = "0.1",
	.summary = "Show connections.",
	.flags = CMD_IDEMPOTENT,
	.args = list_args,
	.reply = list_reply,
	.examples = list_examples,
	.run = run_list,
};

static const struct val_spec name_args[] = {
	{ "name", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, "connection", "The connection.",
		0 },
	VAL_END
};

static enum err_code run_show(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	const char *name = arg_text(in, "name");
	struct connection c;
	struct db *db;
	enum err_code rc;

	for (int i = 0; i < 2; i++) {
		if (strcmp(builtin[i].name, name) == 0) {
			put(out, &builtin[i], true);
			reply_end_row(out);
			return ERR_OK;
		}
	}
	rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = connection_get(ctx->mem, db, name, &c, err);
	if (rc == ERR_OK) {
		put(out, &c, false);
		reply_end_row(out);
	}
	return rc;
}

static const struct cmd_example show_examples[] = {
	{ "leat connection show local", "One connection" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_connection_show = {
	.name = "connection show",
	.since = "0.1",
	.summary = "Show one connection.",
	.flags = CMD_IDEMPOTENT | CMD_ONE,
	.args = name_args,
	.reply = show_reply,
	.examples = show_examples,
	.run = run_show,
};

/* ---- remove -------------------------------------------------------------------------- */

static const struct val_spec remove_reply[] = {
	{ "name", VAL_NAME, 0, NULL, NULL, "The connection that is gone.", 0 },
	VAL_END
};

static enum err_code run_remove(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	const char *name = arg_text(in, "name");

	if (strcmp(name, "local") == 0 || strcmp(name, "files") == 0)
		return err_set(err, ERR_DENIED, "connection %s is built in and stays", name);
	return named_remove(ctx, in, connection_remove, out, err);
}

const struct cmd_spec cmd_connection_remove = {
	.name = "connection remove",
	.since = "0.1",
	.summary = "Remove a connection that no pipeline uses.",
	.flags = CMD_WRITES | CMD_DESTROYS | CMD_ONE,
	.args = name_args,
	.reply = remove_reply,
	.run = run_remove,
};

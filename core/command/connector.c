/*
 * core/command/connector.c
 *	The commands connector list and connector show: what leat can talk to.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/command/command.h"
#include "core/flow/connector.h"

static const struct val_spec list_reply[] = {
	{ "connector", VAL_NAME, 0, NULL, NULL, "The kind of system.", 0 },
	{ "reads", VAL_BOOL, 0, NULL, NULL, "It can be a source.", 0 },
	{ "writes", VAL_BOOL, 0, NULL, NULL, "It can be a target.", 0 },
	{ "files", VAL_BOOL, COL_WIDE, NULL, NULL, "Its streams are files.", 0 },
	{ "resumes", VAL_BOOL, COL_WIDE, NULL, NULL, "It can begin behind a cursor value.", 0 },
	{ "parallel", VAL_BOOL, COL_WIDE, NULL, NULL, "It takes several writers of one load.", 0 },
	{ "summary", VAL_TEXT, COL_WRAP, NULL, NULL, "What it is.", 0 },
	VAL_END
};

static enum err_code run_list(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	(void)ctx;
	(void)in;
	(void)err;
	for (const struct conn_ops *const *o = connector_all(); *o != NULL; o++) {
		unsigned caps = (*o)->caps;

		reply_text(out, "connector", (*o)->type);
		reply_bool(out, "reads", (caps & CONN_READ) != 0);
		reply_bool(out, "writes", (caps & CONN_WRITE) != 0);
		reply_bool(out, "files", (caps & CONN_FILES) != 0);
		reply_bool(out, "resumes", (caps & CONN_RESUME) != 0);
		reply_bool(out, "parallel", (caps & CONN_PARALLEL) != 0);
		reply_text(out, "summary", (*o)->summary);
		reply_end_row(out);
	}
	return ERR_OK;
}

static const struct cmd_example list_examples[] = {
	{ "leat connector list", "Everything leat can talk to" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_connector_list = {
	.name = "connector list",
	.since = "0.1",
	.summary = "Show the kinds of systems leat can talk to.",
	.flags = CMD_NO_DB | CMD_IDEMPOTENT,
	.reply = list_reply,
	.examples = list_examples,
	.run = run_list,
};

static const struct val_spec show_args[] = {
	{ "name", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, "connector", "The connector.", 0 },
	VAL_END
};

static const struct val_spec show_reply[] = {
	{ "setting", VAL_TEXT, 0, NULL, NULL, "Name of a setting.", 0 },
	{ "of", VAL_TEXT, 0, NULL, NULL, "connection, or source: of a stream that is read.", 0 },
	{ "takes", VAL_TEXT, 0, NULL, NULL, "What it takes.", 0 },
	{ "preset", VAL_TEXT, 0, NULL, NULL, "What it is when not said.", 0 },
	{ "required", VAL_BOOL, COL_WIDE, NULL, NULL, "It has to be given.", 0 },
	{ "help", VAL_TEXT, COL_WRAP, NULL, NULL, "What it means.", 0 },
	VAL_END
};

static const char *takes(const struct param_spec *s)
{
	switch (s->kind) {
	case PARAM_INT:
		return "number";
	case PARAM_BOOL:
		return "yes|no";
	case PARAM_CHOICE:
		return s->choices;
	case PARAM_SECRET:
		return "secret";
	case PARAM_TEXT:
		break;
	}
	return "text";
}

static void put_settings(struct reply *out, const struct param_spec *list, const char *of)
{
	for (const struct param_spec *s = list; s != NULL && s->name != NULL; s++) {
		bool is_required = s->preset != NULL && strcmp(s->preset, "!") == 0;

		reply_text(out, "setting", s->name);
		reply_text(out, "of", of);
		reply_text(out, "takes", takes(s));
		if (!is_required)
			reply_text(out, "preset", s->preset);
		reply_bool(out, "required", is_required);
		reply_text(out, "help", s->help);
		reply_end_row(out);
	}
}

static enum err_code run_show(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	const struct conn_ops *ops = connector_find(arg_text(in, "name"));

	(void)ctx;
	if (ops == NULL) {
		err_set(err, ERR_NOT_FOUND, "there is no connector %s", arg_text(in, "name"));
		err_hint(err, "The connectors are shown by: leat connector list.");
		return ERR_NOT_FOUND;
	}
	put_settings(out, ops->params, "connection");
	put_settings(out, ops->read_options, "source");
	return ERR_OK;
}

static const struct cmd_example show_examples[] = {
	{ "leat connector show file", "Settings of files" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_connector_show = {
	.name = "connector show",
	.since = "0.1",
	.summary = "Show the settings of a connector.",
	.flags = CMD_NO_DB | CMD_IDEMPOTENT,
	.args = show_args,
	.reply = show_reply,
	.examples = show_examples,
	.run = run_show,
};

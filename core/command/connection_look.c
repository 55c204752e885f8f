/*
 * core/command/connection_look.c
 *	The commands connection test, streams, fields and sample: what is on the other side.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/command/command.h"
#include "core/command/sample.h"
#include "core/command/sources.h"

#define NAME_ARG                                                                                 \
	{ "name", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, "connection", \
	  "The connection.", 0 }

/* ---- test ----------------------------------------------------------------------- */

static const struct val_spec test_args[] = { NAME_ARG, VAL_END };

static const struct val_spec test_reply[] = {
	{ "name", VAL_NAME, 0, NULL, NULL, "The connection.", 0 },
	{ "answer", VAL_TEXT, COL_WRAP, NULL, NULL, "Who answered.", 0 },
	{ "ms", VAL_INT8, 0, NULL, NULL, "Milliseconds it took.", 0 },
	VAL_END
};

static enum err_code run_test(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	int64_t began = clock_mono_us();
	const char *note = NULL;
	struct conn *conn = NULL;
	enum err_code rc = sources_open_connection(ctx, arg_text(in, "name"), &conn, err);

	if (rc == ERR_OK)
		rc = conn->ops->test(conn, ctx->mem, &note, err);
	if (rc == ERR_OK) {
		reply_text(out, "name", arg_text(in, "name"));
		reply_text(out, "answer", note);
		reply_int8(out, "ms", (clock_mono_us() - began) / 1000);
		reply_end_row(out);
	}
	conn_close(conn);
	return rc;
}

static const struct cmd_example test_examples[] = {
	{ "leat connection test local", "Whether it can be reached" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_connection_test = {
	.name = "connection test",
	.since = "0.1",
	.summary = "Reach the other side and say who answered.",
	.flags = CMD_IDEMPOTENT | CMD_ONE,
	.args = test_args,
	.reply = test_reply,
	.examples = test_examples,
	.run = run_test,
};

/* ---- streams ---------------------------------------------------------------------- */

static const struct val_spec streams_reply[] = {
	{ "stream", VAL_TEXT, 0, NULL, NULL, "The stream.", 0 },
	{ "kind", VAL_TEXT, 0, NULL, NULL, "table, view, file.", 0 },
	{ "rows", VAL_INT8, 0, NULL, NULL, "Rows, estimated; null when unknown.", 0 },
	{ "bytes", VAL_BYTES, 0, NULL, NULL, "Size; null when unknown.", 0 },
	{ "note", VAL_TEXT, COL_WRAP, NULL, NULL, "What was recognised.", 0 },
	VAL_END
};

static enum err_code run_streams(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				 struct err *err)
{
	struct stream_list list = { 0 };
	struct conn *conn = NULL;
	enum err_code rc = sources_open_connection(ctx, arg_text(in, "name"), &conn, err);

	if (rc == ERR_OK)
		rc = conn->ops->streams(conn, ctx->mem, &list, err);
	for (int i = 0; rc == ERR_OK && i < list.n; i++) {
		reply_text(out, "stream", list.s[i].name);
		reply_text(out, "kind", list.s[i].kind);
		if (list.s[i].rows >= 0)
			reply_int8(out, "rows", list.s[i].rows);
		if (list.s[i].bytes >= 0)
			reply_int8(out, "bytes", list.s[i].bytes);
		reply_text(out, "note", list.s[i].note);
		reply_end_row(out);
	}
	conn_close(conn);
	return rc;
}

static const struct cmd_example streams_examples[] = {
	{ "leat connection streams local", "Tables and views" },
	{ "leat connection streams files", "Files of the current folder" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_connection_streams = {
	.name = "connection streams",
	.since = "0.1",
	.summary = "Show what can be read from or written to.",
	.flags = CMD_IDEMPOTENT,
	.args = test_args,
	.reply = streams_reply,
	.examples = streams_examples,
	.run = run_streams,
};

/* ---- fields ------------------------------------------------------------------------ */

static const struct val_spec fields_args[] = {
	NAME_ARG,
	{ "stream", VAL_TEXT, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL,
	  "The stream: a table, a file, a pattern.", 0 },
	{ "option", VAL_TEXT, ARG_REPEAT, NULL, "NAME=VALUE", "A setting of the stream.", 0 },
	VAL_END
};

static const struct val_spec fields_reply[] = {
	{ "field", VAL_TEXT, 0, NULL, NULL, "The field.", 0 },
	{ "type", VAL_TEXT, 0, NULL, NULL, "Its type in leat.", 0 },
	{ "native", VAL_TEXT, 0, NULL, NULL, "Its type on the other side.", 0 },
	{ "key", VAL_BOOL, 0, NULL, NULL, "Part of the primary key.", 0 },
	{ "required", VAL_BOOL, 0, NULL, NULL, "A target needs a value for it.", 0 },
	{ "has_default", VAL_BOOL, COL_WIDE, NULL, NULL, "The other side has a default.", 0 },
	{ "generated", VAL_BOOL, COL_WIDE, NULL, NULL, "The other side fills it.", 0 },
	VAL_END
};

static void put_field(struct arena *mem, struct reply *out, const struct field *f)
{
	reply_text(out, "field", f->name);
	reply_text(out, "type", type_format(mem, &f->type));
	reply_text(out, "native", f->native);
	reply_bool(out, "key", f->is_key);
	reply_bool(out, "required", f->is_required);
	reply_bool(out, "has_default", f->has_default);
	reply_bool(out, "generated", f->is_generated);
	reply_end_row(out);
}

static enum err_code run_fields(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	struct params options = { 0 };
	struct read_spec spec = { .stream = arg_text(in, "stream"), .options = &options };
	struct schema fields = { 0 };
	const char *note = NULL;
	struct conn *conn = NULL;
	enum err_code rc = sources_options(ctx->mem, in, &options, err);

	if (rc == ERR_OK)
		rc = sources_open_connection(ctx, arg_text(in, "name"), &conn, err);
	if (rc == ERR_OK)
		rc = conn->ops->describe(conn, ctx->mem, &spec, &fields, &note, err);
	if (rc == ERR_OK && note != NULL)
		cmd_note(ctx, "%s", note);
	for (int i = 0; rc == ERR_OK && i < fields.nfields; i++)
		put_field(ctx->mem, out, &fields.field[i]);
	conn_close(conn);
	return rc;
}

static const struct cmd_example fields_examples[] = {
	{ "leat connection fields files sales.csv",
		"Fields of a file, with the types found in it" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_connection_fields = {
	.name = "connection fields",
	.since = "0.1",
	.summary = "Show the fields of a stream.",
	.flags = CMD_IDEMPOTENT,
	.args = fields_args,
	.reply = fields_reply,
	.examples = fields_examples,
	.run = run_fields,
};

/* ---- sample -------------------------------------------------------------------------- */

static const struct val_spec sample_args[] = {
	NAME_ARG,
	{ "stream", VAL_TEXT, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL,
	  "The stream: a table, a file, a pattern.", 0 },
	{ "limit", VAL_INT8, 0, "10", NULL, "At most so many rows.", 0 },
	{ "option", VAL_TEXT, ARG_REPEAT, NULL, "NAME=VALUE", "A setting of the stream.", 0 },
	VAL_END
};

static const struct val_spec no_columns[] = { VAL_END };

static enum err_code show_batch(void *sample, const struct schema *fields, struct batch *rows,
				struct err *err)
{
	return sample_batch(sample, fields, rows, err);
}

static enum err_code run_sample(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	struct params options = { 0 };
	struct sample sample = { .cmd = ctx, .out = out, .limit = arg_int8(in, "limit") };
	struct read_spec spec = {
		.stream = arg_text(in, "stream"), .options = &options, .limit_rows = sample.limit,
	};
	struct conn *conn = NULL;
	enum err_code rc;

	if (sample.limit < 1 || sample.limit > 100000)
		return err_set(err, ERR_USAGE, "--limit takes a number from 1 to 100000");
	rc = sources_options(ctx->mem, in, &options, err);
	if (rc == ERR_OK)
		rc = sources_open_connection(ctx, arg_text(in, "name"), &conn, err);
	if (rc == ERR_OK && !(conn->ops->caps & CONN_READ))
		rc = err_set(err, ERR_CONFIG, "connector %s cannot read", conn->ops->type);
	if (rc == ERR_OK)
		rc = sample_read(ctx, conn, &spec, &sample.shown, sample.limit, show_batch,
				 &sample, err);
	conn_close(conn);
	return rc;
}

static const struct cmd_example sample_examples[] = {
	{ "leat connection sample files sales.csv --limit 3", "The first rows of a file" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_connection_sample = {
	.name = "connection sample",
	.since = "0.1",
	.summary = "Show the first rows of a stream.",
	.flags = CMD_IDEMPOTENT | CMD_DYNAMIC,
	.args = sample_args,
	.reply = no_columns,
	.examples = sample_examples,
	.run = run_sample,
};

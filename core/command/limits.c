/*
 * core/command/limits.c
 *	The commands queue limits, queue limits set and queue limits remove.
 */
#include "core/command/limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/meta/connection.h"
#include "core/meta/queue.h"

#define MOST_RUNNING 100000
#define MOST_RATE    1000000.0	/* a second */

static const struct { char letter; double s; } unit[] = {
	{ 's', 1 }, { 'm', 60 }, { 'h', 3600 },
};

const char *limits_rate(struct arena *mem, double per_s)
{
	int u = per_s >= 1 ? 0 : per_s * 60 >= 0.999 ? 1 : 2;

	return arena_printf(mem, "%.6g/%c", per_s * unit[u].s, unit[u].letter);
}

/* "10/s", "2.5/m". */
static enum err_code read_rate(const char *text, double *per_s, struct err *err)
{
	char *end;
	double v = strtod(text, &end);

	for (size_t u = 0; u < sizeof(unit) / sizeof(unit[0]); u++)
		if (end != text && end[0] == '/' && end[1] == unit[u].letter && end[2] == '\0') {
			*per_s = v / unit[u].s;
			if (isfinite(v) && v > 0 && *per_s <= MOST_RATE)
				return ERR_OK;
		}
	err_set(err, ERR_USAGE, "--rate takes a number a second, minute or hour, not '%.40s'",
		text);
	err_hint(err, "As in 10/s, 90/m or 2/h.");
	return ERR_USAGE;
}

/* ---- whose limit --------------------------------------------------------------------- */

#define SCOPE_ARGS                                                                             \
	{ "queue", VAL_NAME, 0, NULL, "queue", "The limit of this queue.", 0 },                \
	{ "connection", VAL_NAME, 0, NULL, "connection",                                       \
	  "The limit of jobs that read or write over this connection.", 0 },                   \
	{ "organization", VAL_BOOL, 0, NULL, NULL, "The limit of the whole organization.", 0 }

static enum err_code read_scope(const struct cmd_args *in, struct queue_limit *out,
				struct err *err)
{
	int n = arg_given(in, "queue") + arg_given(in, "connection") +
		arg_bool(in, "organization");

	if (n != 1) {
		err_set(err, ERR_USAGE, n == 0 ? "it is not said whose limit this is"
					       : "a limit is one thing's");
		err_hint(err, "Say --queue NAME, --connection NAME or --organization.");
		return ERR_USAGE;
	}
	out->scope = arg_given(in, "queue")	   ? "queue"
		     : arg_given(in, "connection") ? "connection"
						   : "organization";
	out->name = arg_bool(in, "organization") ? "" : arg_text(in, out->scope);
	return ERR_OK;
}

/* A limit of what is not there would hold nothing back, and say nothing. */
static enum err_code check_connection(struct cmd_ctx *ctx, struct db *db,
				      const struct queue_limit *limit, struct err *err)
{
	struct connection found;

	if (strcmp(limit->scope, "connection") != 0 || strcmp(limit->name, "local") == 0 ||
	    strcmp(limit->name, "files") == 0)
		return ERR_OK;
	return connection_get(ctx->mem, db, limit->name, &found, err);
}

/* ---- answers ---------------------------------------------------------------------------- */

#define LIMIT_COLUMNS                                                                          \
	{ "scope", VAL_TEXT, 0, NULL, NULL, "organization, queue or connection.", 0 },         \
	{ "name", VAL_TEXT, 0, NULL, NULL, "Of which one; null: of the organization.", 0 },    \
	{ "max_running", VAL_INT8, 0, NULL, NULL,                                              \
	  "How many jobs may run at once; null: any number.", 0 },                             \
	{ "rate", VAL_TEXT, 0, NULL, NULL, "How many may start in a time; null: any number.",  \
	  0 },                                                                                 \
	{ "burst", VAL_FLOAT8, 0, NULL, NULL, "How many starts may be saved up.", 0 },         \
	{ "running", VAL_INT8, 0, NULL, NULL, "How many run now.", 0 },                        \
	{ "room", VAL_INT8, 0, NULL, NULL, "How many more may start now.", 0 }

static const struct val_spec limit_reply[] = { LIMIT_COLUMNS, VAL_END };

static void put_limit(struct cmd_ctx *ctx, struct reply *out, const struct queue_limit *l)
{
	reply_text(out, "scope", l->scope);
	if (l->name[0] != '\0')
		reply_text(out, "name", l->name);
	if (l->max_running >= 0)
		reply_int8(out, "max_running", l->max_running);
	if (l->rate_per_s > 0) {
		reply_text(out, "rate", limits_rate(ctx->mem, l->rate_per_s));
		reply_float8(out, "burst", l->burst);
	}
	reply_int8(out, "running", l->running);
	if (l->room >= 0)
		reply_int8(out, "room", l->room);
	reply_end_row(out);
}

/* ---- show ------------------------------------------------------------------------------- */

static enum err_code run_limits(struct cmd_ctx *ctx, const struct cmd_args *in,
				struct reply *out, struct err *err)
{
	struct queue_limits rows = { 0 };
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	(void)in;
	if (rc == ERR_OK)
		rc = queue_limits(ctx->mem, db, &rows, err);
	for (int i = 0; rc == ERR_OK && i < rows.n; i++)
		put_limit(ctx, out, &rows.l[i]);
	return rc;
}

static const struct cmd_example limits_examples[] = {
	{ "leat queue limits", "All limits, and what they leave room for" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_queue_limits = {
	.name = "queue limits",
	.since = "0.1",
	.summary = "Show how many jobs may run and start.",
	.text = "A job starts when its queue, its connections and its organization all have room. "
		"Limits hold across all engines, exactly. Besides, one job of a pipeline runs at "
		"a time, always.",
	.flags = CMD_IDEMPOTENT,
	.reply = limit_reply,
	.examples = limits_examples,
	.run = run_limits,
};

/* ---- set --------------------------------------------------------------------------------- */

static const struct val_spec set_args[] = {
	SCOPE_ARGS,
	{ "max-running", VAL_INT8, 0, NULL, NULL, "How many jobs may run at once.", 0 },
	{ "rate", VAL_TEXT, 0, NULL, "N/s|N/m|N/h", "How many jobs may start in that time.", 0 },
	{ "burst", VAL_INT8, 0, NULL, NULL,
	  "How many starts may be saved up; a second's worth when not said, at least 1.", 0 },
	VAL_END
};

static enum err_code read_limit(const struct cmd_args *in, struct queue_limit *out,
				struct err *err)
{
	enum err_code rc = read_scope(in, out, err);

	out->max_running = -1;
	if (rc != ERR_OK)
		return rc;
	if (!arg_given(in, "max-running") && !arg_given(in, "rate")) {
		err_set(err, ERR_USAGE, "it is not said what the limit is");
		err_hint(err, "Say --max-running N, --rate N/s, or both; queue limits remove takes "
			      "one away.");
		return ERR_USAGE;
	}
	if (arg_given(in, "max-running"))
		out->max_running = arg_int8(in, "max-running");
	if (arg_given(in, "max-running") &&
	    (out->max_running < 0 || out->max_running > MOST_RUNNING))
		return err_set(err, ERR_USAGE, "--max-running takes a number from 0 to %d",
			       MOST_RUNNING);
	if (arg_given(in, "rate"))
		rc = read_rate(arg_text(in, "rate"), &out->rate_per_s, err);
	else if (arg_given(in, "burst"))
		rc = err_set(err, ERR_USAGE, "--burst goes with --rate");
	if (rc != ERR_OK || out->rate_per_s <= 0)
		return rc;
	out->burst = arg_given(in, "burst") ? (double)arg_int8(in, "burst")
					    : fmax(1, floor(out->rate_per_s));
	if (out->burst < 1 || out->burst > MOST_RATE)
		return err_set(err, ERR_USAGE, "--burst takes a number from 1 to %d",
			       (int)MOST_RATE);
	return ERR_OK;
}

static enum err_code run_set(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			     struct err *err)
{
	struct queue_limit limit = { 0 };
	struct queue_limits rows = { 0 };
	struct db *db;
	enum err_code rc = read_limit(in, &limit, err);

	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = check_connection(ctx, db, &limit, err);
	if (rc == ERR_OK)
		rc = queue_limit_set(db, &limit, err);
	if (rc == ERR_OK)
		rc = queue_limits(ctx->mem, db, &rows, err);
	for (int i = 0; rc == ERR_OK && i < rows.n; i++)
		if (strcmp(rows.l[i].scope, limit.scope) == 0 &&
		    strcmp(rows.l[i].name, limit.name) == 0)
			put_limit(ctx, out, &rows.l[i]);
	return rc;
}

static const struct cmd_example set_examples[] = {
	{ "leat queue limits set --connection local --max-running 4",
	  "Four jobs at once read or write there" },
	{ "leat queue limits set --queue mail --rate 90/m --burst 10",
	  "Ninety starts a minute, ten of them at once after a pause" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_queue_limits_set = {
	.name = "queue limits set",
	.since = "0.1",
	.summary = "Limit how many jobs of a queue, connection or organization run and start.",
	.text = "The limit becomes what the call says: what it leaves out is not limited any more. "
		"--max-running 0 lets nothing start. A higher limit holds at once; below a lower "
		"one, what runs goes on and nothing new starts until there is room.",
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE,
	.args = set_args,
	.reply = limit_reply,
	.examples = set_examples,
	.run = run_set,
};

/* ---- remove --------------------------------------------------------------------------- */

static const struct val_spec remove_args[] = { SCOPE_ARGS, VAL_END };

static const struct val_spec remove_reply[] = {
	{ "scope", VAL_TEXT, 0, NULL, NULL, "organization, queue or connection.", 0 },
	{ "name", VAL_TEXT, 0, NULL, NULL, "Of which one; null: of the organization.", 0 },
	VAL_END
};

static enum err_code run_remove(struct cmd_ctx *ctx, const struct cmd_args *in,
				struct reply *out, struct err *err)
{
	struct queue_limit limit = { 0 };
	struct db *db;
	enum err_code rc = read_scope(in, &limit, err);

	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = queue_limit_remove(db, limit.scope, limit.name, err);
	if (rc != ERR_OK)
		return rc;
	reply_text(out, "scope", limit.scope);
	if (limit.name[0] != '\0')
		reply_text(out, "name", limit.name);
	reply_end_row(out);
	return ERR_OK;
}

const struct cmd_spec cmd_queue_limits_remove = {
	.name = "queue limits remove",
	.since = "0.1",
	.summary = "Take the limit of a queue, connection or organization away.",
	.flags = CMD_WRITES | CMD_ONE,
	.args = remove_args,
	.reply = remove_reply,
	.run = run_remove,
};

/*
 * core/command/pipeline_add.c
 *	The command pipeline add: a source and a target become a pipeline with an empty mapping.
 */
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/command/body.h"
#include "core/command/into.h"
#include "core/command/jobs.h"
#include "core/command/sources.h"
#include "core/db/db.h"
#include "core/meta/connection.h"
#include "core/meta/pipeline_store.h"

#define CWD_MAX 4096

static const struct val_spec args[] = {
	{ "name", VAL_NAME, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL,
	  "What the pipeline is called.", 0 },
	{ "source", VAL_FILE, ARG_POSITIONAL | ARG_REQUIRED, NULL, NULL,
	  "A file, a pattern in quotes, or CONNECTION:STREAM.", 0 },
	INTO_ARGS,
	JOBS_BUDGET_ARGS,
	SOURCES_FILE_ARGS,
	VAL_END
};

static const struct val_spec reply[] = {
	{ "name", VAL_NAME, 0, NULL, NULL, "The pipeline.", 0 },
	{ "source", VAL_TEXT, COL_WRAP, NULL, NULL, "What it reads.", 0 },
	{ "target", VAL_TEXT, COL_WRAP, NULL, NULL, "What it writes.", 0 },
	{ "mode", VAL_TEXT, 0, NULL, NULL, "Write mode.", 0 },
	VAL_END
};

/* A job may run in another folder: names of files are stored from the root. */
static enum err_code read_file(struct arena *mem, struct pipeline *p, struct err *err)
{
	const char *name = p->source.stream;
	char cwd[CWD_MAX];

	if (strcmp(name, "-") == 0)
		return err_set(err, ERR_USAGE, "a pipeline cannot read standard input");
	if (!sources_is_there(mem, name)) {
		err_set(err, ERR_NOT_FOUND, "there is no file %s",
			text_fit(mem, name, strlen(name), 500));
		err_hint(err, "A table is named with its connection, as in local:public.sales.");
		return ERR_NOT_FOUND;
	}
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return err_set(err, ERR_INPUT, "the current folder cannot be read");
	p->source.stream = pipeline_anchor(mem, cwd, name);
	return ERR_OK;
}

static enum err_code read_source(struct arena *mem, const struct cmd_args *in, struct pipeline *p,
				 struct err *err)
{
	const char *text = arg_text(in, "source"), *connection = NULL;
	enum err_code rc = sources_settings(mem, in, &p->source.options, err);

	p->source.stream = text;
	if (rc == ERR_OK && access(text, F_OK) != 0)
		connection = sources_split(mem, text, &p->source.stream);
	p->source.connection = connection != NULL ? connection : "files";
	if (rc != ERR_OK || p->source.connection[0] == '\0' || p->source.stream[0] == '\0')
		return rc != ERR_OK ? rc :
		       err_set(err, ERR_USAGE, "a source is FILE or CONNECTION:STREAM, not '%s'",
			       text_fit(mem, text, strlen(text), 60));
	return strcmp(p->source.connection, "files") == 0 ? read_file(mem, p, err) : ERR_OK;
}

static enum err_code check_connection(struct cmd_ctx *ctx, struct db *db, const char *name,
				      struct err *err)
{
	struct connection c;

	if (strcmp(name, "files") == 0 || strcmp(name, "local") == 0)
		return ERR_OK;
	return connection_get(ctx->mem, db, name, &c, err);
}

/* One that is there already stays as it is. */
static enum err_code store(struct cmd_ctx *ctx, struct db *db, const struct pipeline *p,
			   struct err *err)
{
	enum pipeline_change change = PIPELINE_NEW;
	enum err_code rc = db_begin(db, err);

	if (rc == ERR_OK)
		rc = pipeline_put(db, p->name, body_of_pipeline(ctx->mem, p), NULL, &change, err);
	if (rc == ERR_OK && change != PIPELINE_NEW) {
		rc = err_set(err, ERR_CONFLICT, "there is a pipeline %s already", p->name);
		err_hint(err, "leat mapping set changes what it does, leat apply -f FILE all of it.");
	}
	if (rc == ERR_OK)
		return db_commit(db, err);
	db_rollback(db);
	return rc;
}

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	struct pipeline p;
	struct db *db;
	enum err_code rc;

	pipeline_init(&p);
	p.name = arg_text(in, "name");
	rc = into_read(ctx->mem, in, &p, err);
	if (rc == ERR_OK)
		rc = jobs_budget(in, &p, err);
	if (rc == ERR_OK)
		rc = read_source(ctx->mem, in, &p, err);
	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = check_connection(ctx, db, p.source.connection, err);
	if (rc == ERR_OK)
		rc = check_connection(ctx, db, p.target.connection, err);
	if (rc == ERR_OK)
		rc = store(ctx, db, &p, err);
	if (rc != ERR_OK)
		return rc;
	reply_text(out, "name", p.name);
	reply_text(out, "source", arena_printf(ctx->mem, "%s:%s", p.source.connection,
					       p.source.stream));
	reply_text(out, "target", arena_printf(ctx->mem, "%s:%s", p.target.connection,
					       p.target.stream));
	reply_text(out, "mode", write_mode_name(p.mode));
	reply_end_row(out);
	return ERR_OK;
}

static const struct cmd_example examples[] = {
	{ "leat pipeline add shop sales.csv --into shop_sales",
	  "A pipeline that reads a file each time it is run" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_pipeline_add = {
	.name = "pipeline add",
	.since = "0.2",
	.summary = "Make a pipeline of a source and a target.",
	.text = "Fields go over by their names until a mapping says otherwise: leat mapping set and "
		"publish, or the console, where A on the screen of mappings is this command as a "
		"form. What has no word here stands in a file for leat apply. Nothing runs yet.",
	.flags = CMD_WRITES | CMD_ONE | CMD_LOCAL,
	.args = args,
	.reply = reply,
	.examples = examples,
	.run = run,
};

/*
 * core/command/load.c
 *	The command load: files into a table, now.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/command/body.h"
#include "core/command/into.h"
#include "core/command/jobs.h"
#include "core/command/sources.h"
#include "core/engine/engine.h"
#include "core/flow/pipeline.h"
#include "core/meta/job.h"

#define CWD_MAX 4096

static const struct val_spec args[] = {
	{ "file", VAL_FILE, ARG_POSITIONAL | ARG_REPEAT | ARG_REQUIRED, NULL, NULL,
	  "Files to load; a pattern in quotes may name many, - is standard input.", 0 },
	INTO_ARGS,
	{ "map", VAL_TEXT, ARG_REPEAT, NULL, "TARGET=EXPR", "How a target field is made.", 0 },
	{ "check", VAL_TEXT, ARG_REPEAT, NULL, "RULE", "A rule that each row must satisfy.", 0 },
	{ "filter", VAL_TEXT, 0, NULL, "EXPR", "Rows for which it is not true are left out.", 0 },
	{ "only-mapped", VAL_BOOL, 0, NULL, NULL, "Leave out fields that no --map makes.", 0 },
	JOBS_BUDGET_ARGS,
	{ "dry-run", VAL_BOOL, 0, NULL, NULL, "Do everything but write.", 0 },
	{ "limit", VAL_INT8, 0, NULL, NULL, "Read only the first rows.", 0 },
	{ "parallel", VAL_INT8, 0, NULL, NULL,
	  "Writers at the same time, 1 to 16 (append; not from standard input).", 0 },
	{ "allow-shrink", VAL_BOOL, 0, NULL, NULL,
	  "Replace a table also by one with far fewer rows.", 0 },
	/* Taken and not needed: only pipelines leave out what they have loaded. */
	{ "reload", VAL_BOOL, ARG_HIDDEN, NULL, NULL,
	  "Load files again that were loaded before.", 0 },
	{ "detach", VAL_BOOL, 0, NULL, NULL, "Leave the job to an engine that runs elsewhere.", 0 },
	JOBS_ASK_ARGS,
	SOURCES_FILE_ARGS,
	VAL_END
};

static enum err_code add_file(struct arena *mem, const char *name, struct buf *stream,
			      struct err *err)
{
	if (strchr(name, '\n') != NULL)
		return err_set(err, ERR_INPUT, "the name of a file holds a line break: %s",
			       text_fit(mem, name, strlen(name), 80));
	if (!sources_is_there(mem, name)) {
		err_set(err, ERR_NOT_FOUND, "there is no file %s",
			text_fit(mem, name, strlen(name), 500));
		err_hint(err, "Names count from the folder in which leat is started; see: ls.");
		return ERR_NOT_FOUND;
	}
	if (stream->len > 0)
		buf_adds(stream, "\n");
	buf_adds(stream, name);
	return ERR_OK;
}

static enum err_code read_files(struct arena *mem, const struct cmd_args *in, struct pipeline *p,
				struct err *err)
{
	char cwd[CWD_MAX];
	struct buf stream;
	enum err_code rc = ERR_OK;

	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return err_set(err, ERR_INPUT, "the current folder cannot be read");
	buf_init(&stream, 4u << 20);
	for (int i = 0; i < arg_count(in, "file") && rc == ERR_OK; i++)
		rc = add_file(mem, arg_nth(in, "file", i), &stream, err);
	p->source.connection = "files";
	/* The job may run in another folder: names are stored from the root. */
	p->source.stream = pipeline_anchor(mem, cwd, buf_str(&stream));
	buf_release(&stream);
	if (rc == ERR_OK && strchr(p->source.stream, '\n') != NULL)
		for (int i = 0; i < arg_count(in, "file") && rc == ERR_OK; i++)
			if (strcmp(arg_nth(in, "file", i), "-") == 0)
				rc = err_set(err, ERR_USAGE, "- stands alone, without other files");
	return rc;
}

static enum err_code read_rules(struct arena *mem, const struct cmd_args *in, struct pipeline *p,
				struct err *err)
{
	int nmaps = arg_count(in, "map");
	enum err_code rc = ERR_OK;

	p->map = arena_array(mem, (size_t)nmaps + 1, sizeof(*p->map));
	for (int i = 0; i < nmaps && rc == ERR_OK; i++) {
		struct map_rule *m = &p->map[p->nmaps++];

		rc = body_split(mem, "--map", arg_nth(in, "map", i), &m->target, &m->expr, err);
	}
	p->nchecks = arg_count(in, "check");
	p->check = arena_array(mem, (size_t)p->nchecks + 1, sizeof(*p->check));
	for (int i = 0; i < p->nchecks; i++)
		p->check[i] = arg_nth(in, "check", i);
	p->filter = arg_text(in, "filter");
	p->only_mapped = arg_bool(in, "only-mapped");
	return rc;
}

static enum err_code read_budget(const struct cmd_args *in, struct pipeline *p, struct err *err)
{
	if (arg_given(in, "over-rejects") && strcmp(arg_text(in, "over-rejects"), "hold") == 0) {
		err_set(err, ERR_USAGE, "--over-rejects hold pauses a pipeline, and this load has none");
		err_hint(err, "Say --over-rejects fail, or make it a pipeline: leat help pipelines.");
		return ERR_USAGE;
	}
	return jobs_budget(in, p, err);
}

static enum err_code read_how(const struct cmd_args *in, struct pipeline *p, struct err *err)
{
	p->allow_shrink = arg_bool(in, "allow-shrink");
	p->reload = arg_bool(in, "reload");
	p->limit_rows = arg_int8(in, "limit");
	if (p->limit_rows < 0 || (arg_given(in, "limit") && p->limit_rows == 0))
		return err_set(err, ERR_USAGE, "--limit takes a number above 0");
	if (arg_given(in, "parallel")) {
		int64_t n = arg_int8(in, "parallel");

		if (n < 1 || n > PIPELINE_PARALLEL_MAX)
			return err_set(err, ERR_USAGE, "--parallel takes a number from 1 to %d",
				       PIPELINE_PARALLEL_MAX);
		p->parallel = (int)n;
	}
	return read_budget(in, p, err);
}

static enum err_code read_pipeline(struct arena *mem, const struct cmd_args *in,
				   struct pipeline *p, struct err *err)
{
	enum err_code rc;

	pipeline_init(p);
	rc = into_read(mem, in, p, err);
	if (rc == ERR_OK)
		rc = read_rules(mem, in, p, err);
	if (rc == ERR_OK)
		rc = read_how(in, p, err);
	if (rc == ERR_OK)
		rc = sources_settings(mem, in, &p->source.options, err);
	if (rc == ERR_OK)
		rc = read_files(mem, in, p, err);
	if (rc == ERR_OK && strcmp(p->source.stream, "-") == 0 && arg_bool(in, "detach"))
		rc = err_set(err, ERR_USAGE, "standard input cannot be left to another engine");
	return rc;
}

/* What the user says of a field goes behind what was said before. */
static void add_answer(struct arena *mem, struct pipeline *p, const struct field *f,
		       const char *reading)
{
	struct params *o = &p->source.options;
	const char *entry = arena_printf(mem, "\"%s\"=%s", f->name, reading);

	for (int i = 0; i < o->n; i++) {
		if (strcmp(o->p[i].name, f->doubt->option) == 0) {
			o->p[i].value = arena_printf(mem, "%s;%s", o->p[i].value, entry);
			return;
		}
	}
	o->p[o->n++] = (struct param){ f->doubt->option, entry };
}

static void ask_field(struct cmd_ctx *ctx, struct pipeline *p, const struct field *f)
{
	const struct field_doubt *d = f->doubt;

	for (int i = 0; i < d->n; i++) {
		const char *said = arena_printf(ctx->mem, "field %s: %s can be read in %d ways; is it "
						"%s (%s)?", f->name, d->value, d->n, d->means[i],
						d->reading[i]);

		if (ctx->ask(ctx->face, text_clean_dup(ctx->mem, said, strlen(said)))) {
			add_answer(ctx->mem, p, f, d->reading[i]);
			return;
		}
	}
}

/*
 * Somebody sits there: fields that can be read in several ways are asked about. What stays
 * open, and everything where nobody is, is kept as text, or refused where the target wants more.
 */
static enum err_code settle(struct cmd_ctx *ctx, struct pipeline *p, struct err *err)
{
	struct read_spec spec = { .stream = p->source.stream, .options = &p->source.options };
	struct schema fields = { 0 };
	struct conn *conn = NULL;
	struct engine_env env;
	enum err_code rc;

	if (!ctx->is_talking || ctx->ask == NULL || strcmp(p->source.stream, "-") == 0)
		return ERR_OK;
	rc = cmd_engine_env(ctx, &env, err);
	if (rc == ERR_OK)
		rc = engine_open_connection(ctx->mem, &env, p->source.connection, NULL, &conn, err);
	/* What is wrong with the file is for the job to say. */
	if (rc == ERR_OK &&
	    conn->ops->describe(conn, ctx->mem, &spec, &fields, NULL, err) != ERR_OK)
		err_clear(err);
	for (int i = 0; rc == ERR_OK && i < fields.nfields; i++)
		if (fields.field[i].doubt != NULL)
			ask_field(ctx, p, &fields.field[i]);
	conn_close(conn);
	return rc;
}

static enum err_code run(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			 struct err *err)
{
	struct job_request request = { .kind = "load" };
	struct pipeline p;
	bool is_later = false;
	enum err_code rc = read_pipeline(ctx->mem, in, &p, err);

	if (rc == ERR_OK)
		rc = settle(ctx, &p, err);
	if (rc != ERR_OK)
		return rc;
	if (arg_bool(in, "dry-run"))
		return jobs_dry_run(ctx, &p, out, err);
	request.body = body_of_pipeline(ctx->mem, &p);
	rc = jobs_ask(ctx, in, &p.terms, &request, &is_later, err);
	if (rc == ERR_OK && is_later && strcmp(p.source.stream, "-") == 0)
		rc = err_set(err, ERR_USAGE, "standard input cannot be left to another engine");
	return rc == ERR_OK ? jobs_submit(ctx, &request, is_later || arg_bool(in, "detach"), out,
					  err) : rc;
}

static const struct cmd_example examples[] = {
	{ "leat load sales.csv --into sales", "A file into a table, made to fit" },
	{ "leat load 'in/*.csv' --into reporting.sales --create-schema --key order_no",
	  "Many files; rows of a known key are changed" },
	{ "leat load sales.csv --into totals --only-mapped --map 'no = order_no' "
	  "--map 'net = round(amount / 1.19, 2)' --check 'net min 0'",
	  "Mapped and checked on the way" },
	{ "leat load sales.csv --into sales --dry-run", "What would happen" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_load = {
	.name = "load",
	.since = "0.1",
	.summary = "Load files into a table, mapped and checked on the way.",
	.text = "Types are inferred from the files, and the table is made when there is none; its "
		"schema only with --create-schema, so that a typing mistake makes nothing. The "
		"load is a job like any other, with a log, rejects and progress. Either all of its "
		"rows become visible or none; rows that fail are kept as rejects. With --parallel they "
		"appear part by part, each once, and what a load that failed has committed stays for "
		"leat job retry to go on behind it.\n\n"
		"Without CONNECTION the table is in leat's own database.",
	.flags = CMD_WRITES | CMD_ONE | CMD_LOCAL,
	.args = args,
	.reply = jobs_outcome_reply,
	.examples = examples,
	.run = run,
};

/*
 * core/command/sources.c
 *	Opens a source by what was typed.
 */
#include "core/command/sources.h"

#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/command/body.h"
#include "core/command/session.h"
#include "core/engine/engine.h"

/* Settings of the source that have an option of their own. */
static const char *const source_options[] = {
	"format", "delimiter", "quote", "escape", "header", "encoding", "null", "empty", "skip",
	"footer", "table", "ragged", "columns",
	"columns-in", "rows-at", "nested", "dates", "decimals",
};
#define NSOURCE_OPTIONS (sizeof(source_options) / sizeof(source_options[0]))

const char *sources_split(struct arena *mem, const char *text, const char **rest)
{
	bool is_quoted = false;

	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"')
			is_quoted = !is_quoted;
		if (*c != ':' || is_quoted)
			continue;
		*rest = c + 1;
		return arena_strndup(mem, text, (size_t)(c - text));
	}
	*rest = text;
	return NULL;
}

enum err_code sources_options(struct arena *mem, const struct cmd_args *in, struct params *out,
			     struct err *err)
{
	int n = arg_count(in, "option");
	enum err_code rc = ERR_OK;

	out->p = arena_array(mem, (size_t)n + 1, sizeof(*out->p));
	for (int i = 0; i < n && rc == ERR_OK; i++) {
		struct param *p = &out->p[out->n++];

		rc = body_split(mem, "--option", arg_nth(in, "option", i), &p->name, &p->value,
				err);
	}
	return rc;
}

/* An option that may come more than once, as one setting. */
static const char *all_of(struct arena *mem, const struct cmd_args *in, const char *name)
{
	const char *all = arg_text(in, name);

	for (int i = 1; i < arg_count(in, name); i++)
		all = arena_printf(mem, "%s;%s", i == 1 ? arg_nth(in, name, 0) : all,
				   arg_nth(in, name, i));
	return all;
}

enum err_code sources_settings(struct arena *mem, const struct cmd_args *in, struct params *out,
			       struct err *err)
{
	struct params more = { 0 };
	enum err_code rc = sources_options(mem, in, &more, err);

	out->n = 0;
	out->p = arena_array(mem, NSOURCE_OPTIONS + 2 + (size_t)more.n, sizeof(*out->p));
	for (size_t i = 0; i < NSOURCE_OPTIONS; i++)
		if (arg_given(in, source_options[i]))
			out->p[out->n++] = (struct param){ source_options[i],
							   all_of(mem, in, source_options[i]) };
	for (int i = 0; i < more.n; i++)
		out->p[out->n++] = more.p[i];
	return rc;
}

enum err_code sources_open_connection(struct cmd_ctx *ctx, const char *name, struct conn **out,
				     struct err *err)
{
	struct engine_env env;
	enum err_code rc = cmd_engine_env(ctx, &env, err);

	if (rc == ERR_OK)
		rc = engine_open_connection(ctx->mem, &env, name, NULL, out, err);
	return rc;
}

bool sources_is_there(struct arena *mem, const char *name)
{
	const char *hash = strrchr(name, '#');

	if (strcmp(name, "-") == 0 || access(name, F_OK) == 0)
		return true;
	if (hash != NULL && hash > name)
		name = arena_strndup(mem, name, (size_t)(hash - name));
	return name[strcspn(name, "*?[")] != '\0' || (hash != NULL && access(name, F_OK) == 0);
}

static enum err_code open_files(struct cmd_ctx *ctx, struct source *out, struct err *err)
{
	struct params none = { .stop_fd = ctx->session->stop_fd > 0 ? ctx->session->stop_fd : 0 };
	const struct conn_ops *ops = connector_find("file");
	const char *name = out->stream;

	if (!sources_is_there(ctx->mem, name)) {
		err_set(err, ERR_NOT_FOUND, "there is no file %s",
			text_fit(ctx->mem, name, strlen(name), 500));
		err_hint(err, "A table is named with its connection, as in local:public.sales.");
		return ERR_NOT_FOUND;
	}
	out->connection = "files";
	return ops->open(ctx->mem, &none, &out->conn, err);
}

enum err_code sources_open(struct cmd_ctx *ctx, const struct cmd_args *in, const char *text,
			  struct source *out, struct err *err)
{
	const char *connection = NULL;
	enum err_code rc = sources_options(ctx->mem, in, &out->options, err);

	if (rc != ERR_OK)
		return rc;
	out->stream = text;
	if (access(text, F_OK) != 0)
		connection = sources_split(ctx->mem, text, &out->stream);
	if (connection == NULL)
		return open_files(ctx, out, err);
	if (connection[0] == '\0' || out->stream[0] == '\0')
		return err_set(err, ERR_USAGE, "a source is FILE or CONNECTION:STREAM, not '%s'",
			       text_fit(ctx->mem, text, strlen(text), 60));
	out->connection = connection;
	rc = sources_open_connection(ctx, connection, &out->conn, err);
	if (rc == ERR_OK && !(out->conn->ops->caps & CONN_READ))
		rc = err_set(err, ERR_CONFIG, "connector %s cannot read", out->conn->ops->type);
	return rc;
}

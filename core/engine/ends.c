/*
 * core/engine/ends.c
 *	Opening both ends of a pipeline.
 */
#include "core/engine/ends.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/engine/engine.h"
#include "core/meta/connection.h"
#include "core/meta/place.h"

static enum err_code open_as(struct arena *mem, const char *connector, const struct params *in,
			     const char *label, struct conn **out, struct err *err)
{
	const struct conn_ops *ops = connector_find(connector);
	enum err_code rc;

	if (ops == NULL) {
		err_set(err, ERR_CONFIG, "connection %s: there is no connector %s", label,
			connector);
		err_hint(err, "The connectors are shown by: leat connector list.");
		return ERR_CONFIG;
	}
	rc = params_check(in, ops->params, label, err);
	/* An arena of its own: the source is read by one thread while another writes. */
	if (rc == ERR_OK)
		rc = ops->open(arena_new(mem, "connection"), in, out, err);
	return rc == ERR_OK ? ERR_OK : err_wrap(err, rc, "connection %s", label);
}

/* *connector: what it has to be ("" or NULL: anything) becomes what it is. */
static enum err_code find_stored(struct arena *mem, struct db *app, const char *name,
				 const char **connector, struct params *in, struct err *err)
{
	struct connection_settings set = { 0 };
	struct connection stored;
	enum err_code rc = connection_get(mem, app, name, &stored, err);

	if (rc != ERR_OK)
		return rc;
	if (*connector != NULL && (*connector)[0] != '\0' &&
	    strcmp(*connector, stored.connector) != 0)
		return err_set(err, ERR_CONFIG, "connection %s is a %s connection, not %s", name,
			       stored.connector, *connector);
	rc = connection_resolve(mem, app, stored.config, &set, err);
	if (rc != ERR_OK)
		return err_wrap(err, rc, "connection %s", name);
	in->n = set.n;
	in->p = arena_array(mem, (size_t)set.n, sizeof(*in->p));
	for (int i = 0; i < set.n; i++)
		in->p[i] = (struct param){ set.s[i].name, set.s[i].value };
	*connector = stored.connector;
	return ERR_OK;
}

enum err_code ends_open(struct arena *mem, const struct engine_env *env, struct db *app,
			const char *name, const char *connector, struct conn **out, struct err *err)
{
	bool is_file = connector != NULL && strcmp(connector, "file") == 0;
	struct params in = { .stop_fd = env->stop_fd };
	struct param url;
	enum err_code rc;

	if (name == NULL || name[0] == '\0') {
		if (connector != NULL && strcmp(connector, "mem") == 0)
			return open_as(mem, connector, &in, connector, out, err);
		name = is_file ? "files" : "local";
	}
	if (strcmp(name, "files") == 0)
		return open_as(mem, "file", &in, name, out, err);
	if (strcmp(name, "local") != 0) {
		rc = find_stored(mem, app, name, &connector, &in, err);
		return rc == ERR_OK ? open_as(mem, connector, &in, name, out, err) : rc;
	}
	url = (struct param){ "url", meta_data_conninfo(env->place) };
	in.n = 1;
	in.p = &url;
	return open_as(mem, "postgres", &in, name, out, err);
}

const char *ends_label(struct arena *mem, const struct pipeline_end *end, const char *builtin)
{
	const char *name = end->connection != NULL && end->connection[0] != '\0' ? end->connection
										  : builtin;
	const char *what = end->stream != NULL ? end->stream : "(query)";

	return strcmp(name, "files") == 0 ? what : arena_printf(mem, "%s:%s", name, what);
}

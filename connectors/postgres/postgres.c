/*
 * connectors/postgres/postgres.c
 *	The postgres connector: its settings, its connections, its table of functions.
 */
#include "connectors/postgres/postgres.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "connectors/postgres/pg.h"

static const struct param_spec pg_params[] = {
	{ "url", PARAM_SECRET, NULL, NULL, "Everything in one: postgresql://user@host/database." },
	{ "host", PARAM_TEXT, NULL, NULL, "Host name, address, or folder of the Unix socket." },
	{ "port", PARAM_INT, NULL, NULL, "Port; 5432 when not given." },
	{ "dbname", PARAM_TEXT, NULL, NULL, "Database." },
	{ "user", PARAM_TEXT, NULL, NULL, "Login." },
	{ "password", PARAM_SECRET, NULL, NULL, "The login's password." },
	{ "sslmode", PARAM_CHOICE, NULL, "disable|allow|prefer|require|verify-ca|verify-full",
	  "How much TLS is asked for." },
	{ "sslrootcert", PARAM_TEXT, NULL, NULL, "File with the certificates that are trusted." },
	{ NULL, PARAM_TEXT, NULL, NULL, NULL },
};

static const struct param_spec pg_read_options[] = {
	{ NULL, PARAM_TEXT, NULL, NULL, NULL },
};

/* One "key='value'" of a conninfo. */
static void add_keyword(struct buf *out, const char *key, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	buf_addf(out, "%s%s='", out->len > 0 ? " " : "", key);
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '\'' || *p == '\\')
			buf_add(out, "\\", 1);
		buf_add(out, p, 1);
	}
	buf_adds(out, "'");
}

static enum err_code make_conninfo(struct arena *mem, const struct params *in, const char **out,
				   struct err *err)
{
	const char *url = params_get(in, pg_params, "url");
	bool has_pieces = false;
	struct buf b;

	buf_init(&b, 16u * 1024u);
	for (const struct param_spec *s = pg_params + 1; s->name != NULL; s++) {
		const char *value = params_get(in, pg_params, s->name);

		has_pieces = has_pieces || value != NULL;
		add_keyword(&b, s->name, value);
	}
	*out = url != NULL ? arena_strdup(mem, url) : arena_strdup(mem, buf_str(&b));
	buf_release(&b);
	if (url != NULL && has_pieces) {
		err_set(err, ERR_CONFIG, "both url and single settings of a connection are given");
		err_hint(err, "Put everything into url, or leave url out.");
		return ERR_CONFIG;
	}
	return ERR_OK;
}

enum err_code pg_connect(struct pg_conn *c, struct db **out, struct err *err)
{
	/* The server's search_path: triggers and defaults of its tables may need it. */
	struct db_options opt = {
		.conninfo = c->conninfo,
		.app_name = "leat",
		.search_path = "",
		.statement_ms = -1,
		.stop_fd = c->stop_fd,
	};

	return db_open(&opt, out, err);
}

static enum err_code pg_open(struct arena *mem, const struct params *in, struct conn **out,
			     struct err *err)
{
	struct pg_conn *c = arena_alloc(mem, sizeof(*c));
	enum err_code rc;

	c->base.ops = &conn_postgres;
	c->mem = mem;
	c->stop_fd = in->stop_fd;
	rc = params_check(in, pg_params, "postgres connection", err);
	if (rc == ERR_OK)
		rc = make_conninfo(mem, in, &c->conninfo, err);
	if (rc == ERR_OK)
		rc = pg_connect(c, &c->db, err);
	if (rc != ERR_OK)
		return rc;
	c->pid = db_backend_pid(c->db);
	*out = &c->base;
	return ERR_OK;
}

static enum err_code pg_test(struct conn *conn, struct arena *mem, const char **note,
			     struct err *err)
{
	struct pg_conn *c = pg_of(conn);
	struct db_result *res = NULL;
	enum err_code rc;

	rc = db_query(c->db, "select pg_catalog.current_setting('server_version') as version,"
		      " current_user as login, pg_catalog.current_database() as db",
		      NULL, 0, &res, err);
	if (rc == ERR_OK)
		*note = arena_printf(mem, "PostgreSQL %s, user %s, database %s",
				     db_result_text(res, 0, "version"),
				     db_result_text(res, 0, "login"), db_result_text(res, 0, "db"));
	db_result_free(res);
	return rc;
}

static void pg_interrupt(struct conn *conn)
{
	struct pg_conn *c = pg_of(conn);

	struct db *peek = atomic_load(&c->peek);

	atomic_store(&c->stop, true);
	db_interrupt(c->db);
	if (peek != NULL)
		db_interrupt(peek);
}

static void pg_close(struct conn *conn)
{
	struct pg_conn *c = pg_of(conn);

	/* An open transaction ends with its connection: whatever was not committed is undone. */
	db_close(c->db);
	db_close(c->lookup);
	db_close(atomic_exchange(&c->peek, NULL));
	c->db = NULL;
	c->lookup = NULL;
	pg_chunk_release(&c->w.chunk);
	buf_release(&c->w.row_text);
}

enum err_code pg_run(struct pg_conn *c, struct err *err, const char *fmt, ...)
{
	struct arena *tmp = arena_new(NULL, "sql");
	enum err_code rc;
	va_list args;

	va_start(args, fmt);
	rc = db_exec(c->db, arena_vprintf(tmp, fmt, args), err);
	va_end(args);
	arena_free(tmp);
	return rc;
}

enum err_code pg_count(struct pg_conn *c, int64_t *out, struct err *err, const char *fmt, ...)
{
	struct arena *tmp = arena_new(NULL, "sql");
	struct db_result *res = NULL;
	enum err_code rc;
	va_list args;

	va_start(args, fmt);
	rc = db_query(c->db, arena_vprintf(tmp, fmt, args), NULL, 0, &res, err);
	va_end(args);
	if (rc == ERR_OK)
		*out = db_result_rows(res) > 0 && db_result_at(res, 0, 0) != NULL
		     ? strtoll(db_result_at(res, 0, 0), NULL, 10) : 0;
	db_result_free(res);
	arena_free(tmp);
	return rc;
}

const struct conn_ops conn_postgres = {
	.type = "postgres",
	.summary = "Tables and queries of a PostgreSQL database, through COPY.",
	.caps = CONN_READ | CONN_WRITE | CONN_RESUME | CONN_ATOMIC | CONN_PARALLEL | CONN_LOOKUP,
	.params = pg_params,
	.read_options = pg_read_options,
	.open = pg_open,
	.test = pg_test,
	.streams = pg_streams,
	.describe = pg_describe,
	.read_open = pg_read_open,
	.read_schema = pg_read_schema,
	.read = pg_read,
	.can_make = pg_can_make,
	.claim = pg_claim,
	.write_open = pg_write_open,
	.write = pg_write,
	.finish = pg_finish,
	.commit = pg_commit,
	.chunks = pg_chunks,
	.chunk_source = pg_chunk_source,
	.chunk_commit = pg_chunk_commit,
	.exists = pg_exists,
	.blocked = pg_blocked,
	.interrupt = pg_interrupt,
	.close = pg_close,
};

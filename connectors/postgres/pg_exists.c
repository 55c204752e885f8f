/*
 * connectors/postgres/pg_exists.c
 *	Which values of a column are there in some table: one query a batch.
 *
 * Runs on a connection of its own, for the load's may be inside a COPY. Sees
 * what others have committed, not what the load has written.
 */
#include <string.h>

#include "core/flow/format.h"
#include "connectors/postgres/pg.h"

/* The last stream and field asked for, and how to ask. */
struct pg_look {
	const char *stream, *field;
	const char *sql;	/* compares in the column's own type */
	const char *loose_sql;	/* compares texts: for values that the type does not take */
};

static enum err_code make_look(struct pg_conn *c, const char *stream, const char *field,
			       struct err *err)
{
	struct pg_look *look = arena_alloc(c->mem, sizeof(*look));
	const struct pg_col *col;
	struct pg_rel rel;
	enum err_code rc = pg_rel_load(c->lookup, c->mem, stream, &rel, err);

	if (rc != ERR_OK)
		return rc;
	col = pg_rel_find(&rel, field);
	if (col == NULL)
		return err_set(err, ERR_NOT_FOUND, "%s has no column %s", stream, field);
	look->stream = arena_strdup(c->mem, stream);
	look->field = arena_strdup(c->mem, field);
	look->sql = arena_printf(c->mem, "select v.n from pg_catalog.unnest($1::text[]::%s[])"
				 " with ordinality v(x, n) where exists"
				 " (select from %s t where t.%s = v.x)",
				 col->loose_type, rel.quoted, col->quoted);
	look->loose_sql = arena_printf(c->mem, "select v.n from pg_catalog.unnest($1::text[])"
				       " with ordinality v(x, n) where exists"
				       " (select from %s t where t.%s::text = v.x)",
				       rel.quoted, col->quoted);
	c->look = look;
	return ERR_OK;
}

static enum err_code make_ready(struct pg_conn *c, const char *stream, const char *field,
				struct err *err)
{
	enum err_code rc = ERR_OK;

	if (c->lookup == NULL || db_is_broken(c->lookup)) {
		db_close(c->lookup);
		c->lookup = NULL;
		rc = pg_connect(c, &c->lookup, err);
	}
	if (rc == ERR_OK && (c->look == NULL || strcmp(c->look->stream, stream) != 0 ||
			     strcmp(c->look->field, field) != 0))
		rc = make_look(c, stream, field, err);
	return rc;
}

/* {"a",NULL,"b"}: one element a row. */
static enum err_code array_of(struct buf *out, struct arena *mem, const struct column *col,
			      uint32_t nrows, struct err *err)
{
	enum err_code rc = buf_append(out, "{", 1, err);

	for (uint32_t i = 0; i < nrows && rc == ERR_OK; i++) {
		struct slice s;
		char *p;

		if (col->null[i]) {
			rc = buf_append(out, i > 0 ? ",NULL" : "NULL", i > 0 ? 5 : 4, err);
			continue;
		}
		s = format_cell(mem, col, i);
		rc = buf_reserve(out, 2 * s.n + 3, err);
		if (rc != ERR_OK)
			break;
		p = out->data + out->len;
		if (i > 0)
			*p++ = ',';
		*p++ = '"';
		for (size_t k = 0; k < s.n; k++) {
			if (s.p[k] == '"' || s.p[k] == '\\')
				*p++ = '\\';
			*p++ = s.p[k];
		}
		*p++ = '"';
		out->len = (size_t)(p - out->data);
	}
	return rc == ERR_OK ? buf_append(out, "}", 1, err) : rc;
}

enum err_code pg_exists(struct conn *conn, const char *stream, const char *field,
			const struct column *col, uint32_t nrows, uint8_t *found, struct err *err)
{
	struct pg_conn *c = pg_of(conn);
	struct arena *mem = arena_new(NULL, "lookup");
	struct db_result *res = NULL;
	struct db_param p;
	struct buf values;
	enum err_code rc;

	buf_init(&values, 1u << 30);
	memset(found, 0, nrows);
	rc = make_ready(c, stream, field, err);
	if (rc == ERR_OK && col->pg_oid != 0)
		rc = err_set(err, ERR_BUG, "exists() wants decoded values");
	if (rc == ERR_OK)
		rc = array_of(&values, mem, col, nrows, err);
	if (rc == ERR_OK) {
		p = DB_TEXT(buf_str(&values));
		rc = db_query(c->lookup, c->look->sql, &p, 1, &res, err);
		if (rc == ERR_INPUT && strncmp(err->sqlstate, "22", 2) == 0) {
			err_clear(err);
			rc = db_query(c->lookup, c->look->loose_sql, &p, 1, &res, err);
		}
	}
	for (int i = 0; rc == ERR_OK && i < db_result_rows(res); i++) {
		int64_t n = db_result_int8(res, i, "n");

		if (n >= 1 && n <= (int64_t)nrows)
			found[n - 1] = 1;
	}
	db_result_free(res);
	buf_release(&values);
	arena_free(mem);
	return rc == ERR_OK ? ERR_OK : err_wrap(err, rc, "looking values up in %s", stream);
}

/*
 * connectors/postgres/pg_read.c
 *	Reads rows by COPY in binary form and leaves every value undecoded.
 *
 * A row's bytes are copied once, from the message into the batch's arena;
 * cells are slices of that copy and at[].raw is all of it, so that a writer
 * can pass an unchanged row on as it is.
 */
#include <string.h>

#include "core/base/fault.h"
#include "connectors/postgres/pg.h"

#define HEADER_BYTES 19u	/* signature 11, flags 4, length of the extension 4 */
#define BATCH_BYTES (4u << 20)

static const char signature[11] = "PGCOPY\n\377\r\n";

static uint32_t get32(const char *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return __builtin_bswap32(v);
}

static uint16_t get16(const char *p)
{
	uint16_t v;

	memcpy(&v, p, 2);
	return __builtin_bswap16(v);
}

/* "a", "b"::text, ...: what has no binary form of ours comes as text. */
static void add_cols(struct buf *sql, const struct pg_rel *rel)
{
	for (int i = 0; i < rel->ncols; i++)
		buf_addf(sql, "%s%s%s", i > 0 ? ", " : "", rel->col[i].quoted,
			 rel->col[i].is_portable ? "" : "::pg_catalog.text");
}

/* COPY of a table itself is cheaper than of a query over it, where it means the same. */
static bool is_plain(const struct pg_rel *rel, const struct read_spec *spec)
{
	if (spec->query != NULL || rel->kind != 'r' || rel->has_policies || rel->has_children ||
	    spec->cursor_after != NULL || spec->limit_rows > 0 || rel->ncols == 0)
		return false;
	for (int i = 0; i < rel->ncols; i++)
		if (!rel->col[i].is_portable || rel->col[i].is_generated)
			return false;
	return true;
}

/* Text in the order of its bytes, in which the data path compares it too. */
static const char *in_order(struct arena *mem, const struct pg_col *col)
{
	if (pg_type_of(col->base_oid, col->typmod).type != TYPE_TEXT)
		return col->quoted;
	return arena_printf(mem, "%s::pg_catalog.text collate pg_catalog.\"C\"", col->quoted);
}

static enum err_code add_cursor(struct buf *sql, struct arena *mem, const struct pg_rel *rel,
				const struct read_spec *spec, struct err *err)
{
	const struct pg_col *col = pg_rel_find(rel, spec->cursor_field);
	enum err_code rc;
	char *value;

	if (col == NULL)
		return err_set(err, ERR_CONFIG, "cursor field %s is not in %s", spec->cursor_field,
			       rel->name);
	if (spec->cursor_after != NULL) {
		rc = quote_literal(mem, spec->cursor_after, &value, err);
		if (rc != ERR_OK)
			return rc;
		buf_addf(sql, " where %s %s %s", in_order(mem, col), spec->cursor_inclusive ? ">=" : ">",
			 value);
		/* What has no place in the order is told in every run, not in the first alone. */
		if (col->has_nulls)
			buf_addf(sql, " or %s is null", col->quoted);
	}
	/*
	 * A whole load commits all or nothing, in any order; a part must be the first
	 * part. Rows without a value would fill each part if they came first.
	 */
	if (spec->limit_rows > 0)
		buf_addf(sql, " order by %s nulls last", in_order(mem, col));
	return ERR_OK;
}

static enum err_code make_sql(struct arena *mem, const struct pg_rel *rel,
			      const struct read_spec *spec, struct buf *sql, struct err *err)
{
	enum err_code rc = ERR_OK;

	if (is_plain(rel, spec)) {
		buf_addf(sql, "copy %s (", rel->quoted);
		add_cols(sql, rel);
		buf_adds(sql, ")");
	} else {
		buf_adds(sql, "copy (select ");
		add_cols(sql, rel);
		if (spec->query != NULL)
			buf_addf(sql, " from (%s\n) q", spec->query);
		else
			buf_addf(sql, " from %s", rel->quoted);
		if (spec->cursor_field != NULL)
			rc = add_cursor(sql, mem, rel, spec, err);
		if (spec->limit_rows > 0)
			buf_addf(sql, " limit %lld", (long long)spec->limit_rows);
		buf_adds(sql, ")");
	}
	buf_adds(sql, " to stdout (format binary)");
	return rc;
}

enum err_code pg_read_open(struct conn *conn, const struct read_spec *spec, struct err *err)
{
	struct pg_conn *c = pg_of(conn);
	struct pg_reader *r = &c->r;
	struct pg_rel rel;
	struct buf sql;
	enum err_code rc;

	*r = (struct pg_reader){ .part = arena_strdup(c->mem, spec->query != NULL ? "query"
						      : spec->stream) };
	rc = spec->query != NULL ? pg_query_cols(c->db, c->mem, spec->query, &rel, err)
				 : pg_rel_load(c->db, c->mem, spec->stream, &rel, err);
	if (rc != ERR_OK)
		return rc;
	pg_schema_of(c->mem, &rel, &r->schema);
	for (int i = 0; i < rel.ncols; i++)
		if (!rel.col[i].is_portable)
			r->schema.field[i].type = (struct type_spec){ .type = TYPE_TEXT,
								      .pg_oid = PG_TEXT };
	buf_init(&sql, 8u << 20);
	rc = make_sql(c->mem, &rel, spec, &sql, err);
	if (rc == ERR_OK)
		rc = db_copy_out(c->db, buf_str(&sql), err);
	buf_release(&sql);
	if (rc != ERR_OK)
		return err_wrap(err, rc, "reading %s", r->part);
	r->is_open = true;
	return ERR_OK;
}

const struct schema *pg_read_schema(struct conn *c)
{
	return &pg_of(c)->r.schema;
}

static enum err_code damaged(const struct pg_reader *r, struct err *err)
{
	return err_set(err, ERR_INPUT, "%s: the server's COPY data is not what its format says",
		       r->part);
}

/* One tuple at p becomes row `row`; *used is its length. */
static bool take_tuple(struct pg_reader *r, struct batch *b, uint32_t row, const char *p,
		       size_t n, size_t *used)
{
	size_t at = 2;

	if (get16(p) != (unsigned)b->ncols)
		return false;
	for (int i = 0; i < b->ncols; i++) {
		struct column *col = &b->col[i];
		uint32_t len;

		if (n - at < 4)
			return false;
		len = get32(p + at);
		at += 4;
		col->null[row] = len == UINT32_MAX;
		if (len == UINT32_MAX)
			len = 0;
		if (n - at < len)
			return false;
		col->v.text[row] = (struct slice){ p + at, len };
		at += len;
	}
	r->row++;
	b->at[row] = (struct row_at){ .row = r->row, .offset = -1, .raw = { p, at } };
	*used = at;
	return true;
}

/* A message: the header perhaps, tuples, the trailer perhaps. */
static enum err_code take_message(struct pg_reader *r, struct batch *b, const char *p, size_t n,
				  struct err *err)
{
	char *copy;

	if (!r->seen_header) {
		size_t skip;

		if (n < HEADER_BYTES || memcmp(p, signature, sizeof(signature)) != 0)
			return damaged(r, err);
		skip = HEADER_BYTES + (size_t)get32(p + 15);
		if (n < skip)
			return damaged(r, err);
		p += skip;
		n -= skip;
		r->seen_header = true;
	}
	if (n == 0)
		return ERR_OK;
	if (n == 2 && get16(p) == UINT16_MAX) {
		r->at_end = true;
		return ERR_OK;
	}
	copy = arena_bytes(b->mem, n);
	memcpy(copy, p, n);
	while (n > 0) {
		size_t used = 0;

		if (n < 2 || b->nrows == b->cap)
			return damaged(r, err);
		if (get16(copy) == UINT16_MAX) {
			r->at_end = true;
			return ERR_OK;
		}
		if (!take_tuple(r, b, b->nrows, copy, n, &used))
			return damaged(r, err);
		b->nrows++;
		b->input_bytes += (int64_t)used;
		copy += used;
		n -= used;
	}
	return ERR_OK;
}

/* The store of each column holds slices, whatever type the batch was made for. */
static void set_columns(struct pg_reader *r, struct batch *b)
{
	for (int i = 0; i < b->ncols; i++) {
		const struct type_spec *t = &r->schema.field[i].type;

		b->col[i].type = t->type;
		b->col[i].pg_oid = t->pg_oid;
		b->col[i].v.text = b->col[i].store_text;
	}
	b->part = r->part;
	b->raw_text = pg_tuple_json;
	b->raw_ctx = &r->schema;
	b->is_tuple = true;
}

enum err_code pg_read(struct conn *conn, struct batch *into, bool *eof, struct err *err)
{
	struct pg_conn *c = pg_of(conn);
	struct pg_reader *r = &c->r;
	enum err_code rc = ERR_OK;

	batch_reset(into);
	*eof = !r->is_open;
	if (into->ncols != r->schema.nfields)
		return err_set(err, ERR_BUG, "a batch of %d columns for %d fields", into->ncols,
			       r->schema.nfields);
	set_columns(r, into);
	while (rc == ERR_OK && r->is_open && into->nrows < into->cap &&
	       into->input_bytes < BATCH_BYTES) {
		const char *p;
		size_t n;
		bool end = false;

		rc = FAULT("pg-read") ? err_set(err, ERR_TRANSIENT, "reading failed (fault)")
				      : db_copy_get(c->db, &p, &n, &end, err);
		if (rc == ERR_OK && end)
			r->is_open = false;
		else if (rc == ERR_OK)
			rc = take_message(r, into, p, n, err);
	}
	if (rc != ERR_OK) {
		r->is_open = false;
		return err_wrap(err, rc, "reading %s", r->part);
	}
	*eof = into->nrows == 0;
	return ERR_OK;
}

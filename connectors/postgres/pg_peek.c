/*
 * connectors/postgres/pg_peek.c
 *	Rows of an upsert that the target already has, found before they are sent.
 *
 * When the keys of the source ascend, a second connection reads the target
 * in the order of the key, in step with the source. A row whose bytes are the
 * same there is unchanged and goes no further: it costs neither staging nor
 * merging. Any doubt (other bytes, keys out of order, a target with far more
 * rows than the source, an error) only means that the row is staged and SQL
 * decides as ever.
 *
 * The peek sees the target a moment before the merge. A row that others
 * change in between is left as they made it, as if the load had come first.
 */
#include <string.h>

#include "core/base/fault.h"
#include "connectors/postgres/pg.h"

/* Rows in order before it is worth a connection. */
#define PEEK_AFTER 2048
/* Rows after which fewer than a tenth being the same means: not worth it. */
#define PEEK_TRIAL 20000
#define HEADER_BYTES 19u

static uint32_t get32(const char *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return __builtin_bswap32(v);
}

void pg_peek_init(struct pg_conn *c)
{
	struct pg_writer *w = &c->w;
	uint32_t oid = w->nkeys == 1 ? w->key[0]->col->base_oid : 0;

	/* A table that this load has altered is locked against the second connection. */
	if (w->is_text || w->is_altered || w->is_new || !w->has_unique || w->rel.has_policies ||
	    (w->rel.kind != 'r' && w->rel.kind != 'p') ||
	    (oid != PG_INT4 && oid != PG_INT8))
		return;
	for (int i = 0; i < w->nouts; i++)
		if (!w->out[i].col->is_portable)
			return;
	w->peek.state = PEEK_READY;
}

void pg_peek_stop(struct pg_conn *c)
{
	struct db *db = atomic_load(&c->peek);

	if (c->w.peek.state == PEEK_ON && db != NULL)
		db_rollback(db);	/* ends the COPY */
	c->w.peek.state = PEEK_OFF;
}

/* The key field of the tuple at p; false when it is not there. */
static bool key_of(const struct pg_writer *w, const char *p, size_t n, int64_t *key)
{
	size_t at = 2;

	for (const struct pg_out *o = w->out; n - at >= 4; o++) {
		uint32_t len = get32(p + at);

		at += 4;
		if (len == UINT32_MAX)
			len = 0;
		if (n - at < len)
			return false;
		if (o == w->key[0]) {
			uint64_t full;

			if (len == 4) {
				*key = (int32_t)get32(p + at);
				return true;
			}
			if (len != 8)
				return false;
			memcpy(&full, p + at, 8);
			*key = (int64_t)__builtin_bswap64(full);
			return true;
		}
		at += len;
	}
	return false;
}

/* The target's next row; at its end the peek goes on without one. */
static enum err_code next_row(struct pg_conn *c, struct err *err)
{
	struct pg_peek *k = &c->w.peek;
	bool eof = false;
	enum err_code rc;

	do {
		rc = db_copy_get(atomic_load(&c->peek), &k->tuple, &k->n, &eof, err);
		if (rc == ERR_OK && !eof && !k->seen_header) {
			if (k->n < HEADER_BYTES)
				return err_set(err, ERR_INPUT, "not a COPY");
			k->tuple += HEADER_BYTES;
			k->n -= HEADER_BYTES;
			k->seen_header = true;
		}
	} while (rc == ERR_OK && !eof && k->n == 0);
	if (rc != ERR_OK)
		return rc;
	k->at_end = eof || k->n < 6 || !key_of(&c->w, k->tuple, k->n, &k->key);
	return ERR_OK;
}

static enum err_code start(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	struct db *db = atomic_load(&c->peek);
	enum err_code rc = ERR_OK;
	struct buf sql;

	if (db == NULL) {
		rc = pg_connect(c, &db, err);
		if (rc == ERR_OK)
			atomic_store(&c->peek, db);
	}
	/* In order by the index at once: a sort would keep us waiting for its first row. */
	if (rc == ERR_OK)
		rc = db_exec(db, "set enable_sort = off; set lock_timeout = '2s'", err);
	if (rc != ERR_OK)
		return rc;
	buf_init(&sql, 1u << 20);
	buf_addf(&sql, "copy (select %s from %s where %s >= %lld order by %s) to stdout"
		 " (format binary)", w->cols, w->rel.quoted, w->key[0]->col->quoted,
		 (long long)w->last_key, w->key[0]->col->quoted);
	rc = db_copy_out(db, buf_str(&sql), err);
	buf_release(&sql);
	if (rc != ERR_OK)
		return rc;
	w->peek.state = PEEK_ON;
	return next_row(c, err);
}

/*
 * Field by field where the bytes as a whole differ: a numeric's display scale
 * (its fourth word) makes it no other number.
 */
static bool same_fields(const struct pg_writer *w, const char *a, const char *b, size_t n)
{
	size_t at = 0;

	for (int i = 0; i < w->nouts; i++) {
		uint32_t len, skip = 0;

		if (n - at < 4 || memcmp(a + at, b + at, 4) != 0)
			return false;
		len = get32(a + at);
		at += 4;
		if (len == UINT32_MAX)
			continue;
		if (n - at < len)
			return false;
		if (w->out[i].col->base_oid == PG_NUMERIC && len >= 8) {
			if (memcmp(a + at, b + at, 6) != 0)
				return false;
			skip = 8;
		}
		if (memcmp(a + at + skip, b + at + skip, len - skip) != 0)
			return false;
		at += len;
	}
	return at == n;
}

static enum err_code look(struct pg_conn *c, const char *fields, size_t n, bool *same,
			  struct err *err)
{
	struct pg_writer *w = &c->w;
	struct pg_peek *k = &w->peek;
	enum err_code rc = ERR_OK;

	if (k->state == PEEK_READY)
		rc = start(c, err);
	k->asked++;
	while (rc == ERR_OK && !k->at_end && k->key < w->last_key) {
		k->passed++;
		/* Many more rows there than here: reading them costs more than it saves. */
		if (k->passed > 4 * k->asked + 10000)
			return err_set(err, ERR_LIMIT, "too many rows to look at");
		rc = next_row(c, err);
	}
	if (rc != ERR_OK)
		return rc;
	if (k->at_end)
		return err_set(err, ERR_NOT_FOUND, "no more rows to look at");
	*same = k->key == w->last_key && k->n == n + 2 &&
		(memcmp(k->tuple + 2, fields, n) == 0 || same_fields(w, k->tuple + 2, fields, n));
	k->same += *same;
	if (k->asked == PEEK_TRIAL && k->same < PEEK_TRIAL / 10)
		return err_set(err, ERR_LIMIT, "too few rows are the same");
	return ERR_OK;
}

bool pg_peek_same(struct pg_conn *c, const char *fields, size_t n)
{
	struct pg_writer *w = &c->w;
	struct err why = { 0 };
	bool same = false;

	if (!w->keys_ascend) {
		pg_peek_stop(c);
		return false;
	}
	if (w->peek.state == PEEK_READY && w->taken < PEEK_AFTER)
		return false;
	if (FAULT("pg-peek") || look(c, fields, n, &same, &why) != ERR_OK)
		pg_peek_stop(c);
	return same;
}

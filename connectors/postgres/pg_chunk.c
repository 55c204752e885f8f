/*
 * connectors/postgres/pg_chunk.c
 *	Rows become COPY bytes, go out while more arrive, and are kept until stored.
 *
 * A chunk's COPY starts as soon as there is something worth sending, so that
 * the server works while rows are still being encoded. Only its end is
 * waited for, under a savepoint that a failure goes back to.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fault.h"
#include "core/flow/format.h"
#include "core/flow/pgbin.h"
#include "connectors/postgres/pg.h"

/* Large enough that its two waits cost under a hundredth, small enough to keep and to repeat. */
#define CHUNK_BYTES (2u << 20)
#define CHUNK_ROWS  (1u << 16)
#define SEND_BYTES  (64u << 10)
/* Raw rows, kept for rejects, may be many times longer than what is stored of them. */
#define RAW_BYTES   (4u << 20)
/* One row may be this large: the server's own limit for a message. */
#define ROW_LIMIT   (1u << 30)
#define RAW_IS_TUPLE UINT32_MAX

static const char header[19] = "PGCOPY\n\377\r\n";
static const char trailer[2] = "\377\377";

static char *put16(char *p, unsigned v)
{
	uint16_t w = __builtin_bswap16((uint16_t)v);

	memcpy(p, &w, 2);
	return p + 2;
}

static char *put32(char *p, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(p, &v, 4);
	return p + 4;
}

static char *put64(char *p, int64_t v)
{
	uint64_t w = __builtin_bswap64((uint64_t)v);

	memcpy(p, &w, 8);
	return p + 8;
}

void pg_chunk_release(struct pg_chunk *ch)
{
	buf_release(&ch->enc);
	buf_release(&ch->raw);
	free(ch->rec);
	*ch = (struct pg_chunk){ 0 };
}

static void clear(struct pg_chunk *ch)
{
	buf_clear(&ch->enc);
	buf_clear(&ch->raw);
	ch->n = 0;
	ch->sent = 0;
	ch->is_open = false;
}

void pg_chunk_origin(const struct pg_chunk *ch, uint32_t row, struct pg_origin *out)
{
	const struct pg_rec *r = &ch->rec[row];

	*out = (struct pg_origin){ r->row, r->line, r->offset, r->part, { "", 0 } };
	if (r->raw_len == RAW_IS_TUPLE) {
		size_t end = row + 1 < ch->n ? ch->rec[row + 1].tuple : ch->enc.len;

		out->raw = (struct slice){ ch->enc.data + r->tuple, end - r->tuple };
	} else if (r->raw_len > 0) {
		out->raw = (struct slice){ ch->raw.data + r->raw, r->raw_len };
	}
}

/* ---- sending ---------------------------------------------------------------- */

static enum err_code start_copy(struct pg_conn *c, const char *first, const char *dest,
				const char *cols, struct err *err)
{
	struct buf sql;
	enum err_code rc;

	buf_init(&sql, 1u << 20);
	buf_addf(&sql, "%scopy %s (%s) from stdin (format %s)", first, dest, cols,
		 c->w.is_text ? "text" : "binary");
	rc = db_copy_in(c->db, buf_str(&sql), err);
	buf_release(&sql);
	if (rc == ERR_OK && !c->w.is_text)
		rc = db_copy_put(c->db, header, sizeof(header), err);
	return rc;
}

static enum err_code end_copy(struct pg_conn *c, int64_t *stored, struct err *err)
{
	enum err_code rc = ERR_OK;

	if (!c->w.is_text)
		rc = db_copy_put(c->db, trailer, sizeof(trailer), err);
	return rc == ERR_OK ? db_copy_end(c->db, stored, err) : rc;
}

enum err_code pg_chunk_copy(struct pg_conn *c, const char *dest, const char *cols, uint32_t a,
			    uint32_t b, int64_t *stored, struct err *err)
{
	struct pg_chunk *ch = &c->w.chunk;
	size_t from = ch->rec[a].tuple;
	size_t to = b < ch->n ? ch->rec[b].tuple : ch->enc.len;
	enum err_code rc = start_copy(c, "", dest, cols, err);

	if (rc == ERR_OK)
		rc = db_copy_put(c->db, ch->enc.data + from, to - from, err);
	if (rc == ERR_OK)
		rc = end_copy(c, stored, err);
	return rc;
}

/* The savepoint travels with the COPY; with rows on trial their tables come between. */
static enum err_code open_chunk(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	char first[64] = "";
	enum err_code rc = ERR_OK;

	if (w->way == WAY_STAGE) {
		rc = pg_savepoint(c, err);
		if (rc == ERR_OK)
			rc = pg_iso_open(c, err);
	} else {
		snprintf(first, sizeof(first), "%s; ", pg_savepoint_sql(c));
	}
	if (rc == ERR_OK)
		rc = start_copy(c, first, w->dest, w->dest_cols, err);
	if (rc == ERR_OK && w->way != WAY_STAGE)
		pg_savepoint_made(c);
	w->chunk.is_open = rc == ERR_OK;
	return rc;
}

/* What is encoded and not yet sent goes to the chunk's COPY. */
static enum err_code send_rest(struct pg_conn *c, struct err *err)
{
	struct pg_chunk *ch = &c->w.chunk;
	enum err_code rc = ERR_OK;

	if (!ch->is_open)
		rc = open_chunk(c, err);
	if (rc == ERR_OK && FAULT("pg-chunk-send"))
		rc = err_set(err, ERR_TRANSIENT, "sending rows failed (fault)");
	if (rc == ERR_OK)
		rc = db_copy_put(c->db, ch->enc.data + ch->sent, ch->enc.len - ch->sent, err);
	ch->sent = ch->enc.len;
	return rc;
}

/* A refused row is looked for; anything else stays the error it is. */
static enum err_code recover(struct pg_conn *c, enum err_code rc, struct err *err)
{
	struct pg_writer *w = &c->w;
	struct pg_fault first;

	if (db_is_broken(c->db) || rc == ERR_INTERRUPTED || rc == ERR_TIMEOUT ||
	    !pg_is_row_fault(&w->rel, db_last_fault(c->db)->sqlstate))
		return err_wrap(err, rc, "writing to %s", w->rel.quoted);
	pg_fault_take(c, &first);
	err_clear(err);
	w->chunk.is_open = false;
	rc = pg_isolate(c, &first, err);
	clear(&w->chunk);
	arena_reset(w->scratch);
	return rc;
}

static enum err_code store(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	int64_t stored = 0;
	enum err_code rc = send_rest(c, err);

	if (rc == ERR_OK)
		rc = end_copy(c, &stored, err);
	if (rc == ERR_OK && w->way == WAY_STAGE)
		rc = pg_iso_insert(c, &stored, err);
	if (rc != ERR_OK)
		return recover(c, rc, err);
	w->stored += stored;
	w->skipped += w->chunk.n - stored;
	clear(&w->chunk);
	return ERR_OK;
}

enum err_code pg_chunk_store(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	enum err_code rc;

	if (w->chunk.n == 0)
		return ERR_OK;
	if (atomic_load(&c->stop))
		return err_set(err, ERR_INTERRUPTED, "writing was interrupted");
	if (!w->is_dense)
		return store(c, err);
	rc = pg_savepoint(c, err);
	if (rc == ERR_OK)
		rc = pg_isolate(c, NULL, err);
	clear(&w->chunk);
	arena_reset(w->scratch);
	return rc;
}

/* ---- encoding ---------------------------------------------------------------- */

/* ord, and where the row came from with its raw bytes: what a merge needs to tell of a row. */
static char *put_staged(char *p, struct pg_writer *w, const struct row_at *at, const char *part)
{
	uint32_t part_len = (uint32_t)strlen(part);

	p = put64(put32(p, 8), w->ord);
	p = put32(p, (uint32_t)(PG_SRC_HEAD + part_len + at->raw.n));
	p = put64(put64(put64(p, at->row), at->line), at->offset);
	p = put32(p, part_len);
	memcpy(p, part, part_len);
	p += part_len;
	if (at->raw.n > 0)
		memcpy(p, at->raw.p, at->raw.n);
	return p + at->raw.n;
}

/* What put_staged() writes. */
static size_t staged_bytes(const struct row_at *at, const char *part)
{
	return 16 + PG_SRC_HEAD + strlen(part) + at->raw.n;
}

/* The index of the field that cannot be stored in its column, or -1. */
static enum err_code encode_binary(struct pg_writer *w, const struct pg_block *blk, uint32_t row,
				   int *bad, struct err *err)
{
	struct buf *enc = &w->chunk.enc;
	const struct row_at *at = &blk->rows.at[row];
	size_t room = 2;
	enum err_code rc;
	char *p;

	for (int i = 0; i < w->nouts; i++)
		room += pgbin_room(&blk->rows.col[w->out[i].field], row);
	if (w->way == WAY_MERGE)
		room += staged_bytes(at, w->last_part);
	rc = buf_reserve(enc, room, err);
	if (rc != ERR_OK)
		return rc;
	p = enc->data + enc->len;
	if (w->way == WAY_MERGE)
		p = put_staged(put16(p, (unsigned)w->nouts + 2), w, at, w->last_part);
	else
		p = put16(p, (unsigned)w->nouts);
	for (int i = 0; i < w->nouts; i++) {
		p = blk->put[i](p, &blk->rows.col[w->out[i].field], row);
		if (p == NULL) {
			*bad = i;
			return ERR_OK;
		}
	}
	enc->len = (size_t)(p - enc->data);
	return ERR_OK;
}

/* The row's own tuple as it came: nothing is looked at. */
static enum err_code copy_tuple(struct pg_writer *w, const struct row_at *at, struct err *err)
{
	struct buf *enc = &w->chunk.enc;
	enum err_code rc;
	char *p;

	if (w->way != WAY_MERGE)
		return buf_append(enc, at->raw.p, at->raw.n, err);
	rc = buf_reserve(enc, 2 + staged_bytes(at, w->last_part) + at->raw.n, err);
	if (rc != ERR_OK)
		return rc;
	p = put_staged(put16(enc->data + enc->len, (unsigned)w->nouts + 2), w, at, w->last_part);
	memcpy(p, at->raw.p + 2, at->raw.n - 2);
	enc->len = (size_t)(p + at->raw.n - 2 - enc->data);
	return ERR_OK;
}

static enum err_code keep_row(struct pg_conn *c, const struct pg_block *blk, uint32_t row,
			      size_t start, struct err *err)
{
	struct pg_writer *w = &c->w;
	struct pg_chunk *ch = &w->chunk;
	const struct row_at *at = &blk->rows.at[row];
	struct pg_rec *r;

	if (ch->n == ch->cap) {
		ch->cap = ch->cap > 0 ? ch->cap * 2 : 4096;
		ch->rec = mem_resize(ch->rec, ch->cap * sizeof(*ch->rec));
	}
	r = &ch->rec[ch->n++];
	*r = (struct pg_rec){ .row = at->row, .line = at->line, .offset = at->offset,
			      .part = w->last_part, .tuple = (uint32_t)start };
	w->taken++;
	if (blk->is_tuple && w->way != WAY_MERGE) {
		r->raw_len = RAW_IS_TUPLE;
		return ERR_OK;
	}
	r->raw = (uint32_t)ch->raw.len;
	r->raw_len = (uint32_t)at->raw.n;
	return at->raw.n > 0 ? buf_append(&ch->raw, at->raw.p, at->raw.n, err) : ERR_OK;
}

/* The client already knows that the column cannot hold it; the server is not asked. */
static enum err_code refuse_cell(struct pg_conn *c, const struct pg_block *blk, uint32_t row,
				 int bad, struct err *err)
{
	const struct pg_col *col = c->w.out[bad].col;
	const struct row_at *at = &blk->rows.at[row];
	struct pg_origin from = { at->row, at->line, at->offset, c->w.last_part, at->raw };
	struct pg_fault f = {
		.sqlstate = "22003",
		.message = arena_printf(c->w.scratch, "does not fit the column's type %s",
					col->native),
		.column = col->name,
	};
	enum err_code rc;

	c->w.taken++;
	rc = pg_refuse(c, &from, &f, err);
	arena_reset(c->w.scratch);
	return rc;
}

enum err_code pg_chunk_add(struct pg_conn *c, const struct pg_block *blk, uint32_t row,
			   struct err *err)
{
	struct pg_writer *w = &c->w;
	struct pg_chunk *ch = &w->chunk;
	size_t start = ch->enc.len;
	int bad = -1;
	enum err_code rc;

	w->ord++;
	if (w->is_text)
		rc = pg_text_row(w, blk, row, err);
	else if (blk->is_tuple)
		rc = copy_tuple(w, &blk->rows.at[row], err);
	else
		rc = encode_binary(w, blk, row, &bad, err);
	if (rc != ERR_OK)
		return err_wrap(err, rc, "row %lld is too large", (long long)blk->rows.at[row].row);
	if (bad >= 0)
		return refuse_cell(c, blk, row, bad, err);
	if (w->peek.state != PEEK_OFF) {
		size_t fields = start + 2 + staged_bytes(&blk->rows.at[row], w->last_part);

		if (pg_peek_same(c, ch->enc.data + fields, ch->enc.len - fields)) {
			ch->enc.len = start;
			w->taken++;
			return ERR_OK;
		}
	}
	rc = keep_row(c, blk, row, start, err);
	if (rc == ERR_OK && (ch->enc.len >= CHUNK_BYTES || ch->raw.len >= RAW_BYTES ||
			     ch->n >= CHUNK_ROWS))
		return pg_chunk_store(c, err);
	if (rc == ERR_OK && ch->enc.len - ch->sent >= SEND_BYTES && !w->is_dense) {
		rc = send_rest(c, err);
		if (rc != ERR_OK)
			rc = recover(c, rc, err);
	}
	return rc;
}

void pg_chunk_init(struct pg_chunk *ch)
{
	*ch = (struct pg_chunk){ 0 };
	buf_init(&ch->enc, ROW_LIMIT);
	buf_init(&ch->raw, ROW_LIMIT);
}

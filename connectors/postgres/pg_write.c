/*
 * connectors/postgres/pg_write.c
 *	The steps of a load: open the transaction, take batches, finish.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/fault.h"
#include "connectors/postgres/pg.h"

#define ROW_TEXT_LIMIT (1u << 30)

enum err_code pg_begin(struct pg_conn *c, struct err *err)
{
	enum err_code rc;

	if (c->w.is_begun)
		return ERR_OK;
	rc = db_begin(c->db, err);
	/* Deferred constraints would blame the whole load at COMMIT; now they blame rows. */
	if (rc == ERR_OK)
		rc = db_exec(c->db, "set constraints all immediate", err);
	c->w.is_begun = rc == ERR_OK;
	c->w.has_savepoint = false;
	c->w.has_iso = false;
	c->w.iso_kept = false;
	return rc;
}

static enum err_code prepare(struct pg_conn *c, struct err *err)
{
	struct pg_writer *w = &c->w;
	enum err_code rc = pg_begin(c, err);

	/* Writers of one load that make the same things wait for each other. */
	if (rc == ERR_OK && w->spec.by_chunk) {
		struct db_param p[] = { DB_TEXT(c->fence.origin), DB_INT8(c->fence.job) };

		rc = db_query(c->db, "select 1 from _leat.commit_log where origin = $1 and job = $2"
			      " for update", p, 2, NULL, err);
	}
	if (rc == ERR_OK)
		rc = pg_target_open(c, err);
	if (rc == ERR_OK && w->spec.mode == MODE_UPSERT)
		rc = pg_upsert_open(c, err);
	if (rc == ERR_OK && w->spec.mode == MODE_REPLACE)
		rc = pg_replace_open(c, err);
	if (rc == ERR_OK && w->spec.by_chunk) {
		rc = db_commit(c->db, err);
		w->is_begun = false;
	}
	return rc;
}

enum err_code pg_write_open(struct conn *conn, const struct write_spec *spec, struct err *err)
{
	struct pg_conn *c = pg_of(conn);
	struct pg_writer *w = &c->w;
	size_t n = (size_t)spec->fields->nfields;
	enum err_code rc;

	if (spec->by_chunk && (spec->mode != MODE_APPEND || !c->has_claim))
		return err_set(err, ERR_BUG, "chunks can only be appended, under a claim");
	pg_chunk_release(&w->chunk);
	buf_release(&w->row_text);
	*w = (struct pg_writer){ .spec = *spec, .last_part = "" };
	w->scratch = arena_new(c->mem, "refused");
	w->cells = arena_new(c->mem, "cells");
	w->cols_buf = arena_array(c->mem, n, sizeof(*w->cols_buf));
	w->put_buf = arena_array(c->mem, n, sizeof(*w->put_buf));
	pg_chunk_init(&w->chunk);
	buf_init(&w->row_text, ROW_TEXT_LIMIT);
	rc = prepare(c, err);
	if (rc != ERR_OK) {
		db_rollback(c->db);
		w->is_begun = false;
		return rc;
	}
	w->is_open = true;
	return ERR_OK;
}

/* ---- batches ------------------------------------------------------------------ */

/*
 * Values that leat cannot hold although the server could: a row counts once,
 * however many it has, and not at all when it was filtered or refused before.
 */
static enum err_code refuse_undecoded(struct pg_conn *c, struct batch *b, const uint8_t *was,
				      struct err *err)
{
	struct problem *mine = arena_array(b->mem, b->nproblems, sizeof(*mine));
	enum err_code rc = ERR_OK;

	for (uint32_t row = 0; row < b->nrows && rc == ERR_OK; row++) {
		struct reject r = { .part = b->part, .at = b->at[row], .problem = mine };

		if (was[row] != ROW_LIVE)
			b->state[row] = was[row];
		if (was[row] != ROW_LIVE || b->state[row] != ROW_REJECTED)
			continue;
		for (uint32_t i = 0; i < b->nproblems; i++)
			if (b->problem[i].row == row)
				mine[r.nproblems++] = b->problem[i];
		r.at.raw = batch_raw(b, row, c->w.scratch);
		c->w.refused++;
		if (c->w.spec.refuse != NULL)
			rc = c->w.spec.refuse(c->w.spec.refuse_ctx, &r, err);
	}
	free(b->problem);
	b->problem = NULL;
	b->nproblems = b->problem_cap = 0;
	return rc;
}

/* Column by column how its cells are written; what has to be decoded first is. */
static enum err_code make_block(struct pg_conn *c, const struct batch *rows,
				struct pg_block *blk, struct err *err)
{
	struct pg_writer *w = &c->w;
	uint8_t *was = arena_bytes(rows->mem, rows->nrows + 1);
	enum err_code rc = ERR_OK;

	memcpy(was, rows->state, rows->nrows);
	*blk = (struct pg_block){ .rows = *rows, .put = w->put_buf };
	memcpy(w->cols_buf, rows->col, (size_t)rows->ncols * sizeof(*rows->col));
	blk->rows.col = w->cols_buf;
	blk->rows.problem = NULL;
	blk->rows.nproblems = blk->rows.problem_cap = 0;
	blk->is_tuple = rows->is_tuple && !w->is_text && w->nouts == rows->ncols;
	for (int i = 0; i < w->nouts && rc == ERR_OK; i++) {
		struct column *col = &w->cols_buf[w->out[i].field];
		uint32_t oid = w->out[i].col->base_oid;

		blk->is_tuple = blk->is_tuple && w->out[i].field == i && col->pg_oid != 0 &&
				pgbin_writer(col, oid) != NULL;
		if (col->pg_oid != 0 && (w->is_text || pgbin_writer(col, oid) == NULL))
			rc = pgbin_decode(&blk->rows, w->out[i].field, w->out[i].col->name, err);
		blk->put[i] = w->is_text ? NULL : pgbin_writer(col, oid);
		if (rc == ERR_OK && !w->is_text && blk->put[i] == NULL)
			rc = err_set(err, ERR_BUG, "field %s comes as %s and cannot become %s",
				     w->out[i].col->name, type_name(col->type),
				     w->out[i].col->native);
	}
	return rc == ERR_OK && blk->rows.nproblems > 0 ? refuse_undecoded(c, &blk->rows, was, err)
						       : rc;
}

static enum err_code add_rows(struct pg_conn *c, const struct pg_block *blk, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (uint32_t i = 0; i < blk->rows.nrows && rc == ERR_OK; i++) {
		if (blk->rows.state[i] != ROW_LIVE)
			continue;
		if (c->w.nkeys > 0 && !pg_upsert_key(c, blk, i)) {
			rc = pg_upsert_refuse_key(c, blk, i, err);
			continue;
		}
		rc = pg_chunk_add(c, blk, i, err);
	}
	return rc;
}

enum err_code pg_write(struct conn *conn, const struct batch *rows, struct err *err)
{
	struct pg_conn *c = pg_of(conn);
	struct pg_writer *w = &c->w;
	struct pg_block blk;
	enum err_code rc;

	if (!w->is_open)
		return err_set(err, ERR_BUG, "write without write_open");
	if (atomic_load(&c->stop))
		return err_set(err, ERR_INTERRUPTED, "writing was interrupted");
	rc = pg_begin(c, err);
	if (rc != ERR_OK)
		return rc;
	w->raw_text = rows->raw_text;
	w->raw_ctx = rows->raw_ctx;
	if (strcmp(rows->part, w->last_part) != 0)
		w->last_part = arena_strdup(c->mem, rows->part);
	rc = make_block(c, rows, &blk, err);
	return rc == ERR_OK ? add_rows(c, &blk, err) : rc;
}

enum err_code pg_finish(struct conn *conn, struct ledger *out, struct err *err)
{
	struct pg_conn *c = pg_of(conn);
	struct pg_writer *w = &c->w;
	enum err_code rc;

	if (!w->is_open)
		return err_set(err, ERR_BUG, "finish without write_open");
	if (w->spec.by_chunk)
		return w->chunk.n == 0 ? ERR_OK
			: err_set(err, ERR_BUG, "finish with rows of an open chunk");
	rc = pg_chunk_store(c, err);
	w->written = w->stored;
	if (rc == ERR_OK && FAULT("pg-finish"))
		rc = err_set(err, ERR_TRANSIENT, "finishing failed (fault)");
	if (rc == ERR_OK && w->spec.mode == MODE_UPSERT)
		rc = pg_upsert_finish(c, err);
	if (rc == ERR_OK && w->spec.mode == MODE_REPLACE)
		rc = pg_replace_finish(c, err);
	if (rc != ERR_OK)
		return rc;
	out->written = w->written;
	out->unchanged = w->unchanged;
	out->filtered = w->superseded + w->skipped;
	return ERR_OK;
}

/*
 * connectors/postgres/pg_parallel.c
 *	Chunks of one load that several connections commit one by one, each once.
 *
 * A chunk's transaction holds a share lock on the job's row in the commit
 * log: it reads there that its run still counts, and a claim of a later run
 * waits until the chunk is decided. The primary key of commit_chunk keeps any
 * chunk from being there twice.
 */
#include <inttypes.h>
#include <stdio.h>

#include "core/base/fault.h"
#include "connectors/postgres/pg.h"

static const char sql_chunks[] =
	"select k.first_row, k.rows, k.read, k.written, k.filtered, k.rejected, k.bytes,"
	" k.mark_bytes, k.mark_hash from _leat.commit_chunk k"
	" where k.origin = $1 and k.job = $2 order by k.first_row";

static const char sql_source[] =
	"select source from _leat.commit_log where origin = $1 and job = $2";

static const char sql_set_source[] =
	"update _leat.commit_log set source = $4"
	" where origin = $1 and job = $2 and run = $3 and not committed";

static const char sql_share[] =
	"select 1 from _leat.commit_log"
	" where origin = $1 and job = $2 and run = $3 and not committed for share";

static const char sql_add[] =
	"insert into _leat.commit_chunk"
	" (origin, job, run, first_row, rows, read, written, filtered, rejected, bytes,"
	" mark_bytes, mark_hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/* The lock waits for a chunk's transaction that may still be running. */
static const char sql_lock[] =
	"select 1 from _leat.commit_log where origin = $1 and job = $2 for update";
static const char sql_has[] =
	"select 1 from _leat.commit_chunk where origin = $1 and job = $2 and first_row = $3";

static struct read_mark take_mark(const struct db_result *res, int i)
{
	const char *hash = db_result_text(res, i, "mark_hash");
	struct read_mark mark = { 0 };

	if (hash == NULL)
		return mark;
	mark.bytes = db_result_int8(res, i, "mark_bytes");
	snprintf(mark.hash, sizeof(mark.hash), "%s", hash);
	return mark;
}

static enum err_code take_source(struct pg_conn *c, struct arena *mem, const struct fence *f,
				 struct chunk_list *out, struct err *err)
{
	struct db_param p[] = { DB_TEXT(f->origin), DB_INT8(f->job) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(c->db, sql_source, p, 2, &res, err);

	if (rc == ERR_OK && db_result_rows(res) == 1)
		out->source = arena_strdup(mem, db_result_text(res, 0, "source"));
	db_result_free(res);
	out->where = arena_printf(mem, "Which rows of the old source they are: select rows from"
				  " _leat.commit_chunk where origin = '%s' and job = %" PRId64 ";",
				  f->origin, f->job);
	return rc;
}

enum err_code pg_chunks(struct conn *conn, struct arena *mem, const struct fence *f,
			struct chunk_list *out, struct err *err)
{
	struct pg_conn *c = pg_of(conn);
	struct db_param p[] = { DB_TEXT(f->origin), DB_INT8(f->job) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(c->db, sql_chunks, p, 2, &res, err);

	if (rc != ERR_OK)
		return err_wrap(err, rc, "reading the chunks of job %" PRId64, f->job);
	out->n = db_result_rows(res);
	out->c = arena_array(mem, (size_t)out->n, sizeof(*out->c));
	for (int i = 0; i < out->n; i++)
		out->c[i] = (struct chunk_note){
			.first_row = db_result_int8(res, i, "first_row"),
			.rows = arena_strdup(mem, db_result_text(res, i, "rows")),
			.mark = take_mark(res, i),
			.ledger = {
				.read = db_result_int8(res, i, "read"),
				.written = db_result_int8(res, i, "written"),
				.filtered = db_result_int8(res, i, "filtered"),
				.rejected = db_result_int8(res, i, "rejected"),
				.bytes = db_result_int8(res, i, "bytes"),
			},
		};
	db_result_free(res);
	return out->n > 0 ? take_source(c, mem, f, out, err) : ERR_OK;
}

static enum err_code taken_over(const struct pg_conn *c, struct err *err)
{
	return err_set(err, ERR_FENCED, "a later attempt than %" PRId64 " of job %" PRId64
		       " has taken over this target", c->fence.run, c->fence.job);
}

enum err_code pg_chunk_source(struct conn *conn, const char *source, struct err *err)
{
	struct pg_conn *c = pg_of(conn);
	struct db_param p[] = {
		DB_TEXT(c->fence.origin), DB_INT8(c->fence.job), DB_INT8(c->fence.run),
		DB_TEXT(source),
	};
	struct db_result *res = NULL;
	enum err_code rc = db_query(c->db, sql_set_source, p, 4, &res, err);

	if (rc == ERR_OK && db_result_affected(res) == 0)
		rc = taken_over(c, err);
	db_result_free(res);
	return rc;
}

/* Whether sql finds a row. */
static enum err_code finds(struct pg_conn *c, const char *sql, const struct db_param *p, int n,
			   bool *found, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(c->db, sql, p, n, &res, err);

	*found = rc == ERR_OK && db_result_rows(res) > 0;
	db_result_free(res);
	return rc;
}

static enum err_code record(struct pg_conn *c, int64_t first_row, const char *rows,
			    const struct read_mark *mark, const struct ledger *l, struct err *err)
{
	struct db_param p[] = {
		DB_TEXT(c->fence.origin), DB_INT8(c->fence.job), DB_INT8(c->fence.run),
		DB_INT8(first_row), DB_TEXT(rows), DB_INT8(l->read), DB_INT8(l->written),
		DB_INT8(l->filtered), DB_INT8(l->rejected), DB_INT8(l->bytes),
		DB_INT8(mark->bytes), DB_TEXT(mark->hash),
	};
	bool is_ours = false;
	enum err_code rc = finds(c, sql_share, p, 3, &is_ours, err);

	if (rc != ERR_OK)
		return rc;
	if (!is_ours)
		return taken_over(c, err);
	return db_query(c->db, sql_add, p, 12, NULL, err);
}

static enum err_code look_for_chunk(struct pg_conn *c, void *ctx, bool *is_there, struct err *err)
{
	const int64_t *first_row = ctx;
	struct db_param p[] = { DB_TEXT(c->fence.origin), DB_INT8(c->fence.job),
				DB_INT8(*first_row) };
	enum err_code rc = finds(c, sql_lock, p, 2, is_there, err);

	return rc == ERR_OK ? finds(c, sql_has, p, 3, is_there, err) : rc;
}

static enum err_code resolve(struct pg_conn *c, int64_t first_row, struct err *err)
{
	bool is_there = false;
	enum err_code rc = pg_resolve(c, look_for_chunk, &first_row, &is_there, err);

	if (rc != ERR_OK || is_there)
		return rc;
	return err_set(err, ERR_TRANSIENT, "the connection was lost during COMMIT"
		       " and the chunk of row %" PRId64 " was not written", first_row);
}

enum err_code pg_chunk_commit(struct conn *conn, int64_t first_row, const char *rows,
			      const struct read_mark *mark, struct ledger *ledger, struct err *err)
{
	struct pg_conn *c = pg_of(conn);
	struct pg_writer *w = &c->w;
	enum err_code rc;

	if (!c->has_claim || !w->spec.by_chunk)
		return err_set(err, ERR_BUG, "chunk_commit without a claim or by_chunk");
	rc = pg_begin(c, err);
	if (rc == ERR_OK)
		rc = pg_chunk_store(c, err);
	if (rc == ERR_OK) {
		ledger->written = w->stored;
		ledger->filtered += w->skipped;
		rc = record(c, first_row, rows, mark, ledger, err);
	}
	if (rc == ERR_OK && FAULT("pg-chunk-commit"))
		rc = err_set(err, ERR_TRANSIENT, "committing a chunk failed (fault)");
	if (rc != ERR_OK) {
		db_rollback(c->db);
		w->is_begun = false;
		return rc;
	}
	rc = db_commit(c->db, err);
	w->is_begun = false;
	w->has_iso = false;
	w->stored = w->skipped = w->taken = w->refused = 0;
	if (rc != ERR_OK && db_is_broken(c->db)) {
		err_clear(err);
		rc = resolve(c, first_row, err);
	}
	return rc;
}

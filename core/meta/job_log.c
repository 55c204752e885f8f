/*
 * core/meta/job_log.c
 *	Lines of jobs: appended many at once, read by page.
 */
#include "core/meta/job_log.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define LINES_PER_STATEMENT 1000
#define JSON_LIMIT          (64u << 20)
#define LIST_LIMIT          1000

/* Where the next line to write stands. */
struct place {
	int batch;
	int line;
};

static enum err_code line_json(const struct job_log_batch *b, const struct job_log_line *l, int i,
			       struct buf *out, struct err *err)
{
	int64_t ago = l->said_us != 0 ? clock_mono_us() - l->said_us : 0;
	enum err_code rc = buf_printf(out, err,
				      "%s{\"i\":%d,\"org\":%" PRId64 ",\"job\":%" PRId64
				      ",\"run\":%" PRId64 ",\"n\":%d,\"level\":%d,\"ago\":%" PRId64
				      ",\"line\":", i > 0 ? "," : "", i, b->lease.org_id,
				      b->lease.job, b->lease.run, l->n, l->level, ago);

	if (rc == ERR_OK)
		rc = row_json_text(out, l->line, strlen(l->line), JOB_LOG_LINE_BYTES, err);
	return rc == ERR_OK ? buf_append(out, "}", 1, err) : rc;
}

/* As many lines as one statement takes, from *at on, which moves behind them. */
static enum err_code some_json(const struct job_log_batch *batch, int n, struct place *at,
			       struct buf *out, int *count, struct err *err)
{
	enum err_code rc = buf_append(out, "[", 1, err);

	*count = 0;
	while (rc == ERR_OK && at->batch < n && *count < LINES_PER_STATEMENT) {
		const struct job_log_batch *b = &batch[at->batch];

		if (at->line < b->n) {
			rc = line_json(b, &b->lines[at->line++], (*count)++, out, err);
			continue;
		}
		at->batch++;
		at->line = at->batch < n ? batch[at->batch].done : 0;
	}
	return rc == ERR_OK ? buf_append(out, "]", 1, err) : rc;
}

static void note_ids(struct job_log_batch *batch, int n, const struct db_result *res)
{
	for (int r = 0; r < db_result_rows(res); r++) {
		for (int i = 0; i < n; i++) {
			if (batch[i].lease.job == db_result_int8(res, r, "job_id") &&
			    batch[i].lease.run == db_result_int8(res, r, "run"))
				batch[i].last_id = db_result_int8(res, r, "last_id");
		}
	}
}

enum err_code job_log_add(struct db *db, struct job_log_batch *batch, int n, bool again,
			  struct err *err)
{
	struct place at = { 0, n > 0 ? batch[0].done : 0 };
	enum err_code rc = ERR_OK;
	struct buf json;
	int count = 1;

	buf_init(&json, JSON_LIMIT);
	while (rc == ERR_OK && count > 0) {
		struct db_result *res = NULL;

		buf_clear(&json);
		rc = some_json(batch, n, &at, &json, &count, err);
		if (rc == ERR_OK && count > 0) {
			struct db_param params[] = { DB_TEXT(buf_str(&json)), DB_BOOL(again) };

			rc = db_query(db, sql_job_log_add, params, 2, &res, err);
		}
		if (rc != ERR_OK)
			break;
		for (int i = 0; i < n && i <= at.batch; i++)
			batch[i].done = i < at.batch ? batch[i].n : at.line;
		if (res != NULL)
			note_ids(batch, n, res);
		db_result_free(res);
	}
	buf_release(&json);
	return rc;
}

void job_log_read(struct arena *mem, const struct db_result *res, int i, struct job_log_line *out)
{
	*out = (struct job_log_line){
		.id = db_result_int8(res, i, "id"),
		.run = db_result_int8(res, i, "run"),
		.n = (int)db_result_int8(res, i, "n"),
		.level = (int)db_result_int8(res, i, "level"),
		.at_us = db_result_int8(res, i, "at_us"),
		.line = row_text(mem, res, i, "line"),
	};
}

static enum err_code read_lines(struct arena *mem, struct db *db, const char *sql,
				const struct db_param *params, int nparams,
				struct job_log_lines *out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql, params, nparams, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->l = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->l));
	for (int i = 0; i < db_result_rows(res); i++)
		job_log_read(mem, res, i, &out->l[out->n++]);
	db_result_free(res);
	return ERR_OK;
}

static struct db_param since_param(const struct job_log_filter *f)
{
	return f->since_ms >= 0 ? DB_INT8(f->since_ms) : DB_NULL;
}

enum err_code job_log_list(struct arena *mem, struct db *db, int64_t job,
			   const struct job_log_filter *f, int limit, struct job_log_lines *out,
			   struct err *err)
{
	struct db_param params[] = { DB_INT8(job), DB_INT8(f->after),
				     DB_INT8(limit > 0 ? limit : LIST_LIMIT), since_param(f),
				     DB_INT8(f->level) };

	return read_lines(mem, db, sql_job_log_list, params, 5, out, err);
}

enum err_code job_log_tail(struct arena *mem, struct db *db, int64_t job,
			   const struct job_log_filter *f, int n, struct job_log_lines *out,
			   struct err *err)
{
	struct db_param params[] = { DB_INT8(job), DB_INT8(n > 0 ? n : LIST_LIMIT),
				     since_param(f), DB_INT8(f->level) };

	return read_lines(mem, db, sql_job_log_tail, params, 4, out, err);
}

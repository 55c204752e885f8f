/*
 * core/meta/job_log.c
 *	Lines of jobs: appended many at once, read by page.
 */
#include "core/meta/job_log.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define LINES_PER_STATEMENT 1000
#define LINE_MAX_BYTES      8192
#define JSON_LIMIT          (64u << 20)
#define LIST_LIMIT          1000

static enum err_code to_json(const struct job_log_line *l, int n, struct buf *out,
			     struct err *err)
{
	enum err_code rc = buf_append(out, "[", 1, err);

	for (int i = 0; rc == ERR_OK && i < n; i++) {
		rc = buf_printf(out, err, "%s{\"i\":%d,\"level\":%d,", i > 0 ? "," : "", i,
				l[i].level);
		if (rc == ERR_OK && l[i].at_us != 0)
			rc = buf_printf(out, err, "\"at\":%" PRId64 ",", l[i].at_us);
		if (rc == ERR_OK)
			rc = buf_printf(out, err, "\"line\":");
		if (rc == ERR_OK)
			rc = row_json_text(out, l[i].line, strlen(l[i].line), LINE_MAX_BYTES, err);
		if (rc == ERR_OK)
			rc = buf_append(out, "}", 1, err);
	}
	return rc == ERR_OK ? buf_append(out, "]", 1, err) : rc;
}

static enum err_code add_some(struct db *db, const struct job_lease *l,
			      const struct job_log_line *lines, int n, int64_t *last_id,
			      struct err *err)
{
	struct buf json;
	enum err_code rc;

	buf_init(&json, JSON_LIMIT);
	rc = to_json(lines, n, &json, err);
	if (rc == ERR_OK) {
		struct db_param params[] = { DB_INT8(l->org_id), DB_INT8(l->job), DB_INT8(l->run),
					     DB_TEXT(buf_str(&json)) };

		rc = row_int8(db, sql_job_log_add, params, 4, "last_id", last_id, err);
	}
	buf_release(&json);
	return rc;
}

enum err_code job_log_add(struct db *db, const struct job_lease *l,
			  const struct job_log_line *lines, int n, int64_t *last_id,
			  struct err *err)
{
	enum err_code rc = ERR_OK;
	int64_t last = 0;

	for (int i = 0; rc == ERR_OK && i < n; i += LINES_PER_STATEMENT)
		rc = add_some(db, l, lines + i,
			      n - i < LINES_PER_STATEMENT ? n - i : LINES_PER_STATEMENT, &last,
			      err);
	if (last_id != NULL)
		*last_id = last;
	return rc;
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
	for (int i = 0; i < db_result_rows(res); i++) {
		out->l[out->n++] = (struct job_log_line){
			.id = db_result_int8(res, i, "id"),
			.run = db_result_int8(res, i, "run"),
			.level = (int)db_result_int8(res, i, "level"),
			.at_us = db_result_int8(res, i, "at_us"),
			.line = row_text(mem, res, i, "line"),
		};
	}
	db_result_free(res);
	return ERR_OK;
}

enum err_code job_log_list(struct arena *mem, struct db *db, int64_t job, int64_t after, int limit,
			   struct job_log_lines *out, struct err *err)
{
	struct db_param params[] = { DB_INT8(job), DB_INT8(after),
				     DB_INT8(limit > 0 ? limit : LIST_LIMIT) };

	return read_lines(mem, db, sql_job_log_list, params, 3, out, err);
}

enum err_code job_log_tail(struct arena *mem, struct db *db, int64_t job, int n,
			   struct job_log_lines *out, struct err *err)
{
	struct db_param params[] = { DB_INT8(job), DB_INT8(n > 0 ? n : LIST_LIMIT) };

	return read_lines(mem, db, sql_job_log_tail, params, 2, out, err);
}

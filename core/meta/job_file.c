/*
 * core/meta/job_file.c
 *	Files that runs took, many to a statement.
 */
#include "core/meta/job_file.h"

#include <inttypes.h>

#include "core/base/buf.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define FILES_PER_STATEMENT 5000
#define JSON_LIMIT          (64u << 20)
#define PATH_TEXT_MAX       8192

/* [{"i", "path", "size", "hash"}...] of n files; i counts from `first`. */
static enum err_code to_json(const struct job_file *f, int first, int n, struct buf *out,
			     struct err *err)
{
	enum err_code rc = buf_append(out, "[", 1, err);

	for (int i = 0; rc == ERR_OK && i < n; i++) {
		struct slice path = slice_of(f[i].path), hash = slice_of(f[i].hash);

		rc = buf_printf(out, err, "%s{\"i\":%d,\"size\":%" PRId64 ",\"path\":",
				i > 0 ? "," : "", first + i, f[i].size_bytes);
		if (rc == ERR_OK)
			rc = row_json_text(out, path.p, path.n, PATH_TEXT_MAX, err);
		if (rc == ERR_OK)
			rc = buf_printf(out, err, ",\"hash\":");
		if (rc == ERR_OK)
			rc = row_json_text(out, hash.p, hash.n, 200, err);
		if (rc == ERR_OK)
			rc = buf_append(out, "}", 1, err);
	}
	return rc == ERR_OK ? buf_append(out, "]", 1, err) : rc;
}

static enum err_code add_some(struct db *db, const struct job_lease *l, int64_t pipeline_id,
			      const struct job_file *f, int n, struct err *err)
{
	struct buf json;
	int64_t held = 0;
	enum err_code rc;

	buf_init(&json, JSON_LIMIT);
	rc = to_json(f, 0, n, &json, err);
	if (rc == ERR_OK) {
		struct db_param params[] = { DB_INT8(l->org_id), DB_INT8(l->job), DB_INT8(l->run),
					     DB_INT8(pipeline_id), DB_TEXT(buf_str(&json)) };

		rc = row_int8(db, sql_job_files_add, params, 5, "held", &held, err);
	}
	if (rc == ERR_OK && held == 0)
		rc = err_set(err, ERR_FENCED, "run %" PRId64 " of job %" PRId64 " is over", l->run,
			     l->job);
	buf_release(&json);
	return rc;
}

enum err_code job_files_add(struct db *db, const struct job_lease *l, int64_t pipeline_id,
			    const struct job_file *f, int n, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < n; i += FILES_PER_STATEMENT)
		rc = add_some(db, l, pipeline_id, f + i,
			      n - i < FILES_PER_STATEMENT ? n - i : FILES_PER_STATEMENT, err);
	return rc;
}

static enum err_code ask_some(struct db *db, int64_t org_id, int64_t pipeline_id,
			      struct job_file *f, int first, int n, struct err *err)
{
	struct db_result *res = NULL;
	struct buf json;
	enum err_code rc;

	buf_init(&json, JSON_LIMIT);
	rc = to_json(f + first, first, n, &json, err);
	if (rc == ERR_OK) {
		struct db_param params[] = { DB_INT8(org_id), DB_INT8(pipeline_id),
					     DB_TEXT(buf_str(&json)) };

		rc = db_query(db, sql_job_files_known, params, 3, &res, err);
	}
	for (int i = 0; rc == ERR_OK && i < db_result_rows(res); i++) {
		struct job_file *hit = &f[db_result_int8(res, i, "i")];

		hit->is_loaded = true;
		hit->loaded_by = db_result_int8(res, i, "job_id");
	}
	db_result_free(res);
	buf_release(&json);
	return rc;
}

enum err_code job_files_known(struct db *db, int64_t org_id, int64_t pipeline_id,
			      struct job_file *f, int n, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int i = 0; i < n; i++) {
		f[i].is_loaded = false;
		f[i].loaded_by = 0;
	}
	for (int i = 0; rc == ERR_OK && i < n; i += FILES_PER_STATEMENT)
		rc = ask_some(db, org_id, pipeline_id, f, i,
			      n - i < FILES_PER_STATEMENT ? n - i : FILES_PER_STATEMENT, err);
	return rc;
}

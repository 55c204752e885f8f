/*
 * core/meta/bookmark.c
 *	Bookmarks by hand; jobs move them in job_settle().
 */
#include "core/meta/bookmark.h"

#include <string.h>

#include "core/meta/list.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

enum err_code bookmark_list(struct arena *mem, struct db *db,
			    const struct list_ask *ask, struct bookmark_list *out,
			    struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = list_query(mem, db, &list_bookmarks, sql_bookmark_list, NULL,
				      0, ask, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->b = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->b));
	for (int i = 0; i < db_result_rows(res); i++) {
		out->b[out->n++] = (struct bookmark){
			.pipeline = row_text(mem, res, i, "name"),
			.value = row_text(mem, res, i, "value"),
			.job = db_result_int8(res, i, "job_id"),
			.updated_at = row_time(mem, res, i, "updated_at"),
		};
	}
	db_result_free(res);
	return ERR_OK;
}

enum err_code bookmark_get(struct arena *mem, struct db *db, int64_t pipeline_id,
			   const char **value, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_bookmark_get, &DB_INT8(pipeline_id), 1, &res, err);

	*value = NULL;
	if (rc == ERR_OK && db_result_rows(res) > 0)
		*value = row_text(mem, res, 0, "value");
	db_result_free(res);
	return rc;
}

enum err_code bookmark_set(struct db *db, const char *pipeline, const char *value,
			   struct err *err)
{
	struct db_param params[] = { DB_TEXT(pipeline), DB_TEXT(value) };
	int64_t done;
	enum err_code rc = row_int8(db, sql_bookmark_set, params, 2, "done", &done, err);

	if (rc != ERR_OK && strcmp(err->sqlstate, "22P02") == 0)
		return err_set(err, ERR_CONFIG, "the bookmark is not JSON");
	if (rc == ERR_OK && done == 0)
		rc = err_set(err, ERR_NOT_FOUND, "there is no pipeline \"%s\"", pipeline);
	return rc;
}

enum err_code bookmark_clear(struct db *db, const char *pipeline, struct err *err)
{
	int64_t done;
	enum err_code rc = row_number(db, sql_bookmark_clear, pipeline, "done", &done, err);

	if (rc == ERR_OK && done == 0)
		rc = err_set(err, ERR_NOT_FOUND, "pipeline \"%s\" has no bookmark", pipeline);
	return rc;
}

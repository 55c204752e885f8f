/*
 * core/meta/mapping_store.c
 *	Drafts and versions as rows.
 */
#include "core/meta/mapping_store.h"

#include <string.h>

#include "core/meta/row.h"
#include "core/meta/sql_text.h"

static enum err_code not_there(const char *name, struct err *err)
{
	err_set(err, ERR_NOT_FOUND, "there is no pipeline \"%s\"", name);
	err_hint(err, "See what there is with: leat pipeline list");
	return ERR_NOT_FOUND;
}

enum err_code mapping_get(struct arena *mem, struct db *db, const char *name,
			  struct mapping_row *out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = row_query(db, sql_mapping_get, name, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc == ERR_OK && db_result_rows(res) == 0)
		rc = not_there(name, err);
	if (rc == ERR_OK)
		*out = (struct mapping_row){
			.pipeline = db_result_int8(res, 0, "id"),
			.name = arena_strdup(mem, name),
			.version = db_result_int8(res, 0, "version"),
			.body = row_text(mem, res, 0, "body"),
			.text = row_text(mem, res, 0, "text"),
			.fields = row_text(mem, res, 0, "fields"),
			.published_by = row_text(mem, res, 0, "published_by"),
			.published_at = row_time(mem, res, 0, "published_at"),
			.draft = row_text(mem, res, 0, "draft"),
			.edits = row_text(mem, res, 0, "edits"),
			.done = (int)db_result_int8(res, 0, "done"),
			.change = db_result_int8(res, 0, "change"),
			.base_version = db_result_int8(res, 0, "base_version"),
			.base_body = row_text(mem, res, 0, "base_body"),
			.base_text = row_text(mem, res, 0, "base_text"),
			.draft_at = row_time(mem, res, 0, "draft_at"),
			.others = row_text(mem, res, 0, "others"),
		};
	db_result_free(res);
	return rc;
}

enum err_code mapping_keep(struct db *db, const struct mapping_row *row, bool *kept,
			   struct err *err)
{
	struct db_param params[] = {
		DB_INT8(row->pipeline), DB_INT8(row->base_version), DB_TEXT(row->draft),
		DB_TEXT(row->edits), DB_INT8(row->done), DB_INT8(row->change),
	};
	int64_t n = 0;
	enum err_code rc = row_int8(db, sql_mapping_keep, params, 6, "kept", &n, err);

	*kept = n > 0;
	return rc;
}

enum err_code mapping_drop(struct db *db, const struct mapping_row *row, bool *gone,
			   struct err *err)
{
	struct db_param params[] = { DB_INT8(row->pipeline), DB_TEXT(row->name) };
	int64_t n = 0;
	enum err_code rc = row_int8(db, sql_mapping_drop, params, 2, "gone", &n, err);

	*gone = n > 0;
	return rc;
}

enum err_code mapping_publish(struct db *db, const struct mapping_row *row, const char *body,
			      const char *text, const char *fields, int64_t *version,
			      struct err *err)
{
	struct db_param params[] = {
		DB_INT8(row->pipeline), DB_TEXT(row->name), DB_INT8(row->version), DB_TEXT(body),
		DB_TEXT(text), DB_TEXT(fields),
	};

	return row_int8(db, sql_mapping_publish, params, 6, "version", version, err);
}

enum err_code mapping_note_fields(struct db *db, int64_t pipeline, int64_t version, int64_t job,
				  const char *fields, struct err *err)
{
	struct db_param params[] = {
		DB_INT8(pipeline), DB_INT8(version), DB_INT8(job), DB_TEXT(fields),
	};

	return db_query(db, sql_mapping_note_fields, params, 4, NULL, err);
}

enum err_code mapping_versions(struct arena *mem, struct db *db, const char *name,
			       int64_t version, struct mapping_versions *out, struct err *err)
{
	struct db_param params[] = { DB_TEXT(name), row_id(version) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_mapping_versions, params, 2, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->v = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->v));
	for (int i = 0; i < db_result_rows(res); i++)
		out->v[out->n++] = (struct mapping_version){
			.version = db_result_int8(res, i, "version"),
			.body = row_text(mem, res, i, "body"),
			.text = row_text(mem, res, i, "text"),
			.published_by = row_text(mem, res, i, "published_by"),
			.published_at = row_time(mem, res, i, "published_at"),
			.is_current = db_result_bool(res, i, "is_current"),
		};
	db_result_free(res);
	return ERR_OK;
}

/*
 * core/meta/audit.c
 *	Acts, written down and read.
 */
#include "core/meta/audit.h"

#include <string.h>

#include "core/meta/row.h"
#include "core/meta/sql_text.h"

enum err_code audit_add(struct db *db, const char *action, const char *object, const char *detail,
			struct err *err)
{
	struct db_param params[] = { DB_TEXT(action), DB_TEXT(object), DB_TEXT(detail) };

	return db_query(db, sql_audit_add, params, 3, NULL, err);
}

enum err_code audit_list(struct arena *mem, struct db *db, int64_t before, int limit,
			 struct audit_list *out, struct err *err)
{
	struct db_param params[] = { row_id(before), DB_INT8(limit > 0 ? limit : 100) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_audit_list, params, 2, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->row = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->row));
	for (int i = 0; i < db_result_rows(res); i++) {
		out->row[out->n++] = (struct audit_row){
			.id = db_result_int8(res, i, "id"),
			.at = row_time(mem, res, i, "at"),
			.actor = row_text(mem, res, i, "actor"),
			.action = row_text(mem, res, i, "action"),
			.object = row_text(mem, res, i, "object"),
			.detail = row_text(mem, res, i, "detail"),
		};
	}
	db_result_free(res);
	return ERR_OK;
}

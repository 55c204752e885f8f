/*
 * core/meta/org.c
 *	Organizations, projects, and who this installation is.
 */
#include "core/meta/org.h"

#include <string.h>

#include "core/meta/place.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

enum err_code org_add(struct db *db, const char *name, int64_t *id, struct err *err)
{
	enum err_code rc = row_number(db, sql_org_add, name, "org_id", id, err);

	if (rc != ERR_OK && strcmp(err->sqlstate, "23505") == 0)
		return err_set(err, ERR_CONFLICT, "there is an organization \"%s\" already", name);
	if (rc != ERR_OK && strcmp(err->sqlstate, "23514") == 0)
		return err_set(err, ERR_CONFIG, "an organization's name has 1 to 63 characters");
	return rc;
}

enum err_code org_current(struct arena *mem, struct db *db, struct org *out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_org_current, NULL, 0, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc == ERR_OK && db_result_rows(res) == 0)
		rc = err_set(err, ERR_NOT_FOUND, "the session has no organization");
	if (rc == ERR_OK) {
		out->id = db_result_int8(res, 0, "org_id");
		out->name = row_text(mem, res, 0, "name");
		out->created_at = row_time(mem, res, 0, "created_at");
	}
	db_result_free(res);
	return rc;
}

enum err_code project_list(struct arena *mem, struct db *db, struct project_list *out,
			   struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_project_list, NULL, 0, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->p = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->p));
	for (; out->n < db_result_rows(res); out->n++) {
		out->p[out->n].id = db_result_int8(res, out->n, "id");
		out->p[out->n].name = row_text(mem, res, out->n, "name");
	}
	db_result_free(res);
	return ERR_OK;
}

enum err_code project_find(struct db *db, const char *name, int64_t *id, struct err *err)
{
	enum err_code rc;

	if (name == NULL)
		name = "default";
	rc = row_number(db, sql_project_find, name, "id", id, err);
	if (rc == ERR_OK && *id == 0)
		rc = err_set(err, ERR_NOT_FOUND, "there is no project \"%s\"", name);
	return rc;
}

enum err_code org_origin(struct arena *mem, struct db *db, const char **out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_org_origin, NULL, 0, &res, err);

	*out = NULL;
	if (rc == ERR_OK && db_result_rows(res) == 0)
		rc = err_set(err, ERR_BUG, "leat.installation is empty");
	if (rc == ERR_OK)
		*out = row_text(mem, res, 0, "origin");
	db_result_free(res);
	return rc;
}

/*
 * connectors/postgres/pg_schema.c
 *	The schema that a new table is to stand in: there, to be made, or a typing mistake.
 */
#include <string.h>

#include "core/base/nearest.h"
#include "connectors/postgres/pg.h"

static const char sql_schema[] =
	"select exists (select from pg_catalog.pg_namespace where nspname = $1) as is_there,"
	" pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create') as may_make,"
	" current_user::text as login, pg_catalog.current_database()::text as db";

/* The schemas that people load into. */
static const char sql_names[] =
	"select nspname from pg_catalog.pg_namespace where nspname !~ '^pg_'"
	" and nspname not in ('information_schema', '_leat') order by 1";

static enum err_code denied(struct arena *mem, const char *schema, const char *login,
			    const char *db, struct err *err)
{
	char *quoted_schema, *quoted_login, *quoted_db;

	if (quote_ident(mem, schema, &quoted_schema, err) != ERR_OK ||
	    quote_ident(mem, login, &quoted_login, err) != ERR_OK ||
	    quote_ident(mem, db, &quoted_db, err) != ERR_OK)
		return err->code;
	err_set(err, ERR_DENIED, "there is no schema %s, and login %s may not make one in"
		" database %s", schema, login, db);
	err_hint(err, "An administrator can make it: CREATE SCHEMA %s AUTHORIZATION %s; or allow"
		 " it: GRANT CREATE ON DATABASE %s TO %s;", quoted_schema, quoted_login, quoted_db,
		 quoted_login);
	return ERR_DENIED;
}

static enum err_code missing(struct pg_conn *c, const char *schema, struct err *err)
{
	static const char allow[] = "To have leat make the schema, say --create-schema, or"
				    " create_schema: true in the target of a pipeline.";
	struct db_result *res = NULL;
	struct nearest near;
	enum err_code rc = db_query(c->db, sql_names, NULL, 0, &res, err);

	if (rc != ERR_OK)
		return err_wrap(err, rc, "looking for schema %s", schema);
	nearest_init(&near, schema);
	for (int i = 0; i < db_result_rows(res); i++)
		nearest_try(&near, db_result_text(res, i, "nspname"));
	rc = err_set(err, ERR_NOT_FOUND, "there is no schema %s", schema);
	if (nearest_best(&near) != NULL)
		err_hint(err, "Did you mean %s? %s", nearest_best(&near), allow);
	else
		err_hint(err, "%s", allow);
	db_result_free(res);
	return rc;
}

enum err_code pg_schema_check(struct pg_conn *c, struct arena *mem, const char *schema,
			      bool may_create, bool *is_there, struct err *err)
{
	struct db_param p = DB_TEXT(schema);
	struct db_result *res = NULL;
	const char *login, *db;
	bool may_make;
	enum err_code rc = db_query(c->db, sql_schema, &p, 1, &res, err);

	if (rc != ERR_OK)
		return err_wrap(err, rc, "looking for schema %s", schema);
	*is_there = db_result_bool(res, 0, "is_there");
	may_make = db_result_bool(res, 0, "may_make");
	login = arena_strdup(mem, db_result_text(res, 0, "login"));
	db = arena_strdup(mem, db_result_text(res, 0, "db"));
	db_result_free(res);
	if (*is_there)
		return ERR_OK;
	if (!may_create)
		return missing(c, schema, err);
	return may_make ? ERR_OK : denied(mem, schema, login, db, err);
}

enum err_code pg_can_make(struct conn *conn, struct arena *mem, const char *stream,
			  bool create_schema, struct err *err)
{
	const char *schema, *table;
	bool is_there = false;
	enum err_code rc = quote_split(mem, stream, &schema, &table, err);

	if (rc != ERR_OK || schema == NULL)
		return rc;
	return pg_schema_check(pg_of(conn), mem, schema, create_schema, &is_there, err);
}

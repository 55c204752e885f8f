/*
 * core/meta/connection.c
 *	Connections: kept, listed, and their references followed.
 */
#include "core/meta/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/meta/list.h"
#include "core/meta/row.h"
#include "core/meta/secret_read.h"
#include "core/meta/sql_text.h"

/* The kind of a {"secret": NAME} or {"env": NAME}, with NAME; NULL when v is none. */
static const char *reference(const json_t *v, const char **name)
{
	static const char *const kind[] = { "secret", "env" };

	if (!json_is_object(v) || json_object_size(v) != 1)
		return NULL;
	for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++) {
		*name = json_string_value(json_object_get(v, kind[i]));
		if (*name != NULL && **name != '\0')
			return kind[i];
	}
	return NULL;
}

static bool is_named(const char *const *names, const char *name)
{
	for (; names != NULL && *names != NULL; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

enum err_code connection_check(const char *config, const char *const *secret_names,
			       struct err *err)
{
	json_t *root = NULL, *v;
	const char *key, *name;
	enum err_code rc = js_parse(&root, config, strlen(config), "the settings", err);

	if (rc == ERR_OK && !json_is_object(root))
		rc = err_set(err, ERR_CONFIG, "the settings is not an object");
	if (rc != ERR_OK)
		goto done;
	json_object_foreach(root, key, v) {
		bool is_reference = reference(v, &name) != NULL;

		if (is_named(secret_names, key) && !is_reference) {
			rc = err_set(err, ERR_CONFIG, "setting %s is a secret: it is never stored",
				     key);
			err_hint(err, "Give a reference: {\"env\": NAME} or {\"secret\": NAME}.");
			goto done;
		}
		if (!is_reference && (json_is_object(v) || json_is_array(v))) {
			rc = err_set(err, ERR_CONFIG, "setting %s is neither a plain value nor a "
				     "reference", key);
			goto done;
		}
	}
done:
	json_decref(root);
	return rc;
}

enum err_code connection_put(struct db *db, enum put_how how, const char *name,
			     const char *connector, const char *config,
			     const char *const *secret_names, bool *changed, struct err *err)
{
	struct db_param params[] = { DB_TEXT(name), DB_TEXT(connector), DB_TEXT(config),
				     DB_BOOL(how == PUT_NEW) };
	struct db_result *res = NULL;
	enum err_code rc = connection_check(config, secret_names, err);

	if (changed != NULL)
		*changed = false;
	if (rc == ERR_OK)
		rc = db_query(db, sql_connection_put, params, 4, &res, err);
	if (rc != ERR_OK) {
		if (strcmp(err->sqlstate, "23514") == 0)
			rc = err_set(err, ERR_CONFIG, "a connection's name has 1 to 63 characters");
		return rc;
	}
	if (how == PUT_NEW && db_result_int8(res, 0, "changed") == 0) {
		rc = err_set(err, ERR_CONFLICT, "there is a connection \"%s\" already", name);
		err_hint(err, "See it with: leat connection show %s", name);
	} else if (changed != NULL) {
		*changed = db_result_int8(res, 0, "changed") != 0;
	}
	db_result_free(res);
	return rc;
}

static void read_row(struct arena *mem, const struct db_result *res, int i,
		     struct connection *out)
{
	*out = (struct connection){
		.id = db_result_int8(res, i, "id"),
		.name = row_text(mem, res, i, "name"),
		.connector = row_text(mem, res, i, "connector"),
		.config = row_text(mem, res, i, "config"),
		.version = db_result_int8(res, i, "version"),
		.created_at = row_time(mem, res, i, "created_at"),
		.updated_at = row_time(mem, res, i, "updated_at"),
		.is_builtin = db_result_bool(res, i, "is_builtin"),
	};
}

static enum err_code not_there(const char *name, struct err *err)
{
	err_set(err, ERR_NOT_FOUND, "there is no connection \"%s\"", name);
	err_hint(err, "See what there is with: leat connection list");
	return ERR_NOT_FOUND;
}

enum err_code connection_get(struct arena *mem, struct db *db, const char *name,
			     struct connection *out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = row_query(db, sql_connection_list, name, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc == ERR_OK && db_result_rows(res) == 0)
		rc = not_there(name, err);
	if (rc == ERR_OK)
		read_row(mem, res, 0, out);
	db_result_free(res);
	return rc;
}

enum err_code connection_list(struct arena *mem, struct db *db, struct connection_list *out,
			      struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_connection_list, &DB_NULL, 1, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->c = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->c));
	for (; out->n < db_result_rows(res); out->n++)
		read_row(mem, res, out->n, &out->c[out->n]);
	db_result_free(res);
	return ERR_OK;
}

enum err_code connection_page(struct arena *mem, struct db *db, const struct list_ask *ask,
			      struct connection_list *out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = list_query(mem, db, &list_connections, sql_connection_page, NULL, 0,
				      ask, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->c = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->c));
	for (; out->n < db_result_rows(res); out->n++) {
		struct connection *c = &out->c[out->n];

		read_row(mem, res, out->n, c);
		c->health = row_text(mem, res, out->n, "health");
		c->problem = row_text(mem, res, out->n, "problem");
		c->last_job = db_result_int8(res, out->n, "last_job");
		c->used_at = row_time(mem, res, out->n, "used_at");
	}
	db_result_free(res);
	return ERR_OK;
}

enum err_code connection_remove(struct db *db, const char *name, struct err *err)
{
	struct db_result *res = NULL;
	int64_t removed;
	enum err_code rc = row_number(db, sql_connection_remove, name, "removed", &removed, err);

	if (rc != ERR_OK || removed > 0)
		return rc;
	rc = row_query(db, sql_connection_user, name, &res, err);
	if (rc == ERR_OK && db_result_rows(res) > 0) {
		rc = err_set(err, ERR_CONFLICT, "pipeline \"%s\" uses connection \"%s\"",
			     db_result_text(res, 0, "name"), name);
		err_hint(err, "Change or remove the pipeline first.");
	} else if (rc == ERR_OK) {
		rc = not_there(name, err);
	}
	db_result_free(res);
	return rc;
}

static enum err_code follow(struct arena *mem, struct db *db, const char *kind, const char *name,
			    const char **value, struct err *err)
{
	struct secret s = { .name = name, .kind = "env", .ref = name };
	enum err_code rc = ERR_OK;

	if (strcmp(kind, "secret") == 0)
		rc = secret_find(mem, db, name, &s, err);
	return rc == ERR_OK ? secret_read(mem, &s, value, err) : rc;
}

static const char *plain_text(struct arena *mem, const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_STRING:
		return arena_strdup(mem, json_string_value(v));
	case JSON_INTEGER:
		return arena_printf(mem, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	case JSON_REAL:
		return arena_printf(mem, "%.17g", json_real_value(v));
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	default:
		return NULL;
	}
}

void connection_wipe(struct connection_settings *s)
{
	for (int i = 0; i < s->n; i++) {
		char *value = (char *)(uintptr_t)s->s[i].value;

		if (s->s[i].is_secret)
			explicit_bzero(value, strlen(value));
	}
	s->n = 0;
}

enum err_code connection_resolve(struct arena *mem, struct db *db, const char *config,
				 struct connection_settings *out, struct err *err)
{
	json_t *root = NULL, *v;
	const char *key, *name;
	enum err_code rc = connection_check(config, NULL, err);

	memset(out, 0, sizeof(*out));
	if (rc == ERR_OK)
		rc = js_parse(&root, config, strlen(config), "the settings", err);
	if (rc != ERR_OK)
		return rc;
	out->s = arena_array(mem, json_object_size(root) + 1, sizeof(*out->s));
	json_object_foreach(root, key, v) {
		struct connection_setting *s = &out->s[out->n];
		const char *kind = reference(v, &name);

		s->is_secret = kind != NULL;
		if (kind != NULL)
			rc = follow(mem, db, kind, name, &s->value, err);
		else
			s->value = plain_text(mem, v);
		if (rc != ERR_OK) {
			rc = err_wrap(err, rc, "setting %s", key);
			break;
		}
		if (s->value == NULL)	/* JSON null: as if it were not there */
			continue;
		s->name = arena_strdup(mem, key);
		out->n++;
	}
	json_decref(root);
	return rc;
}

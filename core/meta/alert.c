/*
 * core/meta/alert.c
 *	Rules as people see them: put, listed, paused, removed.
 */
#include "core/meta/alert.h"

#include <string.h>

#include "core/meta/job.h"
#include "core/meta/list.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

static enum err_code not_there(const char *name, struct err *err)
{
	err_set(err, ERR_NOT_FOUND, "there is no alert \"%s\"", name);
	err_hint(err, "See what there is with: leat alert list");
	return ERR_NOT_FOUND;
}

enum err_code alert_put(struct db *db, enum put_how how, const struct alert_rule *in,
			const char *const *secret_names, struct err *err)
{
	struct db_param params[] = {
		DB_TEXT(in->name),
		DB_TEXT(in->kind),
		DB_TEXT(in->pipeline),
		DB_TEXT(in->config),
		DB_BOOL(in->on_failure),
		DB_BOOL(in->on_recovery),
		DB_BOOL(in->on_success),
		in->rejects_rows >= 0 ? DB_INT8(in->rejects_rows) : DB_NULL,
		in->rejects_percent >= 0 ? DB_FLOAT8(in->rejects_percent) : DB_NULL,
		DB_BOOL(in->allow_private),
		DB_BOOL(how == PUT_NEW),
	};
	struct db_result *res = NULL;
	enum err_code rc = connection_check(in->config, secret_names, err);

	if (rc == ERR_OK)
		rc = db_query(db, sql_alert_put, params, 11, &res, err);
	if (rc != ERR_OK) {
		if (strcmp(err->sqlstate, "23514") == 0)
			rc = err_set(err, ERR_CONFIG, "an alert's name has 1 to 63 characters");
		return rc;
	}
	if (db_result_int8(res, 0, "changed") == 0) {
		if (how == PUT_NEW && db_result_int8(res, 0, "existed") > 0) {
			rc = err_set(err, ERR_CONFLICT, "there is an alert \"%s\" already",
				     in->name);
			err_hint(err, "Change it with --replace, or see it with: leat alert show "
				 "%s", in->name);
		} else {
			rc = err_set(err, ERR_NOT_FOUND, "there is no pipeline \"%s\"",
				     in->pipeline != NULL ? in->pipeline : "");
			err_hint(err, "See what there is with: leat pipeline list");
		}
	}
	db_result_free(res);
	return rc;
}

static void read_rule(struct arena *mem, const struct db_result *res, int i,
		      struct alert_rule *out)
{
	*out = (struct alert_rule){
		.id = db_result_int8(res, i, "id"),
		.name = row_text(mem, res, i, "name"),
		.pipeline = row_text(mem, res, i, "pipeline"),
		.kind = row_text(mem, res, i, "kind"),
		.config = row_text(mem, res, i, "config"),
		.on_failure = db_result_bool(res, i, "on_failure"),
		.on_recovery = db_result_bool(res, i, "on_recovery"),
		.on_success = db_result_bool(res, i, "on_success"),
		.rejects_rows = db_result_int8(res, i, "rejects_rows"),
		.rejects_percent = db_result_float8(res, i, "rejects_percent"),
		.allow_private = db_result_bool(res, i, "allow_private"),
		.is_paused = db_result_bool(res, i, "is_paused"),
		.paused_why = row_text(mem, res, i, "paused_why"),
		.open = db_result_int8(res, i, "open"),
		.last_what = row_text(mem, res, i, "last_what"),
		.last_at = row_time(mem, res, i, "last_at"),
		.last_job = db_result_int8(res, i, "last_job"),
		.last_state = db_result_text(res, i, "last_state") == NULL ? NULL
			: job_state_name((enum job_state)db_result_int8(res, i, "last_state")),
		.created_at = row_time(mem, res, i, "created_at"),
		.updated_at = row_time(mem, res, i, "updated_at"),
	};
}

static enum err_code list(struct arena *mem, struct db *db, const char *name, int64_t id,
			  const struct list_ask *ask, struct alert_rules *out, struct err *err)
{
	struct db_param params[] = { DB_TEXT(name), row_id(id) };
	struct db_result *res = NULL;
	enum err_code rc = list_query(mem, db, &list_alerts, sql_alert_list, params, 2, ask,
				      &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->a = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->a));
	for (; out->n < db_result_rows(res); out->n++)
		read_rule(mem, res, out->n, &out->a[out->n]);
	db_result_free(res);
	return ERR_OK;
}

enum err_code alert_list(struct arena *mem, struct db *db,
			 const struct list_ask *ask, struct alert_rules *out,
			 struct err *err)
{
	return list(mem, db, NULL, 0, ask, out, err);
}

enum err_code alert_get(struct arena *mem, struct db *db, const char *name,
			struct alert_rule *out, struct err *err)
{
	struct alert_rules all;
	enum err_code rc = list(mem, db, name, 0, NULL, &all, err);

	if (rc == ERR_OK && all.n == 0)
		return not_there(name, err);
	if (rc == ERR_OK)
		*out = all.a[0];
	return rc;
}

enum err_code alert_get_id(struct arena *mem, struct db *db, int64_t id, struct alert_rule *out,
			   struct err *err)
{
	struct alert_rules all;
	enum err_code rc = list(mem, db, NULL, id, NULL, &all, err);

	if (rc == ERR_OK && all.n == 0)
		return err_set(err, ERR_NOT_FOUND, "the alert was removed");
	if (rc == ERR_OK)
		*out = all.a[0];
	return rc;
}

enum err_code alert_pause(struct db *db, const char *name, bool is_paused, const char *why,
			  struct err *err)
{
	struct db_param params[] = { DB_TEXT(name), DB_BOOL(is_paused),
				     DB_TEXT(is_paused ? why : NULL) };
	int64_t n;
	enum err_code rc = row_int8(db, sql_alert_pause, params, 3, "n", &n, err);

	return rc == ERR_OK && n == 0 ? not_there(name, err) : rc;
}

enum err_code alert_remove(struct db *db, const char *name, struct err *err)
{
	int64_t n;
	enum err_code rc = row_number(db, sql_alert_remove, name, "n", &n, err);

	return rc == ERR_OK && n == 0 ? not_there(name, err) : rc;
}

enum err_code alert_incidents(struct arena *mem, struct db *db, int64_t alert,
			      struct alert_incidents *out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_alert_incidents, &DB_INT8(alert), 1, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->i = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->i));
	for (int i = 0; i < db_result_rows(res); i++) {
		out->i[out->n++] = (struct alert_incident){
			.id = db_result_int8(res, i, "id"),
			.about = row_text(mem, res, i, "about"),
			.pipeline = row_text(mem, res, i, "pipeline"),
			.opened_at = row_time(mem, res, i, "opened_at"),
			.last_at = row_time(mem, res, i, "last_at"),
			.closed_at = row_time(mem, res, i, "closed_at"),
			.opened_job = db_result_int8(res, i, "opened_job"),
			.last_job = db_result_int8(res, i, "last_job"),
			.closed_job = db_result_int8(res, i, "closed_job"),
			.jobs = db_result_int8(res, i, "jobs"),
		};
	}
	db_result_free(res);
	return ERR_OK;
}

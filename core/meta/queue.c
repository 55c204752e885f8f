/*
 * core/meta/queue.c
 *	Queues, their pauses and limits, in figures and in rows.
 */
#include "core/meta/queue.h"

#include <string.h>

#include "core/meta/list.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define WAITS_OF 10000	/* newest jobs that are asked how long they waited */

/* ---- looking ---------------------------------------------------------------- */

enum err_code queue_list(struct arena *mem, struct db *db,
			 const struct list_ask *ask, struct queue_rows *out,
			 struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = list_query(mem, db, &list_queues, sql_queue_list,
				      &DB_INT8(QUEUE_COUNT_MAX), 1, ask, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->q = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->q));
	for (int i = 0; i < db_result_rows(res); i++)
		out->q[out->n++] = (struct queue_row){
			.name = row_text(mem, res, i, "name"),
			.queued = db_result_int8(res, i, "queued"),
			.scheduled = db_result_int8(res, i, "scheduled"),
			.held = db_result_int8(res, i, "held"),
			.running = db_result_int8(res, i, "running"),
			.max_running = db_result_int8(res, i, "max_running"),
			.rate_per_s = db_result_float8(res, i, "rate_per_s"),
			.burst = db_result_float8(res, i, "burst"),
			.is_paused = db_result_bool(res, i, "is_paused"),
			.is_capped = db_result_bool(res, i, "is_capped"),
			.oldest_at = row_time(mem, res, i, "oldest_at"),
		};
	db_result_free(res);
	return ERR_OK;
}

enum err_code queue_stats(struct arena *mem, struct db *db, struct queue_stats *out,
			  struct err *err)
{
	struct db_param params[] = { DB_INT8(QUEUE_COUNT_MAX), DB_INT8(WAITS_OF) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_queue_stats, params, 2, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	*out = (struct queue_stats){
		.queued = db_result_int8(res, 0, "queued"),
		.scheduled = db_result_int8(res, 0, "scheduled"),
		.waiting = db_result_int8(res, 0, "waiting"),
		.paused = db_result_int8(res, 0, "paused"),
		.running = db_result_int8(res, 0, "running"),
		.failed = db_result_int8(res, 0, "failed"),
		.dead = db_result_int8(res, 0, "dead"),
		.cancelled = db_result_int8(res, 0, "cancelled"),
		.oldest_job = db_result_int8(res, 0, "oldest_job"),
		.oldest_at = row_time(mem, res, 0, "oldest_at"),
		.hour_ended = db_result_int8(res, 0, "hour_ended"),
		.hour_failed = db_result_int8(res, 0, "hour_failed"),
		.day_ended = db_result_int8(res, 0, "day_ended"),
		.day_failed = db_result_int8(res, 0, "day_failed"),
		.wait_p50 = db_result_float8(res, 0, "wait_p50"),
		.wait_p95 = db_result_float8(res, 0, "wait_p95"),
		.is_capped = db_result_bool(res, 0, "is_capped"),
	};
	db_result_free(res);
	return ERR_OK;
}

/* ---- changes that let jobs start ------------------------------------------------ */

enum err_code queue_open(struct db *db, struct err *err)
{
	enum err_code rc = db_begin(db, err);

	return rc == ERR_OK ? db_query(db, sql_queue_open, NULL, 0, NULL, err) : rc;
}

enum err_code queue_close(struct db *db, enum err_code done, const char *queue, int64_t pipeline,
			  const char *connection, struct err *err)
{
	struct db_param params[] = { DB_TEXT(queue), row_id(pipeline), DB_TEXT(connection) };
	enum err_code rc = done;

	if (rc == ERR_OK)
		rc = db_query(db, sql_queue_knock, params, 3, NULL, err);
	if (rc == ERR_OK)
		rc = db_commit(db, err);
	if (rc != ERR_OK)
		db_rollback(db);
	return rc;
}

static enum err_code check_name(const char *what, const char *name, struct err *err)
{
	size_t n = strlen(name);

	return n > 0 && n <= QUEUE_NAME_MAX ? ERR_OK
		: err_set(err, ERR_USAGE, "the name of a %s has 1 to %d characters", what,
			  QUEUE_NAME_MAX);
}

enum err_code queue_pause(struct db *db, const char *name, bool is_paused, bool *changed,
			  struct err *err)
{
	struct db_param params[] = { DB_TEXT(name), DB_BOOL(is_paused) };
	int64_t n = 0, known = 1;
	enum err_code rc = check_name("queue", name, err);

	*changed = false;
	if (rc == ERR_OK && !is_paused)
		rc = row_number(db, sql_queue_known, name, "known", &known, err);
	if (rc == ERR_OK && known == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "there is no queue \"%s\"", name);
		err_hint(err, "See which there are with: leat queue list");
	}
	if (rc != ERR_OK)
		return rc;
	rc = queue_open(db, err);
	if (rc == ERR_OK)
		rc = row_int8(db, sql_queue_pause, params, 2, "changed", &n, err);
	*changed = n > 0;
	return queue_close(db, rc, name, 0, NULL, err);
}

/* ---- limits --------------------------------------------------------------------- */

enum err_code queue_limits(struct arena *mem, struct db *db, struct queue_limits *out,
			   struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_queue_limits, NULL, 0, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->l = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->l));
	for (int i = 0; i < db_result_rows(res); i++)
		out->l[out->n++] = (struct queue_limit){
			.scope = row_text(mem, res, i, "scope"),
			.name = row_text(mem, res, i, "name"),
			.max_running = db_result_int8(res, i, "max_running"),
			.rate_per_s = db_result_float8(res, i, "rate_per_s"),
			.burst = db_result_float8(res, i, "burst"),
			.running = db_result_int8(res, i, "running"),
			.room = db_result_int8(res, i, "room"),
			.wait_ms = db_result_float8(res, i, "wait_ms"),
			.updated_at = row_time(mem, res, i, "updated_at"),
		};
	db_result_free(res);
	return ERR_OK;
}

/* Whom a limit concerns hears of its change. */
static enum err_code close_limit(struct db *db, enum err_code done, const char *scope,
				 const char *name, struct err *err)
{
	return queue_close(db, done, strcmp(scope, "queue") == 0 ? name : NULL, 0,
			   strcmp(scope, "connection") == 0 ? name : NULL, err);
}

enum err_code queue_limit_set(struct db *db, const struct queue_limit *in, struct err *err)
{
	struct db_param params[] = {
		DB_TEXT(in->scope), DB_TEXT(in->name),
		in->max_running >= 0 ? DB_INT8(in->max_running) : DB_NULL,
		in->rate_per_s > 0 ? DB_FLOAT8(in->rate_per_s) : DB_NULL,
		in->rate_per_s > 0 ? DB_FLOAT8(in->burst) : DB_NULL,
	};
	enum err_code rc = ERR_OK;

	if (strcmp(in->scope, "organization") != 0)
		rc = check_name(in->scope, in->name, err);
	if (rc != ERR_OK)
		return rc;
	rc = queue_open(db, err);
	if (rc == ERR_OK)
		rc = db_query(db, sql_queue_limit_put, params, 5, NULL, err);
	return close_limit(db, rc, in->scope, in->name, err);
}

enum err_code queue_limit_remove(struct db *db, const char *scope, const char *name,
				 struct err *err)
{
	struct db_param params[] = { DB_TEXT(scope), DB_TEXT(name) };
	int64_t n = 0;
	enum err_code rc = queue_open(db, err);

	if (rc == ERR_OK)
		rc = row_int8(db, sql_queue_limit_remove, params, 2, "n", &n, err);
	if (rc == ERR_OK && n == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "there is no limit for %s%s%s", scope,
			     name[0] != '\0' ? " " : "", name);
		err_hint(err, "See which there are with: leat queue limits");
	}
	return close_limit(db, rc, scope, name, err);
}

/*
 * core/meta/pipeline_store.c
 *	Pipelines as rows.
 */
#include "core/meta/pipeline_store.h"

#include <inttypes.h>
#include <string.h>

#include "core/meta/job.h"
#include "core/meta/list.h"
#include "core/meta/queue.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

enum err_code pipeline_put(struct db *db, const char *name, const char *body, int64_t *id,
			   enum pipeline_change *change, struct err *err)
{
	struct db_param params[] = { DB_TEXT(name), DB_TEXT(body) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_pipeline_put, params, 2, &res, err);

	if (rc != ERR_OK && strcmp(err->sqlstate, "23514") == 0)
		return err_set(err, ERR_CONFIG, "a pipeline's name has 1 to 63 characters and its "
			       "body is an object");
	if (rc != ERR_OK)
		return rc;
	if (id != NULL)
		*id = db_result_int8(res, 0, "id");
	if (change != NULL && db_result_int8(res, 0, "changed") == 0)
		*change = PIPELINE_SAME;
	else if (change != NULL)
		*change = db_result_int8(res, 0, "added") != 0 ? PIPELINE_NEW : PIPELINE_CHANGED;
	db_result_free(res);
	return ERR_OK;
}

/* "3 2 2" as words. */
static const char *state_words(struct arena *mem, const char *numbers)
{
	const char *words = "";

	for (const char *p = numbers; p != NULL && *p >= '0' && *p <= '9'; p++) {
		words = arena_printf(mem, "%s%s%s", words, words[0] != '\0' ? " " : "",
				     job_state_name((enum job_state)(*p - '0')));
		p += p[1] == ' ';
	}
	return words;
}

static void read_row(struct arena *mem, const struct db_result *res, int i,
		     struct pipeline_row *out)
{
	*out = (struct pipeline_row){
		.id = db_result_int8(res, i, "id"),
		.name = row_text(mem, res, i, "name"),
		.body = row_text(mem, res, i, "body"),
		.version = db_result_int8(res, i, "version"),
		.is_paused = db_result_bool(res, i, "is_paused"),
		.paused_why = row_text(mem, res, i, "paused_why"),
		.created_at = row_time(mem, res, i, "created_at"),
		.updated_at = row_time(mem, res, i, "updated_at"),
		.last_job = db_result_int8(res, i, "last_job"),
		.last_at = row_time(mem, res, i, "last_at"),
		.recent = state_words(mem, row_text(mem, res, i, "recent")),
		.bookmark = row_text(mem, res, i, "bookmark"),
	};
	if (out->last_job != 0)
		out->last_state =
			job_state_name((enum job_state)db_result_int8(res, i, "last_state"));
}

static enum err_code not_there(const char *name, struct err *err)
{
	err_set(err, ERR_NOT_FOUND, "there is no pipeline \"%s\"", name);
	err_hint(err, "See what there is with: leat pipeline list");
	return ERR_NOT_FOUND;
}

enum err_code pipeline_get(struct arena *mem, struct db *db, const char *name,
			   struct pipeline_row *out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = row_query(db, sql_pipeline_list, name, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc == ERR_OK && db_result_rows(res) == 0)
		rc = not_there(name, err);
	if (rc == ERR_OK)
		read_row(mem, res, 0, out);
	db_result_free(res);
	return rc;
}

enum err_code pipeline_list(struct arena *mem, struct db *db,
			    const struct list_ask *ask, struct pipeline_rows *out,
			    struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = list_query(mem, db, &list_pipelines, sql_pipeline_list,
				      &DB_NULL, 1, ask, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->p = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->p));
	for (; out->n < db_result_rows(res); out->n++)
		read_row(mem, res, out->n, &out->p[out->n]);
	db_result_free(res);
	return ERR_OK;
}

enum err_code pipeline_pause(struct arena *mem, struct db *db, const char *name, bool is_paused,
			     bool *changed, struct err *err)
{
	struct pipeline_row row;
	int64_t n = 0;
	enum err_code rc = pipeline_get(mem, db, name, &row, err);
	struct db_param params[] = { DB_INT8(row.id), DB_TEXT(name) };

	*changed = false;
	if (rc != ERR_OK)
		return rc;
	rc = queue_open(db, err);
	if (rc == ERR_OK)
		rc = row_int8(db, is_paused ? sql_pipeline_pause : sql_pipeline_resume, params, 2,
			      "changed", &n, err);
	*changed = n > 0;
	return queue_close(db, rc, NULL, row.id, NULL, err);
}

/* A schedule would go on making jobs of it. */
static enum err_code check_schedules(struct db *db, const char *name, struct err *err)
{
	struct db_param params[] = { DB_NULL, DB_TEXT(name) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_schedule_list, params, 2, &res, err);

	if (rc == ERR_OK && db_result_rows(res) > 0) {
		const char *schedule = db_result_text(res, 0, "name");

		rc = err_set(err, ERR_CONFLICT, "schedule \"%s\" runs pipeline \"%s\"", schedule,
			     name);
		err_hint(err, "Remove it with: leat schedule remove %.60s", schedule);
	}
	db_result_free(res);
	return rc;
}

enum err_code pipeline_remove(struct db *db, const char *name, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = check_schedules(db, name, err);
	int64_t busy;

	if (rc == ERR_OK)
		rc = row_query(db, sql_pipeline_remove, name, &res, err);
	if (rc != ERR_OK)
		return rc;
	busy = db_result_int8(res, 0, "busy");
	if (db_result_int8(res, 0, "removed") == 0 && busy == 0) {
		rc = not_there(name, err);
	} else if (busy != 0) {
		rc = err_set(err, ERR_CONFLICT, "job %" PRId64 " of pipeline \"%s\" waits or runs",
			     busy, name);
		err_hint(err, "Cancel it with: leat job cancel %" PRId64, busy);
	}
	db_result_free(res);
	return rc;
}

/*
 * core/meta/job.c
 *	Jobs as people see them: asked for, cancelled, tried again, looked at.
 */
#include "core/meta/job.h"

#include <inttypes.h>
#include <string.h>

#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define LIST_LIMIT       50
#define PRIORITY_USUAL   100

static const char *const state_names[JOB_STATE_COUNT] = {
	"queued", "running", "succeeded", "failed", "dead", "cancelled",
};

const char *job_state_name(enum job_state s)
{
	return (unsigned)s < JOB_STATE_COUNT ? state_names[s] : "unknown";
}

int job_state_of(const char *name)
{
	for (int i = 0; i < JOB_STATE_COUNT; i++) {
		if (strcmp(state_names[i], name) == 0)
			return i;
	}
	return -1;
}

bool job_state_is_final(enum job_state s)
{
	return s != JOB_QUEUED && s != JOB_RUNNING;
}

/* ---- asking ---------------------------------------------------------------- */

enum err_code job_add(struct db *db, const struct job_request *in, int64_t *job, struct err *err)
{
	struct db_param params[] = {
		row_id(in->pipeline_id),
		DB_TEXT(in->kind),
		DB_TEXT(in->body),
		DB_INT8(in->max_attempts > 0 ? in->max_attempts : 1),
		DB_INT8(in->priority != 0 ? in->priority : PRIORITY_USUAL),
		DB_INT8(in->delay_ms),
		DB_BOOL(!in->is_quiet),
	};

	return row_int8(db, sql_job_add, params, 7, "id", job, err);
}

/* Why an act on a job found nothing to do. */
static enum err_code refuse(struct db *db, int64_t job, const char *act, struct err *err)
{
	struct db_param params[] = { DB_NULL, DB_INT8(job) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_job_peek, params, 2, &res, err);

	if (rc != ERR_OK)
		return rc;
	if (db_result_rows(res) == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "there is no job %" PRId64, job);
		err_hint(err, "See what there is with: leat job list");
	} else if (db_result_int8(res, 0, "committed_run") != 0 && strcmp(act, "retry") == 0) {
		rc = err_set(err, ERR_CONFLICT, "job %" PRId64 " has stored its rows: a retry "
			     "would change nothing", job);
		err_hint(err, "Load or run it anew.");
	} else {
		rc = err_set(err, ERR_CONFLICT, "job %" PRId64 " is %s: nothing to %s", job,
			     job_state_name((enum job_state)db_result_int8(res, 0, "state")), act);
	}
	db_result_free(res);
	return rc;
}

enum err_code job_cancel(struct db *db, int64_t job, enum job_state *state, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_job_cancel, &DB_INT8(job), 1, &res, err);

	if (rc == ERR_OK && db_result_rows(res) == 0)
		rc = refuse(db, job, "cancel", err);
	else if (rc == ERR_OK)
		*state = (enum job_state)db_result_int8(res, 0, "state");
	db_result_free(res);
	return rc;
}

enum err_code job_retry(struct db *db, int64_t job, bool is_quiet, struct err *err)
{
	struct db_param params[] = { DB_INT8(job), DB_BOOL(!is_quiet) };
	int64_t done;
	enum err_code rc = row_int8(db, sql_job_retry, params, 2, "job_id", &done, err);

	return rc == ERR_OK && done == 0 ? refuse(db, job, "retry", err) : rc;
}

/* ---- looking ---------------------------------------------------------------- */

static void read_counts(const struct db_result *res, int i, struct job_counts *out)
{
	out->read = db_result_int8(res, i, "rows_read");
	out->written = db_result_int8(res, i, "rows_written");
	out->unchanged = db_result_int8(res, i, "rows_unchanged");
	out->filtered = db_result_int8(res, i, "rows_filtered");
	out->rejected = db_result_int8(res, i, "rows_rejected");
	out->bytes = db_result_int8(res, i, "bytes");
}

static void read_row(struct arena *mem, const struct db_result *res, int i, struct job_row *out)
{
	*out = (struct job_row){
		.id = db_result_int8(res, i, "id"),
		.state = (enum job_state)db_result_int8(res, i, "state"),
		.kind = row_text(mem, res, i, "kind"),
		.pipeline = row_text(mem, res, i, "pipeline"),
		.pipeline_id = db_result_int8(res, i, "pipeline_id"),
		.source = row_text(mem, res, i, "source"),
		.target = row_text(mem, res, i, "target"),
		.mode = row_text(mem, res, i, "mode"),
		.priority = (int)db_result_int8(res, i, "priority"),
		.attempt = (int)db_result_int8(res, i, "attempt"),
		.max_attempts = (int)db_result_int8(res, i, "max_attempts"),
		.lost = (int)db_result_int8(res, i, "lost"),
		.run = db_result_int8(res, i, "run_no"),
		.committed_run = db_result_int8(res, i, "committed_run"),
		.is_cancel_asked = db_result_bool(res, i, "cancel_asked"),
		.total_bytes = db_result_int8(res, i, "total_bytes"),
		.phase = row_text(mem, res, i, "phase"),
		.engine = row_text(mem, res, i, "engine"),
		.created_at = row_time(mem, res, i, "created_at"),
		.run_after = row_time(mem, res, i, "run_after"),
		.started_at = row_time(mem, res, i, "started_at"),
		.finished_at = row_time(mem, res, i, "finished_at"),
		.seconds = db_result_float8(res, i, "seconds"),
		.error_code = row_text(mem, res, i, "error_code"),
		.error = row_text(mem, res, i, "error"),
		.hint = row_text(mem, res, i, "hint"),
		.sqlstate = row_text(mem, res, i, "sqlstate"),
		.result = row_text(mem, res, i, "result"),
		.body = row_text(mem, res, i, "body"),
	};
	read_counts(res, i, &out->counts);
}

/* '{1,2}' of the pipelines that have or had the name, NULL when there never was one. */
static enum err_code pipeline_ids(struct arena *mem, struct db *db, const char *name,
				  const char **out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = row_query(db, sql_pipeline_ids, name, &res, err);

	*out = NULL;
	if (rc == ERR_OK)
		*out = row_text(mem, res, 0, "ids");
	db_result_free(res);
	return rc;
}

enum err_code job_list(struct arena *mem, struct db *db, const struct job_filter *f,
		       struct job_rows *out, struct err *err)
{
	const char *ids = NULL;
	struct db_result *res = NULL;
	enum err_code rc = ERR_OK;

	memset(out, 0, sizeof(*out));
	if (f->pipeline != NULL) {
		rc = pipeline_ids(mem, db, f->pipeline, &ids, err);
		if (rc == ERR_OK && ids == NULL) {
			rc = err_set(err, ERR_NOT_FOUND, "there is no pipeline \"%s\"",
				     f->pipeline);
			err_hint(err, "See what there is with: leat pipeline list");
		}
	}
	if (rc == ERR_OK) {
		struct db_param params[] = {
			f->state >= 0 ? DB_INT8(f->state) : DB_NULL,
			DB_TEXT(ids),
			row_id(f->since_us),
			row_id(f->before),
			DB_INT8(f->limit > 0 ? f->limit : LIST_LIMIT),
			DB_TEXT(f->kind),
		};

		rc = db_query(db, sql_job_list, params, 6, &res, err);
	}
	if (rc != ERR_OK)
		return rc;
	out->j = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->j));
	for (; out->n < db_result_rows(res); out->n++)
		read_row(mem, res, out->n, &out->j[out->n]);
	db_result_free(res);
	return ERR_OK;
}

enum err_code job_get(struct arena *mem, struct db *db, int64_t job, struct job_row *out,
		      struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_job_get, &DB_INT8(job), 1, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc == ERR_OK && db_result_rows(res) == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "there is no job %" PRId64, job);
		err_hint(err, "See what there is with: leat job list");
	}
	if (rc == ERR_OK)
		read_row(mem, res, 0, out);
	db_result_free(res);
	return rc;
}

static const char *outcome_name(int64_t outcome)
{
	static const char *const name[] = {
		"running", "succeeded", "failed", "lost", "handed back", "cancelled",
	};

	return outcome >= 0 && outcome < 6 ? name[outcome] : "unknown";
}

enum err_code job_attempts(struct arena *mem, struct db *db, int64_t job, struct job_attempts *out,
			   struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_job_attempts, &DB_INT8(job), 1, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->a = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->a));
	for (int i = 0; i < db_result_rows(res); i++) {
		out->a[out->n++] = (struct job_attempt){
			.run = db_result_int8(res, i, "run"),
			.attempt = (int)db_result_int8(res, i, "attempt"),
			.outcome = outcome_name(db_result_int8(res, i, "outcome")),
			.engine = row_text(mem, res, i, "engine"),
			.started_at = row_time(mem, res, i, "started_at"),
			.finished_at = row_time(mem, res, i, "finished_at"),
			.error_code = row_text(mem, res, i, "error_code"),
			.error = row_text(mem, res, i, "error"),
			.hint = row_text(mem, res, i, "hint"),
			.sqlstate = row_text(mem, res, i, "sqlstate"),
		};
	}
	db_result_free(res);
	return ERR_OK;
}

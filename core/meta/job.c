/*
 * core/meta/job.c
 *	Jobs as people see them: asked for, cancelled, tried again, looked at.
 */
#include "core/meta/job.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/log.h"
#include "core/base/terms.h"
#include "core/meta/event.h"
#include "core/meta/job_look.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define PRIORITY_USUAL   100
#define QUEUE_USUAL      "default"
#define ADD_TRIES        3
#define ADD_BYTES        (256 << 20)	/* of bodies in one call */

static const char *const state_names[JOB_STATE_COUNT] = {
	"queued", "running", "succeeded", "failed", "dead", "cancelled", "paused", "waiting",
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
	return s >= JOB_SUCCEEDED && s <= JOB_CANCELLED;
}

/* ---- asking ---------------------------------------------------------------- */

void job_request_terms(struct job_request *in, const struct terms *t)
{
	static const enum job_clash clash[] = {
		JOB_CLASH_KEEP, JOB_CLASH_KEEP, JOB_CLASH_REFUSE, JOB_CLASH_REPLACE,
	};

	in->queue = t->queue;
	in->priority = t->priority;
	in->max_attempts = t->attempts;
	in->time_limit_ms = t->time_limit_ms;
	in->key = t->unique;
	in->on_clash = clash[t->on_clash];
}

/* What the database's words mean here. */
static enum err_code refuse_add(struct err *err)
{
	enum err_code rc = err->code;

	if (strcmp(err->sqlstate, "LT001") == 0) {
		rc = err_set(err, ERR_CONFLICT, "a job that it should wait for did not succeed");
		err_hint(err, "Retry that one first, or say that this one runs all the same.");
	} else if (strcmp(err->sqlstate, "P0002") == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "a job that it should wait for does not exist");
		err_hint(err, "See what there is with: leat job list");
	}
	return rc;
}

/* bodies: a JSON array. */
static enum err_code add(struct db *db, const struct job_request *in, const char *bodies,
			 struct db_result **res, struct err *err)
{
	struct buf parents;
	enum err_code rc;

	buf_init(&parents, 1 << 20);
	rc = row_array(&parents, in->parents, in->nparents, err);
	for (int i = 0; i < ADD_TRIES && rc == ERR_OK; i++) {
		struct db_param params[] = {
			DB_TEXT(in->kind),
			row_id(in->pipeline_id),
			DB_TEXT(in->queue != NULL ? in->queue : QUEUE_USUAL),
			DB_INT8(in->priority != 0 ? in->priority : PRIORITY_USUAL),
			DB_INT8(in->max_attempts > 0 ? in->max_attempts : 1),
			row_id(in->time_limit_ms),
			DB_INT8(in->delay_ms),
			DB_TEXT(bodies),
			DB_TEXT(in->key),
			DB_BOOL(!in->key_until_start),
			DB_BOOL(in->on_clash == JOB_CLASH_REPLACE),
			DB_TEXT(buf_str(&parents)),
			DB_INT8(in->on_fail),
			DB_BOOL(in->is_paused),
			DB_BOOL(in->is_quiet),
		};

		err_clear(err);
		rc = db_query(db, sql_job_add, params, 15, res, err);
		if (rc == ERR_OK || i == ADD_TRIES - 1 || strcmp(err->sqlstate, "23514") != 0 ||
		    db_in_transaction(db))
			break;
		/* No partition for their numbers, and none comes of what failed: make some. */
		err_clear(err);
		rc = db_query(db, sql_job_room, NULL, 0, NULL, err);
	}
	buf_release(&parents);
	return rc == ERR_OK ? rc : refuse_add(err);
}

enum err_code job_add(struct db *db, const struct job_request *in, int64_t *job, bool *is_new,
		      struct err *err)
{
	struct db_result *res = NULL;
	struct buf bodies;
	bool made = false;
	enum err_code rc;

	buf_init(&bodies, strlen(in->body) + 8);
	rc = buf_printf(&bodies, err, "[%s]", in->body);
	if (rc == ERR_OK)
		rc = add(db, in, buf_str(&bodies), &res, err);
	if (rc == ERR_OK) {
		*job = db_result_int8(res, 0, "id");
		made = db_result_bool(res, 0, "is_new");
	}
	if (rc == ERR_OK && !made && in->on_clash == JOB_CLASH_REFUSE) {
		rc = err_set(err, ERR_CONFLICT, "job %" PRId64 " with the same key has not %s",
			     *job, in->key_until_start ? "started" : "ended");
		err_hint(err, "Follow it with: leat job watch %" PRId64, *job);
	}
	if (is_new != NULL)
		*is_new = made;
	db_result_free(res);
	buf_release(&bodies);
	return rc;
}

enum err_code job_add_many(struct db *db, const struct job_request *in, const char *const *bodies,
			   int n, int64_t *jobs, struct err *err)
{
	struct job_request all = *in;
	struct db_result *res = NULL;
	struct buf json;
	enum err_code rc = ERR_OK;

	if (n <= 0)
		return ERR_OK;
	all.key = NULL;
	buf_init(&json, (size_t)ADD_BYTES);
	for (int i = 0; i < n && rc == ERR_OK; i++)
		rc = buf_printf(&json, err, "%s%s", i > 0 ? "," : "[", bodies[i]);
	if (rc == ERR_OK)
		rc = buf_append(&json, "]", 1, err);
	if (rc == ERR_OK)
		rc = add(db, &all, buf_str(&json), &res, err);
	for (int i = 0; i < n && rc == ERR_OK; i++)
		jobs[i] = db_result_int8(res, i, "id");
	db_result_free(res);
	buf_release(&json);
	return rc;
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

/* Whoever shows the job hears of it; in a transaction the caller sends event_resync() later. */
static void tell(struct db *db, const struct db_result *res, int64_t job, enum job_state state)
{
	struct event e = { .kind = EVENT_STATE, .org_id = db_result_int8(res, 0, "org"),
			   .job = job, .state = state, .total_bytes = -1, .eta_ms = -1 };
	struct err err = { 0 };

	if (!db_in_transaction(db) && event_send(db, &e, &err) != ERR_OK)
		log_line(LOG_DEBUG, "job %" PRId64 ": its new state was not sent", job);
}

/* One of the acts that tell the state afterwards. */
static enum err_code act(struct db *db, const char *sql, int64_t job, const char *verb,
			 enum job_state *state, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql, &DB_INT8(job), 1, &res, err);

	if (rc == ERR_OK && db_result_text(res, 0, "state") == NULL)
		rc = refuse(db, job, verb, err);
	else if (rc == ERR_OK)
		*state = (enum job_state)db_result_int8(res, 0, "state");
	if (rc == ERR_OK && *state != JOB_RUNNING)
		tell(db, res, job, *state);
	db_result_free(res);
	return rc;
}

/* One of the acts after which the job waits again, if there was anything to do. */
static enum err_code set_free(struct db *db, const char *sql, const struct db_param *params,
			      int nparams, const char *verb, int64_t job, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql, params, nparams, &res, err);

	if (rc == ERR_OK && db_result_int8(res, 0, "done") == 0)
		rc = refuse(db, job, verb, err);
	else if (rc == ERR_OK)
		tell(db, res, job, JOB_QUEUED);
	db_result_free(res);
	return rc;
}

enum err_code job_cancel(struct db *db, int64_t job, enum job_state *state, struct err *err)
{
	return act(db, sql_job_cancel, job, "cancel", state, err);
}

enum err_code job_pause(struct db *db, int64_t job, enum job_state *state, struct err *err)
{
	return act(db, sql_job_pause, job, "pause", state, err);
}

enum err_code job_retry(struct db *db, int64_t job, bool is_quiet, struct err *err)
{
	struct db_param params[] = { DB_INT8(job), DB_BOOL(is_quiet) };

	return set_free(db, sql_job_retry, params, 2, "retry", job, err);
}

enum err_code job_resume(struct db *db, int64_t job, struct err *err)
{
	return set_free(db, sql_job_resume, &DB_INT8(job), 1, "resume", job, err);
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

void job_read(struct arena *mem, const struct db_result *res, int i, struct job_row *out)
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
		.queue = row_text(mem, res, i, "queue"),
		.priority = (int)db_result_int8(res, i, "priority"),
		.attempt = (int)db_result_int8(res, i, "attempt"),
		.max_attempts = (int)db_result_int8(res, i, "max_attempts"),
		.lost = (int)db_result_int8(res, i, "lost"),
		.time_limit_ms = db_result_int8(res, i, "time_limit_ms"),
		.pending = (int)db_result_int8(res, i, "pending"),
		.run = db_result_int8(res, i, "run_no"),
		.committed_run = db_result_int8(res, i, "committed_run"),
		.is_cancel_asked = db_result_bool(res, i, "cancel_asked"),
		.is_pause_asked = db_result_bool(res, i, "pause_asked"),
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
		job_read(mem, res, 0, out);
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

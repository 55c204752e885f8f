/*
 * core/meta/alert_end.c
 *	The end of a job: what it means to each rule, and the messages that come of it.
 */
#include "core/meta/alert.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fault.h"
#include "core/meta/job.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

/* 2 s, 4 s, ... and then hourly: about half a day. */
#define MESSAGE_ATTEMPTS 24
#define SECOND_DELAY_MS  3000
#define MESSAGE_PRIORITY 50	/* before loads: somebody should know */

struct ended {
	struct arena *mem;
	struct db *db;
	int64_t job, run;
	enum job_state state;
	int64_t pipeline_id, subject, mended_by;
	int64_t rows_read, rows_rejected;
	const char *pipeline, *source, *target;
	const char *held;	/* why this job paused its pipeline; NULL: it did not */
	json_t *data;		/* as messages tell it */
	struct alert_made *made;
};

struct incident {
	int64_t id;		/* 0: there is none */
	int64_t jobs;
	const char *opened_at;
};

/* ---- the message ------------------------------------------------------------------ */

static void put_text(json_t *o, const char *key, const char *value)
{
	json_object_set_new(o, key, value != NULL ? json_string(value) : json_null());
}

static void put_number(json_t *o, const char *key, const struct db_result *res, const char *column)
{
	json_object_set_new(o, key, json_integer(db_result_int8(res, 0, column)));
}

static json_t *data_of(struct ended *e, const struct db_result *res)
{
	static const char *const counts[] = { "read", "written", "unchanged", "filtered",
					      "rejected" };
	json_t *data = json_object(), *rows = json_object(), *error;

	put_text(data, "organization", db_result_text(res, 0, "org"));
	put_text(data, "pipeline", e->pipeline[0] != '\0' ? e->pipeline : NULL);
	put_number(data, "job", res, "id");
	put_number(data, "run", res, "run_no");
	put_text(data, "state", job_state_name(e->state));
	put_text(data, "source", e->source);
	put_text(data, "target", e->target);
	put_number(data, "attempts", res, "attempt");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		put_number(rows, counts[i], res, arena_printf(e->mem, "rows_%s", counts[i]));
	json_object_set_new(data, "rows", rows);
	put_number(data, "bytes", res, "bytes");
	json_object_set_new(data, "seconds", json_real(db_result_float8(res, 0, "seconds")));
	put_text(data, "created_at", row_time(e->mem, res, 0, "created_at"));
	put_text(data, "started_at", row_time(e->mem, res, 0, "started_at"));
	put_text(data, "finished_at", row_time(e->mem, res, 0, "finished_at"));
	put_text(data, "held", e->held);
	if (db_result_text(res, 0, "error_code") == NULL || e->state == JOB_SUCCEEDED) {
		json_object_set_new(data, "error", json_null());
		return data;
	}
	error = json_object();
	put_text(error, "code", db_result_text(res, 0, "error_code"));
	put_text(error, "text", db_result_text(res, 0, "error"));
	put_text(error, "hint", db_result_text(res, 0, "hint"));
	put_text(error, "sqlstate", db_result_text(res, 0, "sqlstate"));
	json_object_set_new(data, "error", error);
	return data;
}

/* What stands in the job's row besides is for lists: whose message it is, and to whom. */
static const char *body_of(const struct ended *e, const struct alert_rule *rule, const char *what,
			   const struct incident *in)
{
	json_t *data = json_deep_copy(e->data), *body;
	char *text;
	const char *copy;

	if (in != NULL)
		json_object_set_new(data, "incident", json_pack(
			"{s:I, s:s?, s:I}", "id", (json_int_t)in->id, "opened_at", in->opened_at,
			"jobs", (json_int_t)in->jobs));
	else
		json_object_set_new(data, "incident", json_null());
	body = json_pack("{s:s, s:{s:s, s:s}, s:I, s:{s:s, s:o, s:o}}", "name", e->pipeline,
			 "target", "connection", ALERT_JOB_KIND, "stream", rule->name,
			 "alert", (json_int_t)rule->id,
			 "message", "type", what,
			 "timestamp", json_incref(json_object_get(data, "finished_at")),
			 "data", data);
	text = json_dumps(body, JSON_COMPACT);
	copy = arena_strdup(e->mem, text);
	free(text);
	json_decref(body);
	return copy;
}

/* delay_ms: behind another message that has to come first. */
static enum err_code tell(struct ended *e, const struct alert_rule *rule, const char *what,
			  const struct incident *in, int64_t delay_ms, struct err *err)
{
	struct job_request request = {
		.kind = ALERT_JOB_KIND,
		.body = body_of(e, rule, what, in),
		.priority = MESSAGE_PRIORITY,
		.max_attempts = MESSAGE_ATTEMPTS,
		.delay_ms = delay_ms,
	};
	int64_t job = 0;
	enum err_code rc = job_add(e->db, &request, &job, NULL, err);

	if (rc == ERR_OK) {
		struct db_param params[] = { DB_INT8(rule->id), DB_TEXT(what), DB_INT8(e->job),
					     DB_INT8(e->run), DB_INT8(job) };

		rc = db_query(e->db, sql_alert_note, params, 5, NULL, err);
	}
	if (rc == ERR_OK && e->made != NULL &&
	    e->made->n < (int)(sizeof(e->made->job) / sizeof(e->made->job[0])))
		e->made->job[e->made->n++] = job;
	return rc;
}

/* ---- incidents ----------------------------------------------------------------------- */

static enum err_code change(struct ended *e, const char *sql, const struct alert_rule *rule,
			    const char *about, int64_t job, struct incident *out, struct err *err)
{
	struct db_param params[] = { DB_INT8(rule->id), DB_TEXT(about), DB_INT8(e->subject),
				     DB_INT8(job) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(e->db, sql, params, 4, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc == ERR_OK && db_result_rows(res) > 0)
		*out = (struct incident){
			.id = db_result_int8(res, 0, "id"),
			.jobs = db_result_int8(res, 0, "jobs"),
			.opened_at = row_time(e->mem, res, 0, "opened_at"),
		};
	db_result_free(res);
	return rc;
}

static enum err_code on_bad_end(struct ended *e, const struct alert_rule *rule, struct err *err)
{
	struct incident in;
	enum err_code rc;

	if (!rule->on_failure && !rule->on_recovery)
		return ERR_OK;
	rc = change(e, sql_alert_open, rule, "failure", e->job, &in, err);
	if (rc == ERR_OK && in.jobs == 1 && rule->on_failure)
		rc = tell(e, rule, "job.failed", &in, 0, err);
	/* Looked at late: the pipeline has recovered before anybody knew. */
	if (rc == ERR_OK && e->mended_by != 0) {
		rc = change(e, sql_alert_close, rule, "failure", e->mended_by, &in, err);
		if (rc == ERR_OK && rule->on_recovery)
			rc = tell(e, rule, "job.recovered", &in, SECOND_DELAY_MS, err);
	}
	return rc;
}

static bool is_too_many(const struct ended *e, const struct alert_rule *rule)
{
	/* Somebody has to let it go on, whoever is told of failures or of rejects. */
	if (e->held != NULL &&
	    (rule->on_failure || rule->rejects_rows >= 0 || rule->rejects_percent >= 0))
		return true;
	if (rule->rejects_rows >= 0)
		return e->rows_rejected > rule->rejects_rows;
	return rule->rejects_percent >= 0 && e->rows_rejected > 0 &&
	       (double)e->rows_rejected * 100 > rule->rejects_percent * (double)e->rows_read;
}

static enum err_code on_good_end(struct ended *e, const struct alert_rule *rule, struct err *err)
{
	struct incident failure, rejects = { 0 }, *over;
	bool is_over = is_too_many(e, rule), has_told = false;
	enum err_code rc = change(e, sql_alert_close, rule, "failure", e->job, &failure, err);

	if (rc == ERR_OK)
		rc = change(e, is_over ? sql_alert_open : sql_alert_close, rule, "rejects", e->job,
			    &rejects, err);
	over = failure.id != 0 ? &failure : !is_over && rejects.id != 0 ? &rejects : NULL;
	if (rc == ERR_OK && over != NULL && rule->on_recovery) {
		rc = tell(e, rule, "job.recovered", over, 0, err);
		has_told = true;
	}
	/* Each hold wants somebody, also when an incident is known. */
	if (rc == ERR_OK && is_over && (rejects.jobs == 1 || e->held != NULL)) {
		rc = tell(e, rule, "job.rejects", &rejects, has_told ? SECOND_DELAY_MS : 0, err);
		has_told = true;
	}
	/* One message a job is enough: the others say that it succeeded, too. */
	if (rc == ERR_OK && rule->on_success && !has_told)
		rc = tell(e, rule, "job.succeeded", NULL, 0, err);
	return rc;
}

static enum err_code each_rule(struct ended *e, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(e->db, sql_alert_rules, &DB_INT8(e->pipeline_id), 1, &res, err);

	for (int i = 0; rc == ERR_OK && i < db_result_rows(res); i++) {
		struct alert_rule rule = {
			.id = db_result_int8(res, i, "id"),
			.name = row_text(e->mem, res, i, "name"),
			.on_failure = db_result_bool(res, i, "on_failure"),
			.on_recovery = db_result_bool(res, i, "on_recovery"),
			.on_success = db_result_bool(res, i, "on_success"),
			.rejects_rows = db_result_int8(res, i, "rejects_rows"),
			.rejects_percent = db_result_float8(res, i, "rejects_percent"),
		};

		rc = e->state == JOB_SUCCEEDED ? on_good_end(e, &rule, err)
					       : on_bad_end(e, &rule, err);
	}
	db_result_free(res);
	return rc;
}

/* ---- looking ----------------------------------------------------------------------------- */

static enum err_code decide(struct ended *e, struct err *err)
{
	struct db_param params[] = { DB_INT8(e->job), DB_INT8(e->run) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(e->db, sql_alert_ended, params, 2, &res, err);

	if (rc == ERR_OK && db_result_rows(res) > 0) {
		e->state = (enum job_state)db_result_int8(res, 0, "state");
		e->pipeline_id = db_result_int8(res, 0, "pipeline_id");
		e->subject = e->pipeline_id != 0 ? e->pipeline_id : -e->job;
		e->mended_by = db_result_int8(res, 0, "mended_by");
		e->rows_read = db_result_int8(res, 0, "rows_read");
		e->rows_rejected = db_result_int8(res, 0, "rows_rejected");
		e->pipeline = row_text(e->mem, res, 0, "pipeline");
		e->source = row_text(e->mem, res, 0, "source");
		e->target = row_text(e->mem, res, 0, "target");
		e->held = row_text(e->mem, res, 0, "held");
		e->data = data_of(e, res);
		rc = each_rule(e, err);
		json_decref(e->data);
	}
	db_result_free(res);
	return rc;
}

enum err_code alert_look(struct arena *mem, struct db *db, int64_t job, int64_t run,
			 struct alert_made *made, struct err *err)
{
	struct db_param params[] = { DB_INT8(job), DB_INT8(run) };
	struct ended e = { .mem = mem, .db = db, .job = job, .run = run, .made = made };
	int made_before = made != NULL ? made->n : 0;
	int64_t taken = 0;
	enum err_code rc = db_begin(db, err);

	if (rc != ERR_OK)
		return rc;
	rc = row_int8(db, sql_alert_take, params, 2, "job_id", &taken, err);
	if (rc == ERR_OK && taken != 0)
		rc = decide(&e, err);
	if (rc == ERR_OK && FAULT("alert-decided"))
		rc = err_set(err, ERR_TRANSIENT, "adding messages failed (fault)");
	if (rc == ERR_OK)
		rc = db_commit(db, err);
	if (rc != ERR_OK) {
		db_rollback(db);
		if (made != NULL)
			made->n = made_before;
		return err_wrap(err, rc, "alerts about job %lld", (long long)job);
	}
	return ERR_OK;
}

enum err_code alert_expect(struct db *db, int64_t job, int64_t run, int64_t pipeline_id,
			   bool *expected, int64_t *unnoted, struct err *err)
{
	struct db_param params[] = { DB_INT8(job), DB_INT8(run), DB_INT8(pipeline_id) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_alert_expect, params, 3, &res, err);

	*expected = rc == ERR_OK && db_result_int8(res, 0, "n") > 0;
	*unnoted = rc == ERR_OK ? db_result_int8(res, 0, "unnoted") : 0;
	db_result_free(res);
	return rc;
}

enum err_code alert_left(struct arena *mem, struct db *db, struct alert_ends *out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_alert_left, NULL, 0, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->e = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->e));
	for (int i = 0; i < db_result_rows(res); i++)
		out->e[out->n++] = (struct alert_end){
			.org_id = db_result_int8(res, i, "org_id"),
			.job = db_result_int8(res, i, "job_id"),
			.run = db_result_int8(res, i, "run"),
		};
	db_result_free(res);
	return ERR_OK;
}

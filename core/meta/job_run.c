/*
 * core/meta/job_run.c
 *	Claim, heartbeat, settle, fail, hand back: each one statement.
 */
#include "core/meta/job_run.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/fault.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define CLAIM_TRIES       5
#define SETTLE_DEADLINE_MS 600000	/* it may have a million pending rejects to take away */

static enum err_code fenced(const struct job_lease *l, struct err *err)
{
	return err_set(err, ERR_FENCED, "run %" PRId64 " of job %" PRId64 " is over: another one "
		       "has taken over", l->run, l->job);
}

/* ---- claiming ---------------------------------------------------------------- */

static void read_claim(struct arena *mem, const struct db_result *res, int i,
		       struct job_claimed *out)
{
	*out = (struct job_claimed){
		.lease = { .org_id = db_result_int8(res, i, "org_id"),
			   .job = db_result_int8(res, i, "job_id"),
			   .run = db_result_int8(res, i, "run_no") },
		.kind = row_text(mem, res, i, "kind"),
		.body = row_text(mem, res, i, "body"),
		.pipeline_id = db_result_int8(res, i, "pipeline_id"),
		.attempt = (int)db_result_int8(res, i, "attempt"),
		.max_attempts = (int)db_result_int8(res, i, "max_attempts"),
		.lost = (int)db_result_int8(res, i, "lost"),
		.is_cancelled = db_result_bool(res, i, "is_cancelled"),
	};
}

/* Another claimer got a job of the same pipeline in between: its index says so. Look again. */
static enum err_code claim(struct db *db, const char *sql, const struct db_param *params,
			   int nparams, struct db_result **out, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int i = 0; i < CLAIM_TRIES; i++) {
		err_clear(err);
		rc = db_query(db, sql, params, nparams, out, err);
		if (rc == ERR_OK || strcmp(err->sqlstate, "23505") != 0)
			break;
	}
	return rc;
}

enum err_code job_claim(struct arena *mem, struct db *db, const char *engine, int max, int lease_ms,
			struct job_claims *out, struct err *err)
{
	struct db_param params[] = { DB_INT8(lease_ms), DB_TEXT(engine), DB_INT8(max) };
	struct db_result *res = NULL;
	enum err_code rc;

	memset(out, 0, sizeof(*out));
	rc = claim(db, sql_job_claim, params, 3, &res, err);
	if (rc != ERR_OK && strcmp(err->sqlstate, "23505") == 0)
		return ERR_OK;	/* whoever won runs it */
	if (rc != ERR_OK)
		return rc;
	out->c = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->c));
	for (; out->n < db_result_rows(res); out->n++)
		read_claim(mem, res, out->n, &out->c[out->n]);
	db_result_free(res);
	return ERR_OK;
}

/* Why a certain job could not be had. */
static enum err_code refuse_claim(struct db *db, int64_t org_id, int64_t job, struct err *err)
{
	struct db_param params[] = { DB_INT8(org_id), DB_INT8(job) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_job_peek, params, 2, &res, err);
	enum job_state state;
	int64_t busy;

	if (rc != ERR_OK)
		return rc;
	if (db_result_rows(res) == 0) {
		db_result_free(res);
		return err_set(err, ERR_NOT_FOUND, "there is no job %" PRId64, job);
	}
	state = (enum job_state)db_result_int8(res, 0, "state");
	busy = db_result_int8(res, 0, "busy");
	db_result_free(res);
	if (state != JOB_QUEUED)
		return err_set(err, ERR_CONFLICT, "job %" PRId64 " is %s", job,
			       job_state_name(state));
	if (busy == 0)
		return err_set(err, ERR_CONFLICT, "another engine is taking job %" PRId64, job);
	err_set(err, ERR_CONFLICT, "job %" PRId64 " of the same pipeline is running", busy);
	err_hint(err, "Follow it with: leat job watch %" PRId64, busy);
	return ERR_CONFLICT;
}

enum err_code job_claim_one(struct arena *mem, struct db *db, int64_t org_id, int64_t job,
			    const char *engine, int lease_ms, struct job_claimed *out,
			    struct err *err)
{
	struct db_param params[] = { DB_INT8(lease_ms), DB_TEXT(engine), DB_INT8(org_id),
				     DB_INT8(job) };
	struct db_result *res = NULL;
	enum err_code rc;

	memset(out, 0, sizeof(*out));
	rc = claim(db, sql_job_claim_one, params, 4, &res, err);
	if (rc != ERR_OK && strcmp(err->sqlstate, "23505") == 0)
		rc = refuse_claim(db, org_id, job, err);
	else if (rc == ERR_OK && db_result_rows(res) == 0)
		rc = refuse_claim(db, org_id, job, err);
	else if (rc == ERR_OK)
		read_claim(mem, res, 0, out);
	db_result_free(res);
	return rc;
}

/* A moment in ms from now that may lie behind us already; -1 for null. */
static enum err_code read_ms(struct db *db, const char *sql, int64_t *ms, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql, NULL, 0, &res, err);

	*ms = -1;
	if (rc == ERR_OK && db_result_text(res, 0, "ms") != NULL) {
		*ms = db_result_int8(res, 0, "ms");
		if (*ms < 0)
			*ms = 0;
	}
	db_result_free(res);
	return rc;
}

enum err_code job_next_due(struct db *db, int64_t *ms, struct err *err)
{
	return read_ms(db, sql_job_next_due, ms, err);
}

enum err_code job_next_expiry(struct db *db, int64_t *ms, struct err *err)
{
	return read_ms(db, sql_job_next_expiry, ms, err);
}

/* ---- while it runs ------------------------------------------------------------- */

enum err_code job_heartbeat(struct db *db, const struct job_lease *l, int lease_ms,
			    const struct job_progress *p, bool *cancel, struct err *err)
{
	struct db_param params[12] = { DB_INT8(l->org_id), DB_INT8(l->job), DB_INT8(l->run),
				       DB_INT8(lease_ms) };
	struct db_result *res = NULL;
	enum err_code rc;

	*cancel = false;
	if (p != NULL) {
		params[4] = DB_INT8(p->counts.read);
		params[5] = DB_INT8(p->counts.written);
		params[6] = DB_INT8(p->counts.unchanged);
		params[7] = DB_INT8(p->counts.filtered);
		params[8] = DB_INT8(p->counts.rejected);
		params[9] = DB_INT8(p->counts.bytes);
		params[10] = DB_INT8(p->total_bytes);
		params[11] = DB_TEXT(p->phase);
	}
	rc = db_query(db, sql_job_heartbeat, params, 12, &res, err);
	if (rc == ERR_OK && db_result_rows(res) == 0)
		rc = fenced(l, err);
	else if (rc == ERR_OK)
		*cancel = db_result_bool(res, 0, "cancel");
	db_result_free(res);
	return rc;
}

/* ---- how it ends ----------------------------------------------------------------- */

/* Nothing was changed: because it is settled just so already, or because of the fence. */
static enum err_code settled_before(struct db *db, const struct job_lease *l, int64_t run,
				    struct err *err)
{
	struct db_param params[] = { DB_INT8(l->org_id), DB_INT8(l->job) };
	int64_t committed;
	enum err_code rc = row_int8(db, sql_job_peek, params, 2, "committed_run", &committed, err);

	if (rc == ERR_OK && committed != run)
		rc = fenced(l, err);
	return rc;
}

static enum err_code settle(struct db *db, const struct job_lease *l, const struct job_done *d,
			    bool is_found, struct err *err)
{
	struct db_param params[] = {
		DB_INT8(l->org_id), DB_INT8(l->job), DB_INT8(l->run), DB_INT8(d->committed_run),
		DB_INT8(d->counts.read), DB_INT8(d->counts.written), DB_INT8(d->counts.unchanged),
		DB_INT8(d->counts.filtered), DB_INT8(d->counts.rejected), DB_INT8(d->counts.bytes),
		DB_BOOL(is_found), DB_TEXT(d->bookmark), DB_TEXT(d->result),
		DB_INT8(d->is_failed ? JOB_FAILED : JOB_SUCCEEDED),
		DB_TEXT(d->error_code), DB_TEXT(d->error), DB_TEXT(d->hint),
	};
	int64_t done;
	enum err_code rc;

	if (d->committed_run <= 0)
		return err_set(err, ERR_BUG, "job %" PRId64 " settled without a run", l->job);
	if (FAULT("job-settle"))
		return err_set(err, ERR_TRANSIENT, "settling job %" PRId64 ": fault", l->job);
	db_set_deadline(db, SETTLE_DEADLINE_MS);
	rc = row_int8(db, sql_job_settle, params, 17, "done", &done, err);
	db_set_deadline(db, 0);
	if (rc == ERR_OK && done == 0)
		rc = settled_before(db, l, d->committed_run, err);
	return rc;
}

enum err_code job_settle(struct db *db, const struct job_lease *l, const struct job_done *d,
			 struct err *err)
{
	return settle(db, l, d, false, err);
}

enum err_code job_settle_found(struct db *db, const struct job_lease *l, const struct job_done *d,
			       struct err *err)
{
	return settle(db, l, d, true, err);
}

enum err_code job_fail(struct db *db, const struct job_lease *l, const struct err *e,
		       enum job_trace trace, enum job_state *state, struct err *err)
{
	char text[600];
	struct db_param params[] = {
		DB_INT8(l->org_id), DB_INT8(l->job), DB_INT8(l->run),
		DB_BOOL(err_is_retryable(e->code)), DB_BOOL(e->code == ERR_CANCELLED),
		DB_INT8(trace), DB_TEXT(err_name(e->code)), DB_TEXT(text),
		DB_TEXT(e->hint[0] != '\0' ? e->hint : NULL),
		DB_TEXT(e->sqlstate[0] != '\0' ? e->sqlstate : NULL),
		DB_INT8(JOB_BACKOFF_MS), DB_INT8(JOB_BACKOFF_CAP_MS),
	};
	struct db_result *res = NULL;
	enum err_code rc;

	err_text(e, text, sizeof(text));
	db_set_deadline(db, SETTLE_DEADLINE_MS);
	rc = db_query(db, sql_job_fail, params, 12, &res, err);
	db_set_deadline(db, 0);
	if (rc == ERR_OK && db_result_rows(res) == 0)
		rc = fenced(l, err);
	else if (rc == ERR_OK && state != NULL)
		*state = (enum job_state)db_result_int8(res, 0, "state");
	db_result_free(res);
	return rc;
}

enum err_code job_hand_back(struct db *db, const struct job_lease *l, enum job_trace trace,
			    struct err *err)
{
	struct db_param params[] = { DB_INT8(l->org_id), DB_INT8(l->job), DB_INT8(l->run),
				     DB_INT8(trace) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_job_hand_back, params, 4, &res, err);

	if (rc == ERR_OK && db_result_rows(res) == 0)
		rc = fenced(l, err);
	db_result_free(res);
	return rc;
}

/* ---- what others left -------------------------------------------------------------- */

static void read_lease(const struct db_result *res, int i, struct job_lease *out)
{
	out->org_id = db_result_int8(res, i, "org_id");
	out->job = db_result_int8(res, i, "job_id");
	out->run = db_result_int8(res, i, "run_no");
}

enum err_code job_rescue(struct arena *mem, struct db *db, struct job_losts *out, struct err *err)
{
	struct db_param params[] = { DB_INT8(JOB_MAX_LOST), DB_INT8(JOB_BACKOFF_MS) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_job_rescue, params, 2, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->j = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->j));
	for (; out->n < db_result_rows(res); out->n++) {
		read_lease(res, out->n, &out->j[out->n].lease);
		out->j[out->n].state = (enum job_state)db_result_int8(res, out->n, "state");
	}
	db_result_free(res);
	return ERR_OK;
}

enum err_code job_holders(struct arena *mem, struct db *db, const char *prefix,
			  struct job_holders *out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = row_query(db, sql_job_holders, prefix, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->engine = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->engine));
	for (; out->n < db_result_rows(res); out->n++)
		out->engine[out->n] = row_text(mem, res, out->n, "engine");
	db_result_free(res);
	return ERR_OK;
}

enum err_code job_let_go(struct db *db, const char *engine, struct err *err)
{
	struct db_param params[] = { DB_TEXT(engine) };

	return db_query(db, sql_job_let_go, params, 1, NULL, err);
}

enum err_code job_unsettled(struct arena *mem, struct db *db, int64_t org_id, int64_t pipeline_id,
			    struct job_unsettleds *out, struct err *err)
{
	struct db_param params[] = { DB_INT8(org_id), DB_INT8(pipeline_id) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_job_unsettled, params, 2, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->j = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->j));
	for (; out->n < db_result_rows(res); out->n++) {
		read_lease(res, out->n, &out->j[out->n].lease);
		out->j[out->n].body = row_text(mem, res, out->n, "body");
	}
	db_result_free(res);
	return ERR_OK;
}

enum err_code job_clear_found(struct db *db, const struct job_lease *l, struct err *err)
{
	struct db_param params[] = { DB_INT8(l->org_id), DB_INT8(l->job), DB_INT8(l->run) };
	int64_t done;
	enum err_code rc = row_int8(db, sql_job_clear_found, params, 3, "done", &done, err);

	return rc == ERR_OK && done == 0 ? fenced(l, err) : rc;
}

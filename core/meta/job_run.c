/*
 * core/meta/job_run.c
 *	Claim, heartbeat, settle, fail, hand back: each one statement.
 */
#include "core/meta/job_run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fault.h"
#include "core/meta/deadline.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define FINISH_BYTES       (16 << 20)	/* of results in one call */
#define FINISH_PARAMS      6
#define FINISH_GAP         64	/* between two numbers that are read in one go */
/* Late commits are found that late at most, or after this many times what looking takes. */
#define HINTS_US           1000000
#define HINTS_SHARE        20

static enum err_code fenced(const struct job_lease *l, struct err *err)
{
	return err_set(err, ERR_FENCED, "run %" PRId64 " of job %" PRId64 " is over: another one "
		       "has taken over", l->run, l->job);
}

/* ---- claiming ---------------------------------------------------------------- */

/*
 * Columns as leat.start() has them: a claim of many reads them by place, not by name. What
 * is nearly always the same is null then.
 */
enum {
	ORG, LANE, JOB, RUN, ATTEMPT, LOST, IS_CANCELLED, KIND, PIPELINE, MAX_ATTEMPTS,
	TIME_LIMIT, BODY, NTH
};

static int64_t number_at(const struct db_result *res, int i, int col)
{
	const char *v = db_result_at(res, i, col);

	return v != NULL ? strtoll(v, NULL, 10) : 0;
}

static void read_claim(struct arena *mem, const struct db_result *res, int i,
		       struct job_claimed *out)
{
	*out = (struct job_claimed){
		.lease = { .org_id = number_at(res, i, ORG), .job = number_at(res, i, JOB),
			   .run = number_at(res, i, RUN), .lane = number_at(res, i, LANE) },
		.kind = arena_strdup(mem, db_result_at(res, i, KIND)),
		.body = arena_strdup(mem, db_result_at(res, i, BODY)),
		.pipeline_id = number_at(res, i, PIPELINE),
		.attempt = (int)number_at(res, i, ATTEMPT),
		.max_attempts = (int)number_at(res, i, MAX_ATTEMPTS),
		.time_limit_ms = number_at(res, i, TIME_LIMIT),
		.lost = (int)number_at(res, i, LOST),
		.is_cancelled = db_result_at(res, i, IS_CANCELLED) != NULL,
	};
}

/* What the database's words mean here. */
static enum err_code refuse_engine(int engine, struct err *err)
{
	if (strcmp(err->sqlstate, "LT002") != 0)
		return err->code;
	err_clear(err);
	return err_set(err, ERR_FENCED, "engine %d was given up by the others", engine);
}

/* What a claim taught about where to look next; a short one says: everywhere. */
static void learn(struct job_claimer *who, const struct job_claims *got, int max, int64_t took_us)
{
	int64_t now = clock_mono_us();

	if (who->nhints == 0) {
		who->full_us = took_us;
		who->hints_us = now;
	}
	if (got->n > 0)
		who->after_org = got->c[got->n - 1].lease.org_id;
	if (got->n < max || now - who->hints_us > HINTS_US + HINTS_SHARE * who->full_us) {
		who->nhints = 0;
		return;
	}
	for (int i = 0; i < got->n; i++) {
		const struct job_lease *l = &got->c[i].lease;
		int at = 0;

		while (at < who->nhints && who->lane[at] != l->lane)
			at++;
		if (at == JOB_HINTS)
			continue;
		who->lane[at] = l->lane;
		who->floor[at] = l->job + 1;
		who->nhints += at == who->nhints;
	}
}

/* Which row comes when: as it was picked, or by number. */
struct turn {
	int64_t nth, job;
	int row;
};

static int by_turn(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	if (x->nth != y->nth)
		return x->nth < y->nth ? -1 : 1;
	return x->job < y->job ? -1 : x->job > y->job;
}

/* Each row tells when there is a token again; the only one is without a job when there is none. */
static void read_claims(struct arena *mem, const struct db_result *res, struct job_claims *out)
{
	size_t rows = (size_t)db_result_rows(res);
	struct turn *turns = arena_array(mem, rows + 1, sizeof(*turns));

	out->c = arena_array(mem, rows + 1, sizeof(*out->c));
	for (int i = 0; i < db_result_rows(res); i++) {
		if (db_result_at(res, i, JOB) != NULL)
			turns[out->n++] = (struct turn){ number_at(res, i, NTH),
							 number_at(res, i, JOB), i };
	}
	qsort(turns, (size_t)out->n, sizeof(*turns), by_turn);
	for (int i = 0; i < out->n; i++)
		read_claim(mem, res, turns[i].row, &out->c[i]);
	if (db_result_text(res, 0, "wait_ms") != NULL)
		out->wait_ms = (int64_t)db_result_float8(res, 0, "wait_ms") + 1;
}

/* Runs sql, a claim with nmore parameters of its own before those of every claim. */
static enum err_code claim(struct arena *mem, struct db *db, struct job_claimer *who, int max,
			   const char *sql, const struct db_param *more, int nmore,
			   struct job_claims *out, int64_t *done, struct err *err)
{
	struct buf lanes, floors;
	struct db_result *res = NULL;
	int64_t began = clock_mono_us();
	enum err_code rc;

	*out = (struct job_claims){ .wait_ms = -1 };
	if (max > JOB_CLAIM_MAX)
		max = JOB_CLAIM_MAX;
	buf_init(&lanes, 4096);
	buf_init(&floors, 4096);
	rc = row_array(&lanes, who->lane, who->nhints, err);
	if (rc == ERR_OK)
		rc = row_array(&floors, who->floor, who->nhints, err);
	if (rc == ERR_OK) {
		struct db_param params[FINISH_PARAMS + 6] = { 0 };
		struct db_param *p = params;

		for (int i = 0; i < nmore; i++)
			*p++ = more[i];
		*p++ = DB_INT8(who->engine);
		*p++ = DB_INT8(max);
		*p++ = DB_TEXT(who->queues);
		*p++ = DB_INT8(who->after_org);
		*p++ = DB_TEXT(buf_str(&lanes));
		*p++ = DB_TEXT(buf_str(&floors));
		rc = db_query(db, sql, params, (int)(p - params), &res, err);
		if (rc != ERR_OK)
			rc = refuse_engine(who->engine, err);
	}
	if (rc == ERR_OK && FAULT("job-claimed"))
		rc = err_set(err, ERR_TRANSIENT, "claiming: fault");
	if (rc == ERR_OK) {
		if (done != NULL)
			*done = db_result_int8(res, 0, "done");
		read_claims(mem, res, out);
		learn(who, out, max, clock_mono_us() - began);
	}
	db_result_free(res);
	buf_release(&lanes);
	buf_release(&floors);
	return rc;
}

enum err_code job_claim(struct arena *mem, struct db *db, struct job_claimer *who, int max,
			struct job_claims *out, struct err *err)
{
	return claim(mem, db, who, max, sql_job_claim, NULL, 0, out, NULL, err);
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

static enum err_code refuse_held(int64_t job, struct err *err)
{
	err_set(err, ERR_CONFLICT, "job %" PRId64 " waits: its pipeline is held, because an earlier "
		"job rejected too many rows", job);
	err_hint(err, "leat job show %" PRId64 " tells which, and what lets it go on.", job);
	return ERR_CONFLICT;
}

enum err_code job_claim_one(struct arena *mem, struct db *db, int engine, int64_t org_id,
			    int64_t job, struct job_claimed *out, struct err *err)
{
	enum { GOT, NOT_THERE, NO_PLACE, PIPELINE_BUSY, PIPELINE_HELD };
	struct db_param params[] = { DB_INT8(engine), DB_INT8(org_id), DB_INT8(job) };
	struct db_result *res = NULL;
	int64_t what;
	enum err_code rc;

	memset(out, 0, sizeof(*out));
	rc = db_query(db, sql_job_claim_one, params, 3, &res, err);
	if (rc != ERR_OK)
		return refuse_engine(engine, err);
	what = db_result_int8(res, 0, "what");
	if (what == GOT)
		read_claim(mem, res, 0, out);
	else if (what == NO_PLACE)
		rc = err_set(err, ERR_TRANSIENT, "job %" PRId64 " has to wait: a limit is reached",
			     job);
	else if (what == PIPELINE_HELD)
		rc = refuse_held(job, err);
	else
		rc = refuse_claim(db, org_id, job, err);
	db_result_free(res);
	return rc;
}

/* A moment in ms from now that may lie behind us already; -1 for null or no row. */
static enum err_code read_ms(struct db *db, const char *sql, const struct db_param *params,
			     int nparams, int64_t *ms, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql, params, nparams, &res, err);

	*ms = -1;
	if (rc == ERR_OK && db_result_rows(res) > 0 && db_result_text(res, 0, "ms") != NULL) {
		*ms = db_result_int8(res, 0, "ms");
		if (*ms < 0)
			*ms = 0;
	}
	db_result_free(res);
	return rc;
}

enum err_code job_promote(struct db *db, int64_t *ms, struct err *err)
{
	if (FAULT("job-promote"))
		return err_set(err, ERR_TRANSIENT, "looking for due jobs: fault");
	return read_ms(db, sql_job_promote, NULL, 0, ms, err);
}

enum err_code job_due(struct db *db, int64_t org_id, int64_t job, int64_t *ms, struct err *err)
{
	struct db_param params[] = { DB_INT8(org_id), DB_INT8(job) };

	return read_ms(db, sql_job_due, params, 2, ms, err);
}

enum err_code job_arm(struct db *db, const char *queues, bool *armed, struct err *err)
{
	int64_t done;
	struct db_param params[] = { DB_TEXT(queues) };
	enum err_code rc = row_int8(db, sql_job_arm, params, 1, "done", &done, err);

	if (rc == ERR_OK && FAULT("job-armed"))
		rc = err_set(err, ERR_TRANSIENT, "arming: fault");
	*armed = rc == ERR_OK && done != 0;
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
		DB_INT8(l->org_id), DB_INT8(l->lane), DB_INT8(l->job), DB_INT8(l->run),
		DB_INT8(d->committed_run), DB_INT8(d->counts.read), DB_INT8(d->counts.written),
		DB_INT8(d->counts.unchanged),
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
	db_set_deadline(db, DEADLINE_REJECTS_MS);
	rc = row_int8(db, sql_job_settle, params, 18, "done", &done, err);
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
		       const struct job_left *left, enum job_state *state, struct err *err)
{
	char text[600];
	struct db_param params[] = {
		DB_INT8(l->org_id), DB_INT8(l->lane), DB_INT8(l->job), DB_INT8(l->run),
		DB_BOOL(err_is_retryable(e->code)), DB_BOOL(e->code == ERR_CANCELLED),
		DB_INT8(left->trace), DB_INT8(left->standing), DB_TEXT(err_name(e->code)),
		DB_TEXT(text),
		DB_TEXT(e->hint[0] != '\0' ? e->hint : NULL),
		DB_TEXT(e->sqlstate[0] != '\0' ? e->sqlstate : NULL),
		DB_INT8(JOB_BACKOFF_MS), DB_INT8(JOB_BACKOFF_CAP_MS),
		DB_INT8(left->retry_after_ms),
		left->seen != NULL ? DB_INT8(left->seen->read) : DB_NULL,
		left->seen != NULL ? DB_INT8(left->seen->rejected) : DB_NULL,
	};
	struct db_result *res = NULL;
	enum err_code rc;

	err_text(e, text, sizeof(text));
	db_set_deadline(db, DEADLINE_REJECTS_MS);
	rc = db_query(db, sql_job_fail, params, 17, &res, err);
	db_set_deadline(db, 0);
	if (rc == ERR_OK && db_result_text(res, 0, "state") == NULL)
		rc = fenced(l, err);
	else if (rc == ERR_OK && state != NULL)
		*state = (enum job_state)db_result_int8(res, 0, "state");
	db_result_free(res);
	return rc;
}

enum err_code job_hand_back(struct db *db, const struct job_lease *l, enum job_trace trace,
			    struct err *err)
{
	struct db_param params[] = { DB_INT8(l->org_id), DB_INT8(l->lane), DB_INT8(l->job),
				     DB_INT8(l->run), DB_INT8(trace) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_job_hand_back, params, 5, &res, err);

	if (rc == ERR_OK && db_result_text(res, 0, "state") == NULL)
		rc = fenced(l, err);
	db_result_free(res);
	return rc;
}

/* '{"a",NULL}' of texts, as a parameter. */
static enum err_code text_array(struct buf *out, const char *const *v, int n, struct err *err)
{
	enum err_code rc = buf_append(out, "{", 1, err);

	for (int i = 0; i < n && rc == ERR_OK; i++) {
		rc = buf_printf(out, err, "%s%s", i > 0 ? "," : "", v[i] != NULL ? "\"" : "NULL");
		for (const char *p = v[i]; p != NULL && *p != '\0' && rc == ERR_OK; p++)
			rc = buf_printf(out, err, "%s%c", *p == '"' || *p == '\\' ? "\\" : "",
					*p);
		if (rc == ERR_OK && v[i] != NULL)
			rc = buf_append(out, "\"", 1, err);
	}
	return rc == ERR_OK ? buf_append(out, "}", 1, err) : rc;
}

/* By what job_finish() of the database reads together. */
static int by_place(const void *a, const void *b)
{
	const struct job_lease *l = *(const struct job_lease *const *)a;
	const struct job_lease *r = *(const struct job_lease *const *)b;

	if (l->org_id != r->org_id)
		return l->org_id < r->org_id ? -1 : 1;
	if (l->lane != r->lane)
		return l->lane < r->lane ? -1 : 1;
	if (l->run != r->run)
		return l->run < r->run ? -1 : 1;
	return l->job < r->job ? -1 : l->job > r->job;
}

/* The parameters of an end of many, and what they point to. */
struct finish {
	struct buf b[FINISH_PARAMS];
	struct db_param params[FINISH_PARAMS];
};

static void finish_release(struct finish *f)
{
	for (int i = 0; i < FINISH_PARAMS; i++)
		buf_release(&f->b[i]);
}

static enum err_code finish_params(struct finish *f, const struct job_lease *l,
				   const char *const *results, int n, struct err *err)
{
	enum { ORGS, LANES, RUNS, ENDS, JOBS, RESULTS };
	const struct job_lease *at[JOB_CLAIM_MAX];
	const char *result[JOB_CLAIM_MAX];
	int64_t v[RESULTS][JOB_CLAIM_MAX];
	enum err_code rc = ERR_OK;
	int groups = 0;

	for (int i = 0; i < FINISH_PARAMS; i++)
		buf_init(&f->b[i], FINISH_BYTES);
	if (n > JOB_CLAIM_MAX)
		return err_set(err, ERR_BUG, "%d jobs finished at once", n);
	for (int i = 0; i < n; i++)
		at[i] = &l[i];
	qsort(at, (size_t)n, sizeof(at[0]), by_place);
	for (int i = 0; i < n; i++) {
		const struct job_lease *k = at[i], *last = i > 0 ? at[i - 1] : NULL;

		if (last == NULL || last->org_id != k->org_id || last->lane != k->lane ||
		    last->run != k->run || k->job - last->job > FINISH_GAP) {
			v[ORGS][groups] = k->org_id;
			v[LANES][groups] = k->lane;
			v[RUNS][groups++] = k->run;
		}
		v[ENDS][groups - 1] = i + 1;
		v[JOBS][i] = k->job;
		if (results != NULL)
			result[i] = results[k - l];
	}
	for (int i = 0; i < RESULTS && rc == ERR_OK; i++)
		rc = row_array(&f->b[i], v[i], i == JOBS ? n : groups, err);
	if (rc == ERR_OK && results != NULL)
		rc = text_array(&f->b[RESULTS], result, n, err);
	for (int i = 0; i < FINISH_PARAMS; i++)
		f->params[i] = DB_TEXT(buf_str(&f->b[i]));
	if (results == NULL)
		f->params[RESULTS] = DB_NULL;
	return rc;
}

enum err_code job_finish(struct db *db, const struct job_lease *l, const char *const *results,
			 int n, int64_t *held, struct err *err)
{
	struct finish f;
	enum err_code rc = finish_params(&f, l, results, n, err);

	*held = 0;
	if (rc == ERR_OK)
		rc = row_int8(db, sql_job_finish, f.params, FINISH_PARAMS, "done", held, err);
	finish_release(&f);
	return rc;
}

enum err_code job_turn(struct arena *mem, struct db *db, struct job_claimer *who,
		       const struct job_turn *in, struct job_claims *out, int64_t *held,
		       struct err *err)
{
	struct finish f;
	enum err_code rc = finish_params(&f, in->lease, in->results, in->n, err);

	*held = 0;
	*out = (struct job_claims){ .wait_ms = -1 };
	if (rc == ERR_OK)
		rc = claim(mem, db, who, in->max, sql_job_turn, f.params, FINISH_PARAMS, out,
			   held, err);
	finish_release(&f);
	return rc;
}

enum err_code job_sweep(struct db *db, int keep_days, struct err *err)
{
	enum err_code rc;

	db_set_deadline(db, DEADLINE_REJECTS_MS);
	rc = db_query(db, sql_job_sweep, &DB_INT8(keep_days), 1, NULL, err);
	db_set_deadline(db, 0);
	return rc;
}

/* ---- what others left -------------------------------------------------------------- */

static void read_lease(const struct db_result *res, int i, struct job_lease *out)
{
	out->org_id = db_result_int8(res, i, "org_id");
	out->job = db_result_int8(res, i, "job_id");
	out->run = db_result_int8(res, i, "run_no");
	out->lane = db_result_int8(res, i, "lane_id");
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
		out->j[out->n].kind = row_text(mem, res, out->n, "kind");
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

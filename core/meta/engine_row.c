/*
 * core/meta/engine_row.c
 *	The engines' own table, and the locks that tell who lives.
 */
#include "core/meta/engine_row.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/meta/list.h"
#include "core/meta/row.h"
#include "core/meta/sql_text.h"

#define PULSE_BYTES (1 << 20)	/* of running jobs in one heartbeat */

static enum err_code buried(int id, struct err *err)
{
	return err_set(err, ERR_FENCED, "engine %d was given up by the others", id);
}

/* A row with id and is_locked. */
static enum err_code take_lock(const struct db_result *res, int *id, struct err *err)
{
	if (db_result_rows(res) == 0)
		return buried(*id, err);
	*id = (int)db_result_int8(res, 0, "id");
	if (!db_result_bool(res, 0, "is_locked"))
		return err_set(err, ERR_TRANSIENT, "engine %d: its lock is still held", *id);
	return ERR_OK;
}

enum err_code engine_row_start(struct db *db, const struct engine_self *self, int *id,
			       struct err *err)
{
	struct db_param params[] = { DB_TEXT(self->name), DB_TEXT(self->version),
				     DB_INT8(self->slots), DB_TEXT(self->queues) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_engine_start, params, 4, &res, err);

	if (rc == ERR_OK)
		rc = take_lock(res, id, err);
	db_result_free(res);
	return rc;
}

enum err_code engine_row_lock(struct db *db, int id, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_engine_lock, &DB_INT8(id), 1, &res, err);

	if (rc == ERR_OK)
		rc = take_lock(res, &id, err);
	db_result_free(res);
	return rc;
}

enum err_code engine_row_unlock(struct db *db, int id, struct err *err)
{
	return db_query(db, sql_engine_unlock, &DB_INT8(id), 1, NULL, err);
}

enum err_code engine_row_stop(struct db *db, int id, struct err *err)
{
	return db_query(db, sql_engine_stop, &DB_INT8(id), 1, NULL, err);
}

enum err_code engine_row_rest(struct db *db, int id, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_engine_rest, &DB_INT8(id), 1, &res, err);

	if (rc == ERR_OK && db_result_rows(res) == 0)
		rc = buried(id, err);
	db_result_free(res);
	return rc;
}

enum err_code engine_row_strays(struct db *db, int id, const int64_t *held, int n, int *jobs,
				struct err *err)
{
	struct buf ids;
	int64_t count = 0;
	enum err_code rc;

	buf_init(&ids, PULSE_BYTES);
	rc = row_array(&ids, held, n, err);
	if (rc == ERR_OK) {
		struct db_param params[] = { DB_INT8(id), DB_TEXT(buf_str(&ids)) };

		rc = row_int8(db, sql_engine_strays, params, 2, "jobs", &count, err);
	}
	buf_release(&ids);
	*jobs = (int)count;
	return rc;
}

/* ---- heartbeat ------------------------------------------------------------- */

static enum err_code add_spent(struct buf *out, const struct job_spent *s, struct err *err)
{
	struct arena *mem = arena_new(NULL, "spent");
	const char *json = job_spent_json(mem, s);
	enum err_code rc = json != NULL ? buf_printf(out, err, ",\"spent\":%s", json) : ERR_OK;

	arena_free(mem);
	return rc;
}

static enum err_code write_pulse(struct buf *out, const struct engine_pulse *p, struct err *err)
{
	enum err_code rc;

	rc = buf_printf(out, err,
			"{\"org\":%" PRId64 ",\"lane\":%" PRId64 ",\"job\":%" PRId64
			",\"run\":%" PRId64 ",\"is_new\":%s",
			p->lease.org_id, p->lease.lane, p->lease.job, p->lease.run,
			p->is_new ? "true" : "false");
	if (rc == ERR_OK && p->is_new)
		rc = buf_printf(out, err,
				",\"read\":%" PRId64 ",\"written\":%" PRId64
				",\"unchanged\":%" PRId64 ",\"filtered\":%" PRId64
				",\"rejected\":%" PRId64 ",\"bytes\":%" PRId64
				",\"total\":%" PRId64, p->counts.read, p->counts.written,
				p->counts.unchanged, p->counts.filtered, p->counts.rejected,
				p->counts.bytes, p->total_bytes);
	if (rc == ERR_OK && p->is_new && p->phase != NULL) {
		rc = buf_printf(out, err, ",\"phase\":");
		if (rc == ERR_OK)
			rc = row_json_text(out, p->phase, strlen(p->phase), 20, err);
	}
	if (rc == ERR_OK && p->is_new)
		rc = add_spent(out, &p->spent, err);
	return rc == ERR_OK ? buf_append(out, "}", 1, err) : rc;
}

static void read_pulses(const struct db_result *res, struct engine_pulse *p, int n)
{
	for (int i = 0; i < n; i++)
		p[i].is_held = p[i].is_cancelled = p[i].is_paused = false;
	for (int r = 0; r < db_result_rows(res); r++) {
		int64_t job = db_result_int8(res, r, "job"), run = db_result_int8(res, r, "run");

		for (int i = 0; i < n; i++) {
			if (p[i].lease.job != job || p[i].lease.run != run)
				continue;
			p[i].is_held = true;
			p[i].is_cancelled = db_result_bool(res, r, "is_draining");
			p[i].is_paused = db_result_bool(res, r, "is_paused");
		}
	}
}

enum err_code engine_row_beat(struct db *db, int id, int lease_ms, struct engine_pulse *p, int n,
			      bool *drain, struct err *err)
{
	struct db_result *res = NULL;
	struct buf json;
	enum err_code rc;

	*drain = false;
	buf_init(&json, PULSE_BYTES);
	rc = buf_append(&json, "[", 1, err);
	for (int i = 0; i < n && rc == ERR_OK; i++) {
		if (i > 0)
			rc = buf_append(&json, ",", 1, err);
		if (rc == ERR_OK)
			rc = write_pulse(&json, &p[i], err);
	}
	if (rc == ERR_OK)
		rc = buf_append(&json, "]", 1, err);
	if (rc == ERR_OK) {
		struct db_param params[] = { DB_INT8(id), DB_INT8(lease_ms),
					     DB_TEXT(buf_str(&json)) };

		rc = db_query(db, sql_engine_beat, params, 3, &res, err);
	}
	if (rc == ERR_OK) {
		read_pulses(res, p, n);
		/* Its own row comes without a job; without it, the engine is no more. */
		if (db_result_rows(res) == 0 || db_result_text(res, 0, "job") != NULL)
			rc = buried(id, err);
		else
			*drain = db_result_bool(res, 0, "is_draining");
	}
	db_result_free(res);
	buf_release(&json);
	return rc;
}

/* ---- the others ----------------------------------------------------------------- */

enum err_code engine_row_others(struct arena *mem, struct db *db, int self,
				struct engine_others *out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_engine_others, &DB_INT8(self), 1, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->e = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->e));
	for (int i = 0; i < db_result_rows(res); i++)
		out->e[out->n++] = (struct engine_other){
			.id = (int)db_result_int8(res, i, "id"),
			.lease_ms = db_result_int8(res, i, "ms"),
			.is_gone = db_result_bool(res, i, "is_gone"),
			.doubt_ms = db_result_int8(res, i, "doubt_ms"),
		};
	db_result_free(res);
	return ERR_OK;
}

enum err_code engine_row_bury(struct db *db, int id, int *jobs, int *left, struct err *err)
{
	struct db_param params[] = { DB_INT8(id), DB_INT8(JOB_MAX_LOST),
				     DB_INT8(JOB_BACKOFF_MS) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(db, sql_engine_bury, params, 3, &res, err);

	*jobs = -1;
	*left = 0;
	if (rc == ERR_OK) {
		*left = (int)db_result_int8(res, 0, "held");
		if (db_result_text(res, 0, "jobs") != NULL)
			*jobs = (int)db_result_int8(res, 0, "jobs");
		*left -= *jobs > 0 ? *jobs : 0;
	}
	db_result_free(res);
	if (*jobs >= 0 && FAULT("engine-buried"))
		return err_set(err, ERR_TRANSIENT, "burying an engine: fault");
	return rc;
}

enum err_code engine_row_overdue(struct db *db, int *jobs, struct err *err)
{
	struct db_param params[] = { DB_INT8(JOB_MAX_LOST), DB_INT8(JOB_BACKOFF_MS) };
	int64_t n;
	enum err_code rc = row_int8(db, sql_engine_overdue, params, 2, "jobs", &n, err);

	*jobs = (int)n;
	return rc;
}

enum err_code engine_row_list(struct arena *mem, struct db *db,
			      const struct list_ask *ask, bool with_stopped,
			      struct engine_rows *out, struct err *err)
{
	struct db_result *res = NULL;
	enum err_code rc = list_query(mem, db, &list_engines, sql_engine_list,
				      &DB_BOOL(with_stopped), 1, ask, &res, err);

	memset(out, 0, sizeof(*out));
	if (rc != ERR_OK)
		return rc;
	out->e = arena_array(mem, (size_t)db_result_rows(res) + 1, sizeof(*out->e));
	for (int i = 0; i < db_result_rows(res); i++)
		out->e[out->n++] = (struct engine_row){
			.id = (int)db_result_int8(res, i, "id"),
			.name = row_text(mem, res, i, "name"),
			.version = row_text(mem, res, i, "version"),
			.slots = (int)db_result_int8(res, i, "slots"),
			.queues = row_text(mem, res, i, "queues"),
			.is_draining = db_result_bool(res, i, "is_draining"),
			.state = row_text(mem, res, i, "state"),
			.lease_until = row_time(mem, res, i, "lease_until"),
			.jobs = (int)db_result_int8(res, i, "jobs"),
			.ids = row_text(mem, res, i, "ids"),
			.started_at = row_time(mem, res, i, "started_at"),
			.stopped_at = row_time(mem, res, i, "stopped_at"),
		};
	db_result_free(res);
	return ERR_OK;
}

enum err_code engine_row_drain(struct db *db, int id, struct err *err)
{
	int64_t done;
	enum err_code rc = row_int8(db, sql_engine_drain, &DB_INT8(id), 1, "done", &done, err);

	if (rc == ERR_OK && done == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "there is no engine %d, or it has ended", id);
		err_hint(err, "See which there are with: leat engine list");
	}
	return rc;
}

/*
 * core/engine/watch.c
 *	Following a job from its events.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/db/db.h"
#include "core/engine/outcome.h"
#include "core/meta/event.h"
#include "core/meta/job_log.h"
#include "core/meta/place.h"

#define STOP_LOOK_MS 200
#define PAGE_LINES   1000
#define RECONNECT_MS 60000

struct watch {
	struct arena *mem;
	const struct engine_env *env;
	const struct engine_hooks *hooks;
	int64_t job;
	struct db *db;
	struct event_inbox inbox;
	int64_t log_after;	/* last log line told */
	int64_t until_us;	/* -1: no end */
};

static enum err_code tell_logs(struct watch *w, struct err *err)
{
	struct job_log_filter f = { .since_ms = -1, .level = LOG_DEBUG };
	struct job_log_lines lines = { 0 };
	struct arena *mem;
	enum err_code rc;

	if (w->hooks == NULL || (w->hooks->note == NULL && w->hooks->line == NULL))
		return ERR_OK;
	mem = arena_new(w->mem, "page");
	do {
		f.after = w->log_after;
		arena_reset(mem);
		rc = job_log_list(mem, w->db, w->job, &f, PAGE_LINES, &lines, err);
		for (int i = 0; i < lines.n && rc == ERR_OK; i++) {
			const struct job_log_line *l = &lines.l[i];

			if (w->hooks->line != NULL)
				w->hooks->line(w->hooks->ctx, l);
			else
				w->hooks->note(w->hooks->ctx, l->level, l->line);
			w->log_after = l->id;
		}
	} while (rc == ERR_OK && lines.n == PAGE_LINES);
	arena_free(mem);
	return rc;
}

static void tell_row(const struct watch *w, const struct job_row *row)
{
	struct engine_progress p = {
		.job = row->id,
		.phase = row->phase != NULL ? row->phase : job_state_name(row->state),
		.ledger = {
			.read = row->counts.read, .written = row->counts.written,
			.unchanged = row->counts.unchanged, .filtered = row->counts.filtered,
			.rejected = row->counts.rejected, .bytes = row->counts.bytes,
		},
		.total_bytes = row->total_bytes,
		.eta_ms = -1,
		.is_last = job_state_is_final(row->state),
	};

	if (w->hooks != NULL && w->hooks->progress != NULL)
		w->hooks->progress(w->hooks->ctx, &p);
}

static void tell_event(const struct watch *w, const struct event *e)
{
	struct engine_progress p = {
		.job = e->job,
		.phase = e->phase,
		.ledger = {
			.read = e->counts.read, .written = e->counts.written,
			.unchanged = e->counts.unchanged, .filtered = e->counts.filtered,
			.rejected = e->counts.rejected, .bytes = e->counts.bytes,
		},
		.total_bytes = e->total_bytes,
		.rows_per_s = (double)e->rows_per_s,
		.eta_ms = e->eta_ms,
	};

	if (w->hooks != NULL && w->hooks->progress != NULL)
		w->hooks->progress(w->hooks->ctx, &p);
}

/* The present state from the table; *done when it is a last one. */
static enum err_code look(struct watch *w, struct engine_outcome *out, struct job_row *row,
			  bool *done, struct err *err)
{
	enum err_code rc = outcome_read(w->mem, w->db, w->job, out, row, err);

	if (rc == ERR_OK)
		rc = tell_logs(w, err);
	if (rc != ERR_OK)
		return rc;
	*done = job_state_is_final(row->state);
	tell_row(w, row);
	return ERR_OK;
}

static int wait_ms(const struct watch *w)
{
	int64_t left = w->until_us < 0 ? -1 : (w->until_us - clock_mono_us()) / 1000;

	if (left < 0 && w->until_us >= 0)
		left = 0;
	if (w->env->stop_fd < 0 && (left < 0 || left > STOP_LOOK_MS))
		return STOP_LOOK_MS;
	return left > 3600000 ? 3600000 : (int)left;
}

/* One event; reads the table only when the state may have changed. */
static enum err_code step(struct watch *w, struct engine_outcome *out, struct job_row *row,
			  bool *done, struct err *err)
{
	struct event e;
	bool got = false;
	enum err_code rc;

	if (w->env->stop != NULL && atomic_load(w->env->stop) != 0)
		return err_set(err, ERR_INTERRUPTED, "stopped watching; the job goes on");
	if (w->until_us >= 0 && clock_mono_us() >= w->until_us)
		return err_set(err, ERR_TIMEOUT, "job %lld has not ended in time",
			       (long long)w->job);
	rc = event_next(w->db, &w->inbox, w->env->stop_fd, wait_ms(w), &e, &got, err);
	if (rc != ERR_OK || !got)
		return rc;
	if (e.kind == EVENT_RESYNC)
		return look(w, out, row, done, err);
	if (e.job != w->job)
		return ERR_OK;
	if (e.kind == EVENT_PROGRESS)
		tell_event(w, &e);
	else if (e.kind == EVENT_LOG)
		rc = tell_logs(w, err);
	else if (e.kind == EVENT_STATE)
		rc = look(w, out, row, done, err);
	return rc;
}

static enum err_code follow(struct watch *w, int64_t org, struct engine_outcome *out,
			    struct job_row *row, struct err *err)
{
	bool done = false;
	enum err_code rc = event_listen(w->db, org, err);

	if (rc == ERR_OK)
		rc = look(w, out, row, &done, err);
	while (rc == ERR_OK && !done) {
		rc = step(w, out, row, &done, err);
		if (rc == ERR_OK || !db_is_broken(w->db))
			continue;
		/* Notices may be lost meanwhile: listen again, then read the table. */
		rc = db_reconnect(w->db, RECONNECT_MS, err);
		if (rc == ERR_OK)
			rc = event_listen(w->db, org, err);
		if (rc == ERR_OK)
			rc = look(w, out, row, &done, err);
	}
	return rc;
}

enum err_code engine_watch(struct arena *mem, const struct engine_env *env, int64_t id,
			   int64_t timeout_ms, const struct engine_hooks *hooks,
			   struct engine_outcome *out, struct err *err)
{
	struct meta_login how = { .role = META_APP, .app_name = "leat watch", .org = env->org,
				  .is_listener = true };
	struct watch w = {
		.mem = mem, .env = env, .hooks = hooks, .job = id,
		.log_after = hooks != NULL ? hooks->log_after : 0,
		.until_us = timeout_ms < 0 ? -1 : clock_mono_us() + timeout_ms * 1000,
	};
	struct job_row row = { 0 };
	int64_t org = 0;
	enum err_code rc;

	*out = (struct engine_outcome){ .job = id };
	rc = meta_open(env->place, &how, &w.db, &org, err);
	if (rc == ERR_OK)
		rc = follow(&w, org, out, &row, err);
	db_close(w.db);
	return rc == ERR_OK ? outcome_error(&row, err) : rc;
}

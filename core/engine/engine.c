/*
 * core/engine/engine.c
 *	One given job to its end, and runs that write nothing.
 */
#include "core/engine/engine.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/db/db.h"
#include "core/engine/alerts.h"
#include "core/engine/attempt.h"
#include "core/engine/ends.h"
#include "core/engine/halt.h"
#include "core/engine/outcome.h"
#include "core/flow/budget.h"
#include "core/meta/job.h"
#include "core/meta/place.h"

#define STOP_LOOK_MS 200	/* where no descriptor tells of a stop */
#define PLACE_MS     1000	/* between two looks for a place that a limit leaves */

static bool is_stopped(const struct engine_env *env)
{
	return env->stop != NULL && atomic_load(env->stop) != 0;
}

/* Sleeps ms, or until stopped. */
static void nap(const struct engine_env *env, int64_t ms)
{
	int64_t until = clock_mono_us() + ms * 1000;

	while (!is_stopped(env)) {
		int64_t left = (until - clock_mono_us()) / 1000;
		struct pollfd fd = { .fd = env->stop_fd, .events = POLLIN };

		if (left <= 0)
			return;
		if (env->stop_fd < 0 && left > STOP_LOOK_MS)
			left = STOP_LOOK_MS;
		poll(&fd, env->stop_fd >= 0 ? 1 : 0, (int)(left < 60000 ? left : 60000));
	}
}

/* Claims it; while a limit has no place, waits for one. What the dead hold is taken from them. */
static enum err_code claim(struct arena *mem, const struct engine_env *env, struct beat *beat,
			   struct db *books, int64_t org, int64_t id,
			   const struct engine_hooks *hooks, struct job_claimed *job,
			   struct err *err)
{
	bool told = false;

	for (;;) {
		int jobs = 0, left = 0, me = beat_engine(beat);
		enum err_code rc = me != 0 ? job_claim_one(mem, books, me, org, id, job, err)
					   : err_set(err, ERR_TRANSIENT, "leat's database was "
						     "lost; waiting for it");

		if (rc == ERR_CONFLICT) {
			struct err look = { 0 };

			if (beat_bury(beat, books, &jobs, &left, &look) != ERR_OK ||
			    jobs + left == 0)
				return rc;
		} else if (rc == ERR_FENCED) {
			beat_renew(beat);
		} else if (rc != ERR_TRANSIENT) {
			return rc;
		}
		if (jobs == 0 && !told && hooks != NULL && hooks->note != NULL)
			hooks->note(hooks->ctx, 1, err->frame[0].text);
		told |= jobs == 0;
		if (jobs == 0)
			nap(env, PLACE_MS);
		err_clear(err);
		if (is_stopped(env))
			return err_set(err, ERR_INTERRUPTED,
				       "interrupted; the job waits in the queue");
	}
}

/* Claims and runs the job until it ends, waiting out its retries. */
static enum err_code run_to_end(struct arena *mem, const struct engine_env *env, struct beat *beat,
				struct db *books, int64_t org, int64_t id,
				const struct engine_hooks *hooks, struct attempt_result *result,
				struct err *err)
{
	for (;;) {
		struct job_claimed job;
		int64_t due_ms = 0;
		struct err wait = { 0 };
		enum err_code rc = claim(mem, env, beat, books, org, id, hooks, &job, err);

		if (rc != ERR_OK)
			return rc;
		rc = attempt_run(env, beat, &job, hooks, result, err);
		/* The next claim says why it has to wait. */
		if (result->is_held) {
			err_clear(err);
			continue;
		}
		if (rc == ERR_OK || rc == ERR_INTERRUPTED || rc == ERR_FENCED ||
		    result->state != JOB_QUEUED || job.attempt >= job.max_attempts)
			return rc;
		if (db_is_broken(books) && db_reconnect(books, 10000, &wait) != ERR_OK)
			return rc;
		if (job_due(books, org, id, &due_ms, &wait) != ERR_OK)
			return rc;
		if (hooks != NULL && hooks->note != NULL)
			hooks->note(hooks->ctx, 1,
				    arena_printf(mem, "%s; next attempt in %.1f s",
						 err->frame[0].text, (double)due_ms / 1000));
		nap(env, due_ms > 0 ? due_ms : 0);
		if (is_stopped(env))
			return err_set(err, ERR_INTERRUPTED,
				       "interrupted; the job waits in the queue");
	}
}

/*
 * Where no engine is, nobody else would: each message once, here. One that
 * another engine took, or that has to be tried again, is in the queue.
 */
static void send_messages(struct arena *mem, const struct engine_env *env, struct beat *beat,
			  struct db *books, int64_t org, const struct alert_made *made,
			  const struct engine_hooks *hooks)
{
	for (int i = 0; i < made->n && !is_stopped(env) && !db_is_broken(books); i++) {
		struct attempt_result result;
		struct job_claimed job;
		struct err err = { 0 };
		int me = beat_engine(beat);
		enum err_code rc = me == 0 ? ERR_UNREACHABLE
				 : job_claim_one(mem, books, me, org, made->job[i], &job, &err);

		if (rc != ERR_OK)
			continue;
		rc = attempt_run(env, beat, &job, NULL, &result, &err);
		if (rc != ERR_OK && hooks != NULL && hooks->note != NULL) {
			char text[600];

			err_text(&err, text, sizeof(text));
			hooks->note(hooks->ctx, LOG_WARN,
				    arena_printf(mem, "a message was not sent (job %lld): %s",
						 (long long)made->job[i], text));
		}
	}
}

enum err_code engine_run_job(struct arena *mem, const struct engine_env *env, int64_t id,
			     const struct engine_hooks *hooks, struct engine_outcome *out,
			     struct err *err)
{
	struct meta_login as_engine = { .role = META_ENGINE, .app_name = "leat engine" };
	struct meta_login as_app = { .role = META_APP, .app_name = "leat", .org = env->org };
	struct attempt_result result = { 0 };
	struct alert_made missed = { 0 };
	struct db *books = NULL, *app = NULL;
	struct beat *beat = NULL;
	struct err look = { 0 };
	int64_t org = 0;
	enum err_code rc;

	*out = (struct engine_outcome){ .job = id };
	rc = meta_open(env->place, &as_app, &app, &org, err);
	if (rc == ERR_OK)
		rc = meta_open(env->place, &as_engine, &books, NULL, err);
	if (rc == ERR_OK)
		rc = beat_start(env, NULL, &beat, err);
	if (rc == ERR_OK) {
		alerts_catch_up(env, books, &missed);
		rc = run_to_end(mem, env, beat, books, org, id, hooks, &result, err);
		send_messages(mem, env, beat, books, org, &missed, hooks);
		send_messages(mem, env, beat, books, org, &result.made, hooks);
	}
	beat_stop(beat);
	if (app != NULL && (!db_is_broken(app) || db_reconnect(app, 5000, &look) == ERR_OK) &&
	    outcome_read(mem, app, id, out, NULL, &look) != ERR_OK)
		err_clear(&look);
	db_close(books);
	db_close(app);
	return rc;
}

static enum err_code count_only(void *ctx, const struct reject *r, struct err *err)
{
	(void)ctx;
	(void)r;
	(void)err;
	return ERR_OK;
}

struct dry {
	const struct engine_hooks *hooks;
	engine_sample_fn sample;
	void *sample_ctx;
	struct meter meter;
	int64_t told_us;
};

static void dry_progress(void *ctx, const struct flow_progress *p)
{
	struct dry *d = ctx;
	int64_t now = clock_mono_us();
	struct engine_progress ep = {
		/* Nothing is loaded. */
		.phase = strcmp(p->phase, "loading") == 0 ? "checking" : p->phase,
		.ledger = p->ledger, .total_bytes = p->total_bytes,
	};

	meter_feed(&d->meter, now, p->ledger.read, p->ledger.bytes);
	if (d->hooks == NULL || d->hooks->progress == NULL || now - d->told_us < 100000)
		return;
	d->told_us = now;
	ep.rows_per_s = d->meter.rows_per_s;
	ep.eta_ms = meter_eta_ms(&d->meter, p->total_bytes);
	d->hooks->progress(d->hooks->ctx, &ep);
}

static void dry_sample(void *ctx, const struct schema *fields, const struct batch *rows)
{
	struct dry *d = ctx;

	if (d->sample != NULL)
		d->sample(d->sample_ctx, fields, rows);
}

static void dry_log(void *ctx, int level, const char *line)
{
	struct dry *d = ctx;

	if (d->hooks != NULL && d->hooks->note != NULL)
		d->hooks->note(d->hooks->ctx, level, line);
}

static enum err_code dry_once(struct arena *mem, const struct engine_env *env, struct db *app,
			      struct flow *flow, struct flow_result *result, struct err *err)
{
	const struct pipeline_end *from = &flow->pipeline->source, *to = &flow->pipeline->target;
	enum err_code rc;

	rc = ends_open(mem, env, app, from->connection, from->connector, &flow->source, err);
	if (rc == ERR_OK)
		rc = ends_open(mem, env, app, to->connection, to->connector,
			       &flow->target, err);
	if (rc == ERR_OK && (flow->target->ops->caps & CONN_LOOKUP))
		rc = ends_open(mem, env, app, to->connection, to->connector,
			       &flow->lookup, err);
	if (rc == ERR_OK) {
		struct halt *halt = halt_begin(env, flow);

		rc = flow_run(mem, flow, result, err);
		halt_end(halt);
	}
	if (rc != ERR_OK && atomic_load(&flow->stop) != FLOW_GO)
		rc = err_set(err, ERR_INTERRUPTED, "stopped before the end; nothing was written");
	conn_close(flow->source);
	conn_close(flow->target);
	conn_close(flow->lookup);
	flow->source = flow->target = flow->lookup = NULL;
	return rc;
}

enum err_code engine_dry_run(struct arena *mem, const struct engine_env *env,
			     const struct pipeline *p, engine_sample_fn sample, void *ctx,
			     const struct engine_hooks *hooks, struct engine_outcome *out,
			     struct err *err)
{
	struct meta_login as_app = { .role = META_APP, .app_name = "leat", .org = env->org };
	struct pipeline filled = *p;
	struct dry dry = { .hooks = hooks, .sample = sample, .sample_ctx = ctx };
	struct flow flow = {
		.pipeline = &filled,
		.is_dry_run = true,
		.hooks = { .ctx = &dry, .progress = dry_progress, .reject = count_only,
			   .log = dry_log, .sample = dry_sample },
	};
	struct flow_result result = { 0 };
	int64_t began = clock_mono_us();
	struct db *app = NULL;
	enum err_code rc;

	*out = (struct engine_outcome){ 0 };
	rc = pipeline_fill_slot(mem, &filled, NULL, err);
	if (rc == ERR_OK)
		rc = meta_open(env->place, &as_app, &app, NULL, err);
	if (rc == ERR_OK)
		rc = dry_once(mem, env, app, &flow, &result, err);
	while (rc != ERR_OK && result.starts_over) {
		err_clear(err);
		rc = dry_once(mem, env, app, &flow, &result, err);
	}
	out->state = rc == ERR_OK ? "dry run" : "failed";
	out->source = ends_label(mem, &p->source, "files");
	out->target = ends_label(mem, &p->target, "local");
	out->ledger = result.ledger;
	if (rc == ERR_OK && budget_is_over(p, &result.ledger))
		out->over = budget_text(mem, p, &result.ledger, false);
	out->seconds = (double)(clock_mono_us() - began) / 1e6;
	db_close(app);
	return rc;
}

enum err_code engine_open_connection(struct arena *mem, const struct engine_env *env,
				     const char *name, const char *connector, struct conn **out,
				     struct err *err)
{
	struct meta_login as_app = { .role = META_APP, .app_name = "leat", .org = env->org };
	struct db *app = NULL;
	enum err_code rc = meta_open(env->place, &as_app, &app, NULL, err);

	if (rc == ERR_OK)
		rc = ends_open(mem, env, app, name, connector, out, err);
	db_close(app);
	return rc;
}

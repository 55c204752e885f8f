/*
 * core/engine/attempt.c
 *	One attempt, from claim to settlement.
 */
#include "core/engine/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/fault.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/db/db.h"
#include "core/engine/alerts.h"
#include "core/engine/ends.h"
#include "core/engine/files.h"
#include "core/engine/over.h"
#include "core/engine/replay.h"
#include "core/engine/settle.h"
#include "core/flow/drift.h"
#include "core/flow/raw_rows.h"
#include "core/meta/bookmark.h"
#include "core/meta/mapping_store.h"
#include "core/meta/org.h"
#include "core/meta/place.h"
#include "core/meta/reject.h"
#include "core/meta/repair.h"

/* A part of the source that rejects came from. */
struct told_part {
	const char *name;
	struct told_part *next;
};

struct attempt {
	const struct engine_env *env;
	struct beat *beat;
	const struct job_claimed *job;
	const struct engine_hooks *hooks;
	struct arena *mem;
	struct db *books;	/* META_ENGINE */
	struct db *app;		/* META_APP, of the job's organization */
	struct pipeline pipeline;
	struct flow flow;
	struct flow_result result;
	struct beat_entry entry;
	struct herald_log *log;
	struct engine_env ends;	/* for opening: whatever stops the attempt ends that, too */
	struct reject_writer *rejects;
	const struct schema *fields;	/* of the source */
	int64_t unnoted;	/* version of the pipeline without a note of them; 0: it has one */
	const char *note;	/* of them, as the source was before anything was widened */
	struct told_part *told;	/* parts of rejects whose shape is kept */
	struct replay_set replay;	/* of such a job: its rejects */
	struct files files;
	int64_t retry_after_ms;	/* a message: its receiver wants no other before */
	bool is_watched;	/* somebody has an alert on its end */
	bool is_held;		/* an earlier job of the pipeline has paused it */
	int64_t began_us;
};

static bool is_replay(const struct job_claimed *job)
{
	return strcmp(job->kind, REPLAY_JOB_KIND) == 0;
}

static void say(void *ctx, int level, const char *line)
{
	struct attempt *a = ctx;

	if (a->hooks != NULL && a->hooks->note != NULL)
		a->hooks->note(a->hooks->ctx, level, line);
	herald_log_say(a->log, level, line);
}

/* The job's new state, to whoever shows it; behind the transaction that made it. */
static void tell_state(struct attempt *a, enum job_state state)
{
	struct event ev = {
		.kind = EVENT_STATE, .org_id = a->job->lease.org_id, .job = a->job->lease.job,
		.run = a->job->lease.run, .state = state, .total_bytes = -1, .eta_ms = -1,
		.counts = beat_counts(&a->result.ledger),
	};

	herald_tell(beat_herald(a->beat), &ev);
}

static void on_progress(void *ctx, const struct flow_progress *p)
{
	struct attempt *a = ctx;

	beat_progress(a->beat, &a->entry, p);
}

static void on_described(void *ctx, const struct schema *fields)
{
	struct attempt *a = ctx;

	a->fields = fields;
	if (a->unnoted > 0 && a->note == NULL && !is_replay(a->job))
		a->note = drift_note(a->mem, fields);
}

/* Before the first reject of a part: how its rows are read when they are wanted again. */
static enum err_code tell_shape(struct attempt *a, const char *part, struct err *err)
{
	struct conn *source = a->flow.source;
	json_t *format;
	enum err_code rc;

	for (const struct told_part *t = a->told; t != NULL; t = t->next)
		if (strcmp(t->name, part) == 0)
			return ERR_OK;
	format = source->ops->raw_format != NULL ? source->ops->raw_format(source, part) : NULL;
	rc = reject_writer_shape(a->rejects, part, raw_shape_text(a->mem, a->fields, format), err);
	json_decref(format);
	if (rc == ERR_OK) {
		struct told_part *t = arena_alloc(a->mem, sizeof(*t));

		*t = (struct told_part){ arena_strdup(a->mem, part), a->told };
		a->told = t;
	}
	return rc;
}

static enum err_code on_reject(void *ctx, const struct reject *r, struct err *err)
{
	struct attempt *a = ctx;
	struct reject_problem problem[32];
	struct reject_in in = {
		.part = r->part,
		.row = r->at.row,
		.line = r->at.line,
		.offset = r->at.offset,
		.raw = r->at.raw,
		.nproblems = r->nproblems < 32 ? r->nproblems : 32,
		.problem = problem,
	};
	enum err_code rc = ERR_OK;

	for (int i = 0; i < in.nproblems; i++)
		problem[i] = (struct reject_problem){
			.field = r->problem[i].field,
			.value = r->problem[i].value,
			.rule = r->problem[i].rule,
			.reason = r->problem[i].reason,
			.sqlstate = r->problem[i].sqlstate,
		};
	/* A replay's rejects are those that it reads, and have a shape. */
	if (!is_replay(a->job) && r->part != NULL)
		rc = tell_shape(a, r->part, err);
	return rc == ERR_OK ? reject_writer_add(a->rejects, &in, err) : rc;
}

static enum err_code store_rejects(void *ctx, struct err *err)
{
	struct attempt *a = ctx;
	enum err_code rc = reject_writer_flush(a->rejects, err);

	if (rc == ERR_OK && FAULT("engine-rejects-stored"))
		rc = err_set(err, ERR_TRANSIENT, "storing rejects failed (fault)");
	return rc;
}

static enum err_code resume(void *ctx, const char *rows, struct err *err)
{
	struct attempt *a = ctx;

	return reject_resume(a->books, &a->job->lease, rows, err);
}

/* Files stand in our books, pending, before the target decides. */
static enum err_code before_commit(void *ctx, const struct ledger *l, const char *bookmark,
				   struct err *err)
{
	struct attempt *a = ctx;

	(void)l;
	(void)bookmark;
	return files_note(&a->files, a->books, a->job, err);
}

static enum err_code open_sessions(struct attempt *a, struct err *err)
{
	struct meta_login books = { .role = META_ENGINE, .app_name = "leat engine" };
	struct meta_login app = { .role = META_APP, .app_name = "leat engine", .org = a->env->org };
	enum err_code rc = meta_open(a->env->place, &books, &a->books, NULL, err);

	if (rc == ERR_OK)
		rc = meta_open(a->env->place, &app, &a->app, NULL, err);
	if (rc != ERR_OK)
		return rc;
	db_set_org(a->app, a->job->lease.org_id);
	a->is_watched = alerts_expect(a->app, a->job, &a->unnoted);
	return ERR_OK;
}

static enum err_code read_body(struct attempt *a, struct err *err)
{
	json_t *body = NULL;
	enum err_code rc = js_parse(&body, a->job->body, strlen(a->job->body), "the job", err);

	if (rc == ERR_OK)
		rc = pipeline_from_json(a->mem, body, &a->pipeline, err);
	json_decref(body);
	if (rc == ERR_OK)
		rc = pipeline_fill_slot(a->mem, &a->pipeline, NULL, err);
	return rc == ERR_OK ? ERR_OK : err_wrap(err, rc, "the job's pipeline");
}

/*
 * What was read from standard input is gone: a second run would load the rest
 * and call it everything, and another process has another input.
 */
static enum err_code check_stdin(struct attempt *a, struct err *err)
{
	const char *stream = a->pipeline.source.stream;

	if (stream == NULL || strcmp(stream, "-") != 0 ||
	    (a->env->has_stdin && a->job->lease.run == 1))
		return ERR_OK;
	err_set(err, ERR_CONFIG, "standard input can be read once, by the command that asked");
	err_hint(err, "Nothing was loaded; start the load again.");
	return ERR_CONFIG;
}

static enum err_code open_ends(struct attempt *a, struct err *err)
{
	struct pipeline *p = &a->pipeline;
	enum err_code rc;

	if (is_replay(a->job))
		rc = replay_open(a->mem, a->app, &a->replay, &a->flow.source, err);
	else
		rc = ends_open(a->mem, &a->ends, a->app, p->source.connection,
			       p->source.connector, &a->flow.source, err);
	if (rc == ERR_OK)
		rc = ends_open(a->mem, &a->ends, a->app, p->target.connection,
			       p->target.connector, &a->flow.target, err);
	if (rc == ERR_OK && (a->flow.target->ops->caps & CONN_LOOKUP))
		rc = ends_open(a->mem, &a->ends, a->app, p->target.connection,
			       p->target.connector, &a->flow.lookup, err);
	return rc;
}

/* Whether the next attempt will find the same rows under the same numbers. */
static bool can_read_again(const struct attempt *a)
{
	const char *stream = a->pipeline.source.stream;

	return a->flow.source == NULL || ((a->flow.source->ops->caps & CONN_FILES) &&
					  stream != NULL && strcmp(stream, "-") != 0);
}

static bool writes_chunks(const struct attempt *a)
{
	return a->pipeline.parallel > 1 && a->pipeline.mode == MODE_APPEND && can_read_again(a);
}

/* A parallel load writes over several connections, and goes on by the numbers of its rows. */
static enum err_code open_more(struct attempt *a, struct err *err)
{
	struct pipeline *p = &a->pipeline;
	enum err_code rc = ERR_OK;

	if (p->parallel <= 1)
		return ERR_OK;
	if (!writes_chunks(a) || !(a->flow.target->ops->caps & CONN_PARALLEL)) {
		say(a, LOG_WARN, can_read_again(a)
		    ? "only appends can be written in parallel; going on with one connection"
		    : "only files give the same rows when they are read again, and may be written "
		      "in parallel; going on with one connection");
		return ERR_OK;
	}
	a->flow.more = arena_array(a->mem, (size_t)p->parallel, sizeof(*a->flow.more));
	for (int i = 1; i < p->parallel && rc == ERR_OK; i++) {
		rc = ends_open(a->mem, &a->ends, a->app, p->target.connection,
			       p->target.connector, &a->flow.more[a->flow.nmore], err);
		a->flow.nmore += rc == ERR_OK;
	}
	return rc;
}

/* The value of the bookmark, which must be one of the field that is followed now. */
static enum err_code take_bookmark(struct attempt *a, const json_t *bookmark, struct err *err)
{
	const char *field = json_string_value(json_object_get(bookmark, "field"));

	if (field != NULL && strcasecmp(field, a->pipeline.cursor) != 0) {
		err_set(err, ERR_CONFIG, "the bookmark is of field %s, the cursor is %s", field,
			a->pipeline.cursor);
		err_hint(err, "Say where the next run starts: leat bookmark set, or leat bookmark "
			 "clear for the beginning.");
		return ERR_CONFIG;
	}
	a->flow.cursor_after = arena_strdup(
		a->mem, json_string_value(json_object_get(bookmark, "value")));
	return ERR_OK;
}

/* Where this run starts, once no earlier one can still change that. */
static enum err_code find_start(struct attempt *a, struct err *err)
{
	const char *bookmark = NULL;
	json_t *json = NULL;
	enum err_code rc;

	if (a->job->pipeline_id == 0)
		return ERR_OK;
	rc = settle_earlier(a->mem, a->env->place, a->app, a->books, a->job, &a->is_held, err);
	if (is_replay(a->job))
		return rc;
	/* It would not have started, had that been known. */
	if (rc == ERR_OK && a->is_held)
		return err_set(err, ERR_INTERRUPTED, "its pipeline is held: an earlier job rejected "
			       "too many rows");
	if (rc == ERR_OK)
		rc = files_choose(&a->files, a->mem, a->books, a->job, &a->pipeline,
				  a->flow.source, err);
	a->flow.only = a->files.only;
	if (rc != ERR_OK || a->pipeline.cursor == NULL)
		return rc;
	rc = bookmark_get(a->mem, a->app, a->job->pipeline_id, &bookmark, err);
	if (rc == ERR_OK && bookmark != NULL)
		rc = js_parse(&json, bookmark, strlen(bookmark), "the bookmark", err);
	if (rc == ERR_OK && json != NULL)
		rc = take_bookmark(a, json, err);
	json_decref(json);
	return rc;
}

/* The rejects that the job has; and what a load has that a replay has not. */
static enum err_code take_replay(struct attempt *a, struct err *err)
{
	a->flow.newer = replay_pipeline(&a->pipeline);
	if (FAULT("replay-taken"))
		return err_set(err, ERR_TRANSIENT, "taking rejects failed (fault)");
	return repair_of_job(a->mem, a->app, a->job->lease.job, &a->replay.id, &a->replay.n, err);
}

static enum err_code prepare(struct attempt *a, struct err *err)
{
	const char *origin = NULL;
	enum err_code rc = open_sessions(a, err);

	if (rc == ERR_OK)
		rc = read_body(a, err);
	if (rc == ERR_OK)
		rc = check_stdin(a, err);
	if (rc == ERR_OK)
		rc = org_origin(a->mem, a->books, &origin, err);
	if (rc == ERR_OK && is_replay(a->job))
		rc = take_replay(a, err);
	if (rc == ERR_OK)
		rc = open_ends(a, err);
	if (rc == ERR_OK)
		rc = open_more(a, err);
	if (rc == ERR_OK)
		rc = find_start(a, err);
	if (rc == ERR_OK)
		rc = reject_writer_open(a->books, &a->job->lease, &a->rejects, err);
	if (a->job->is_cancelled)
		atomic_store(&a->flow.stop, FLOW_CANCEL);
	a->flow.pipeline = &a->pipeline;
	a->flow.fence = (struct fence){
		.origin = origin, .job = a->job->lease.job, .run = a->job->lease.run,
	};
	a->flow.hooks = (struct flow_hooks){
		.ctx = a,
		.progress = on_progress,
		.described = on_described,
		.reject = on_reject,
		.store_rejects = store_rejects,
		.resume = resume,
		.before_commit = before_commit,
		.log = say,
	};
	return rc;
}

static void close_ends(struct attempt *a)
{
	conn_close(a->flow.source);
	conn_close(a->flow.target);
	conn_close(a->flow.lookup);
	for (int i = 0; i < a->flow.nmore; i++)
		conn_close(a->flow.more[i]);
	a->flow.source = a->flow.target = a->flow.lookup = NULL;
	a->flow.nmore = 0;
}

static enum err_code start_over(struct attempt *a, struct err *err)
{
	enum err_code rc;

	err_clear(err);
	close_ends(a);
	a->told = NULL;
	rc = reject_writer_forget(a->rejects, err);
	if (rc == ERR_OK)
		rc = open_ends(a, err);
	return rc == ERR_OK ? open_more(a, err) : rc;
}

static enum err_code run_once(struct attempt *a, struct err *err)
{
	enum err_code rc;

	if (a->files.is_nothing_new) {
		say(a, LOG_INFO, "every file has been loaded before; nothing to do");
		/* But chunks of an earlier attempt may stand: the load looks for them. */
		if (a->flow.nmore == 0 || a->job->lease.run == 1)
			return ERR_OK;
	}
	/* All of them have been taken by another replay since. */
	if (is_replay(a->job) && a->replay.n == 0) {
		a->result.was_claimed = true;
		return ERR_OK;
	}
	beat_ends(a->beat, &a->entry, a->flow.source, a->flow.target);
	rc = flow_run(a->mem, &a->flow, &a->result, err);
	beat_ends(a->beat, &a->entry, NULL, NULL);
	return rc;
}

static enum err_code load(struct attempt *a, struct err *err)
{
	enum err_code rc = run_once(a, err);

	while (rc != ERR_OK && a->result.starts_over) {
		rc = start_over(a, err);
		if (rc == ERR_OK)
			rc = run_once(a, err);
	}
	return rc;
}

/* The job is a message to somebody: no data, no target that decides. */
static enum err_code send_message(struct attempt *a, struct err *err)
{
	struct alerts_post post = { .stop = &a->flow.stop, .say = say, .ctx = a };
	enum err_code rc = open_sessions(a, err);

	a->result.was_claimed = true;
	if (rc == ERR_OK && a->job->is_cancelled)
		return err_set(err, ERR_CANCELLED, "cancelled before it was sent");
	if (rc != ERR_OK)
		return rc;
	rc = alerts_send(a->mem, a->app, a->job, &post, err);
	a->retry_after_ms = post.retry_after_ms;
	if (rc == ERR_INTERRUPTED && atomic_load(&a->flow.stop) == FLOW_CANCEL)
		return err_set(err, ERR_CANCELLED, "cancelled while it was sent");
	return rc;
}

static enum err_code settle(struct attempt *a, struct err *err)
{
	const struct commit_note *earlier = &a->result.earlier;
	struct job_spent spent = beat_spent(&a->result.spent);
	struct job_done done = {
		.committed_run = a->job->lease.run,
		.counts = beat_counts(&a->result.ledger),
		.bookmark = a->result.bookmark,
	};
	struct job_over over;
	enum err_code rc;

	if (FAULT("engine-before-settle"))
		return err_set(err, ERR_TRANSIENT, "settling failed (fault)");
	if (earlier->is_committed) {
		say(a, LOG_INFO,
		    arena_printf(a->mem, "run %lld had committed; settled from the target",
					      (long long)earlier->run));
		a->result.ledger = earlier->ledger;
		done.committed_run = earlier->run;
		done.counts = beat_counts(&earlier->ledger);
		done.bookmark = earlier->bookmark;
	}
	over = over_judge(a->mem, a->books, a->job->kind, &a->job->lease, &a->pipeline,
			  done.committed_run, &a->result.ledger);
	/* Whoever asked for the job is told by its outcome. */
	if (over.why != NULL)
		herald_log_say(a->log, LOG_WARN, over.why);
	done.result = job_over_json(a->mem, job_spent_json(a->mem, &spent), &over);
	herald_log_end(a->log, a->books);
	rc = settle_stubbornly(a->books, &a->job->lease, &done, err);
	if (rc == ERR_OK)
		tell_state(a, JOB_SUCCEEDED);
	return rc;
}

/* So that its mapping can tell what has changed since. Rows are stored without it, too. */
static void note_fields(struct attempt *a)
{
	struct err err = { 0 };
	char text[600];

	/* What an earlier run committed may have been read from another source. */
	if (a->note == NULL || a->result.earlier.is_committed ||
	    mapping_note_fields(a->app, a->job->pipeline_id, a->unnoted, a->job->lease.job,
				a->note, &err) == ERR_OK)
		return;
	err_text(&err, text, sizeof(text));
	log_line(LOG_WARN, "job %lld: the fields of its source are left to the next run to note: %s",
		 (long long)a->job->lease.job, text);
}

/* The books do not know how it ended: another attempt will ask the target. */
static void leave_open(struct attempt *a)
{
	beat_orphan(a->beat, &a->job->lease);
}

/* A parallel load leaves what it has committed: a new load would write that twice. */
static void tell_standing(struct attempt *a, struct err *err)
{
	const struct flow_result *r = &a->result;
	bool is_unknown = !r->was_claimed && writes_chunks(a) && a->job->lease.run > 1;
	const char *target = ends_label(a->mem, &a->pipeline.target, "local");

	if (!is_unknown && r->standing == 0 && !r->more_may_stand)
		return;
	if (is_unknown)
		err_hint_more(err, "Rows that earlier attempts have committed stay in %s.", target);
	else
		err_hint_more(err, "%s%lld rows of this load are committed and stay in %s.",
			      r->more_may_stand ? "At least " : "", (long long)r->standing, target);
	if (r->how_to_find != NULL) {
		err_hint_more(err, "Bring the source back as it was, and leat job retry %lld goes"
			      " on behind them; or remove them, and start a new load. %s",
			      (long long)a->job->lease.job, r->how_to_find);
		return;
	}
	err_hint_more(err, "leat job retry %lld goes on behind them, from the same source; a new load"
			   " would write them again.", (long long)a->job->lease.job);
}

/* The attempt did not succeed: the books get the reason. */
static enum err_code write_off(struct attempt *a, enum err_code rc, struct attempt_result *out,
			       struct err *err)
{
	struct job_left left = {
		.trace = a->result.is_unsure ? JOB_TRACE_UNSURE
		       : a->result.was_claimed ? JOB_TRACE_NONE : JOB_TRACE_AS_BEFORE,
		.standing = a->result.standing,
		.retry_after_ms = a->retry_after_ms,
	};
	struct job_counts seen = beat_counts(&a->result.ledger);
	struct err second = { 0 };
	enum err_code wrote;

	out->state = JOB_QUEUED;
	/* Else the books are asked: a target may know a later run than they do. */
	if (a->entry.is_fenced)
		return rc;
	if (a->books == NULL ||
	    (db_is_broken(a->books) && db_reconnect(a->books, 10000, &second) != ERR_OK)) {
		leave_open(a);
		return rc;
	}
	if (rc == ERR_INTERRUPTED) {
		herald_log_end(a->log, a->books);
		wrote = job_hand_back(a->books, &a->job->lease, left.trace, &second);
	} else {
		char text[900];

		if (rc == ERR_BUDGET) {
			over_explain(a->mem, a->books, a->job, &a->pipeline, err);
			left.seen = &seen;
		}
		tell_standing(a, err);
		err_text(err, text, sizeof(text));
		say(a, LOG_ERROR, text);
		herald_log_end(a->log, a->books);
		wrote = job_fail(a->books, &a->job->lease, err, &left, &out->state,
				 &second);
	}
	if (wrote != ERR_OK) {
		char text[600];

		err_text(&second, text, sizeof(text));
		log_line(LOG_WARN, "job %lld: its end could not be written down: %s",
			 (long long)a->job->lease.job, text);
		if (wrote != ERR_FENCED)
			leave_open(a);
	} else {
		tell_state(a, out->state);
	}
	return rc;
}

static void release(struct attempt *a)
{
	reject_writer_close(a->rejects);
	close_ends(a);
	herald_log_close(a->log, a->books);
	db_close(a->app);
	db_close(a->books);
	if (a->ends.stop_fd >= 0)
		close(a->ends.stop_fd);
	arena_free(a->mem);
}

static void say_summary(struct attempt *a)
{
	const struct ledger *l = &a->result.ledger;

	say(a, LOG_INFO,
	    arena_printf(a->mem,
			 "done in %.1f s: read %lld, written %lld, unchanged %lld, filtered %lld, "
			 "rejected %lld", (double)(clock_mono_us() - a->began_us) / 1e6,
			 (long long)l->read, (long long)l->written, (long long)l->unchanged,
			 (long long)l->filtered, (long long)l->rejected));
}

static enum err_code work(struct attempt *a, struct err *err)
{
	enum err_code rc = prepare(a, err);

	if (rc == ERR_OK) {
		tell_state(a, JOB_RUNNING);
		say(a, LOG_INFO, arena_printf(a->mem, "attempt %d of %d starts (run %lld)",
					      a->job->attempt, a->job->max_attempts,
					      (long long)a->job->lease.run));
		rc = load(a, err);
	}
	if (rc == ERR_OK)
		say_summary(a);
	/* Told to stop while it opened its connections, or waited for the first answer. */
	if (rc == ERR_INTERRUPTED && atomic_load(&a->flow.stop) == FLOW_CANCEL) {
		err_clear(err);
		rc = err_set(err, ERR_CANCELLED, "cancelled before any row was read");
	}
	return rc;
}

/* A stop of the load has a reason that the load does not know. */
static enum err_code explain_stop(struct attempt *a, enum err_code rc, struct err *err)
{
	if (a->entry.is_fenced) {
		err_clear(err);
		return err_set(err, ERR_FENCED, "another attempt of job %lld has taken over",
			       (long long)a->job->lease.job);
	}
	if (!a->entry.is_overdue || rc != ERR_CANCELLED)
		return rc;
	err_clear(err);
	rc = err_set(err, ERR_TIMEOUT, "the time limit of %.0f s was reached",
		     (double)a->job->time_limit_ms / 1000);
	err_hint(err, "A longer one is given with --time-limit, or time_limit in the pipeline.");
	return rc;
}

enum err_code attempt_run(const struct engine_env *env, struct beat *beat,
			  const struct job_claimed *job, const struct engine_hooks *hooks,
			  struct attempt_result *out, struct err *err)
{
	struct attempt a = {
		.env = env, .beat = beat, .job = job, .hooks = hooks,
		.mem = arena_new(NULL, "attempt"), .began_us = clock_mono_us(), .ends = *env,
	};
	enum err_code rc;

	*out = (struct attempt_result){ .state = JOB_QUEUED };
	a.log = herald_log_open(beat_herald(beat), &job->lease, NULL);
	a.ends.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	a.entry = (struct beat_entry){
		.lease = job->lease, .flow = &a.flow, .hooks = hooks, .stop_fd = a.ends.stop_fd,
		.time_limit_ms = job->time_limit_ms,
	};
	beat_join(beat, &a.entry);
	if (FAULT("engine-claimed"))
		rc = err_set(err, ERR_TRANSIENT, "starting failed (fault)");
	else if (strcmp(job->kind, ALERT_JOB_KIND) == 0)
		rc = send_message(&a, err);
	else
		rc = work(&a, err);
	beat_leave(beat, &a.entry);
	if (rc != ERR_OK)
		rc = explain_stop(&a, rc, err);
	if (rc == ERR_OK) {
		rc = settle(&a, err);
		if (rc == ERR_OK) {
			out->state = JOB_SUCCEEDED;
			note_fields(&a);
		} else if (rc != ERR_FENCED) {
			leave_open(&a);
		}
	} else {
		rc = write_off(&a, rc, out, err);
	}
	out->is_held = a.is_held && rc == ERR_INTERRUPTED;
	if (a.is_watched)
		alerts_ended(a.mem, a.app, job, &out->made);
	release(&a);
	return rc;
}

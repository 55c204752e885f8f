/*
 * core/command/job.c
 *	The commands job list and job show.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/command/body.h"
#include "core/command/jobs.h"
#include "core/command/lists.h"
#include "core/flow/pipeline.h"
#include "core/meta/job.h"
#include "core/meta/job_hold.h"
#include "core/meta/job_over.h"
#include "core/meta/job_spent.h"

#define LOOK_MS 2000	/* of a list that no index finds */

/* What lists and job show have in common. */
static void put_job(struct reply *out, const struct job_row *j)
{
	reply_int8(out, "job", j->id);
	reply_text(out, "state", job_state_name(j->state));
	reply_text(out, "kind", j->kind);
	if (j->pipeline[0] != '\0')
		reply_text(out, "pipeline", j->pipeline);
	reply_text(out, "source", j->source);
	reply_text(out, "target", j->target);
	reply_int8(out, "rows_read", j->counts.read);
	reply_int8(out, "rows_written", j->counts.written);
	reply_int8(out, "rows_unchanged", j->counts.unchanged);
	reply_int8(out, "rows_filtered", j->counts.filtered);
	reply_int8(out, "rows_rejected", j->counts.rejected);
	reply_int8(out, "bytes", j->counts.bytes);
	if (j->seconds >= 0)
		reply_float8(out, "seconds", j->seconds);
	reply_text(out, "created_at", j->created_at);
	reply_text(out, "started_at", j->started_at);
	reply_text(out, "finished_at", j->finished_at);
	reply_int8(out, "attempt", j->attempt);
	reply_text(out, "error_code", j->error_code);
	reply_text(out, "error", j->error);
}

static void put_asked(struct reply *out, const struct job_row *j)
{
	if (j->state == JOB_RUNNING && (j->is_cancel_asked || j->is_pause_asked))
		reply_text(out, "asked", j->is_cancel_asked ? "stop" : "give way");
}

/* What a list has beside it, for whoever has room. */
static void put_more(struct reply *out, const struct job_row *j)
{
	reply_text(out, "hint", j->hint);
	reply_text(out, "queue", j->queue);
	reply_int8(out, "priority", j->priority);
	reply_int8(out, "max_attempts", j->max_attempts);
	reply_text(out, "phase", j->phase);
	if (j->total_bytes >= 0)
		reply_int8(out, "total_bytes", j->total_bytes);
	if (!job_state_is_final(j->state) && j->state != JOB_RUNNING)
		reply_text(out, "run_after", j->run_after);
	reply_text(out, "engine", j->engine);
	put_asked(out, j);
	if (j->pending > 0)
		reply_int8(out, "pending", j->pending);
}

#define JOB_COLUMNS                                                                              \
	{ "job", VAL_INT8, 0, NULL, NULL, "The job.", 0 },                                        \
	{ "state", VAL_TEXT, 0, NULL, NULL, "Where it stands: " JOBS_STATES ".", 0 }, \
	{ "kind", VAL_TEXT, COL_WIDE, NULL, NULL, "load, run or alert.", 0 },                     \
	{ "pipeline", VAL_TEXT, 0, NULL, NULL, "Its pipeline; null for a one-shot load.", 0 },    \
	{ "source", VAL_TEXT, COL_WIDE, NULL, NULL, "What is read.", 0 },                         \
	{ "target", VAL_TEXT, 0, NULL, NULL, "What is written.", 0 },                             \
	{ "rows_read", VAL_INT8, 0, NULL, NULL, "Rows of the source.", 0 },                       \
	{ "rows_written", VAL_INT8, 0, NULL, NULL, "Rows stored or changed.", 0 },                \
	{ "rows_unchanged", VAL_INT8, COL_WIDE, NULL, NULL, "Rows that stood there already.", 0 }, \
	{ "rows_filtered", VAL_INT8, COL_WIDE, NULL, NULL, "Rows left out.", 0 },                 \
	{ "rows_rejected", VAL_INT8, 0, NULL, NULL, "Rows kept as rejects.", 0 },                 \
	{ "bytes", VAL_BYTES, COL_WIDE, NULL, NULL, "Size of what was read.", 0 },                \
	{ "seconds", VAL_SECONDS, COL_WIDE, NULL, NULL, "Time of the last attempt.", 0 }, \
	{ "created_at", VAL_TIME, COL_WIDE, NULL, NULL, "When it was asked for.", 0 }, \
	{ "started_at", VAL_TIME, COL_WIDE, NULL, NULL, "When the last attempt began.", 0 },      \
	{ "finished_at", VAL_TIME, COL_WIDE, NULL, NULL, "When it ended.", 0 },                   \
	{ "attempt", VAL_INT8, COL_WIDE, NULL, NULL, "Number of the last attempt.", 0 },          \
	{ "error_code", VAL_TEXT, COL_WIDE, NULL, NULL, "Code of the last failure.", 0 },         \
	{ "error", VAL_TEXT, COL_WIDE | COL_WRAP, NULL, NULL, "Text of the last failure.", 0 }

static const struct val_spec list_reply[] = {
	JOB_COLUMNS,
	{ "hint", VAL_TEXT, COL_WIDE | COL_WRAP, NULL, NULL, "What to do about it.", 0 },
	{ "queue", VAL_NAME, COL_WIDE, NULL, NULL, "Its queue.", 0 },
	{ "priority", VAL_INT8, COL_WIDE, NULL, NULL, "Small goes first.", 0 },
	{ "max_attempts", VAL_INT8, COL_WIDE, NULL, NULL, "How often it is tried.", 0 },
	{ "phase", VAL_TEXT, COL_WIDE, NULL, NULL, "What it is doing.", 0 },
	{ "total_bytes", VAL_BYTES, COL_WIDE, NULL, NULL, "Size of its source, when known.", 0 },
	{ "run_after", VAL_TIME, COL_WIDE, NULL, NULL, "Before this moment it does not start.", 0 },
	{ "engine", VAL_TEXT, COL_WIDE, NULL, NULL, "Engine that has or had it.", 0 },
	{ "asked", VAL_TEXT, COL_WIDE, NULL, NULL,
	  "What it was asked while it runs: stop or give way.", 0 },
	{ "pending", VAL_INT8, COL_WIDE, NULL, NULL, "Jobs that it waits for.", 0 },
	VAL_END
};

static const struct val_spec show_reply[] = {
	JOB_COLUMNS,
	{ "hint", VAL_TEXT, COL_WRAP, NULL, NULL, "What to do about it.", 0 },
	{ "sqlstate", VAL_TEXT, 0, NULL, NULL, "What the server called it.", 0 },
	{ "mode", VAL_TEXT, 0, NULL, NULL, "Write mode.", 0 },
	{ "phase", VAL_TEXT, 0, NULL, NULL, "What it is doing.", 0 },
	{ "over_rejects", VAL_TEXT, COL_WRAP, NULL, NULL,
	  "It succeeded, and more rows were rejected than its budget allows.", 0 },
	{ "total_bytes", VAL_BYTES, 0, NULL, NULL,
	  "Size of the source, while it is read; null: unknown.", 0 },
	{ "time_source", VAL_SECONDS, 0, NULL, NULL, "Time it waited for the source.", 0 },
	{ "time_mapping", VAL_SECONDS, 0, NULL, NULL, "Time it mapped and checked.", 0 },
	{ "time_target", VAL_SECONDS, 0, NULL, NULL, "Time it waited for the target.", 0 },
	{ "slowest", VAL_TEXT, 0, NULL, NULL,
	  "Where most of that went: source, mapping, target; lock: the target waits for one.", 0 },
	{ "blocked_by", VAL_TEXT, COL_WRAP, NULL, NULL,
	  "Who holds the lock in the target that it waits for now.", 0 },
	{ "unblock", VAL_TEXT, COL_WRAP, NULL, NULL, "What to do about that.", 0 },
	{ "engine", VAL_TEXT, 0, NULL, NULL, "Engine that has or had it.", 0 },
	{ "max_attempts", VAL_INT8, 0, NULL, NULL, "How often it is tried.", 0 },
	{ "queue", VAL_NAME, 0, NULL, NULL, "Its queue.", 0 },
	{ "priority", VAL_INT8, 0, NULL, NULL, "Small goes first.", 0 },
	{ "run_after", VAL_TIME, 0, NULL, NULL, "Before this moment it does not start.", 0 },
	{ "time_limit", VAL_SECONDS, 0, NULL, NULL, "Of one attempt; null: none.", 0 },
	{ "unique", VAL_TEXT, 0, NULL, NULL, "The key of which it is the only job now.", 0 },
	{ "waits_for", VAL_JSON, 0, NULL, NULL, "Jobs that have to end first.", 0 },
	{ "held_back_by", VAL_TEXT, COL_WRAP, NULL, NULL, "Why it does not start now.", 0 },
	{ "asked", VAL_TEXT, 0, NULL, NULL,
	  "What it was asked while it runs: stop or give way.", 0 },
	{ "slot_start", VAL_TEXT, 0, NULL, NULL, "Where the span that it is for begins.", 0 },
	{ "slot_end", VAL_TEXT, 0, NULL, NULL, "Where it ends.", 0 },
	{ "attempts", VAL_JSON, COL_WRAP, NULL, NULL, "Each attempt with its outcome.", 0 },
	{ "pipeline_body", VAL_JSON, COL_WRAP, NULL, NULL,
		"What the job does, as it was asked for.",
	  0 },
	VAL_END
};

/* ---- list ------------------------------------------------------------------ */

static const struct val_spec list_args[] = {
	JOBS_FILTER_ARGS,
	LISTS_WORDS,
	LISTS_PAGE("50"),
	VAL_END
};

static enum err_code run_list(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct job_filter filter;
	struct list_said said;
	struct job_rows rows = { 0 };
	struct db *db;
	enum err_code rc = jobs_filter(in, &filter, err);

	if (rc == ERR_OK)
		rc = lists_ask(ctx, in, &filter.ask, &said, err);
	filter.look_ms = LOOK_MS;
	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = job_list(ctx->mem, db, &filter, &rows, err);
	for (int i = 0; rc == ERR_OK && i < rows.n; i++) {
		put_job(out, &rows.j[i]);
		put_more(out, &rows.j[i]);
		reply_end_row(out);
	}
	if (rc == ERR_OK)
		lists_tell(ctx, &filter.ask, "jobs");
	return rc;
}

static const struct cmd_example list_examples[] = {
	{ "leat job list", "The newest jobs" },
	{ "leat job list --state failed --since 2d", "What went wrong in two days" },
	{ "leat job list 'state=failed error~time.?out | rows_rejected>1k'",
	  "The same and more, as a filter" },
	{ "leat job list --sort failed since 1d", "All of a day, what failed on top" },
	{ "leat job list --sort -bytes --limit 10", "The largest of the newest jobs" },
	{ "leat job list --state failed --state dead --error 'could not reach'",
	  "What went wrong in a certain way" },
	{ "leat -o json job list --limit 1", "For a program" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_job_list = {
	.name = "job list",
	.since = "0.1",
	.summary = "Show jobs, the newest first.",
	.text = "By state, pipeline, queue, kind, number and since jobs are found at once, however "
		"many there are. Whatever else is asked, of those or of all, jobs are looked at one "
		"after the other, the newest first, for two seconds; a note says how far that went. "
		"Other orders than by number or age are those of the newest ten thousand that match; "
		"but --sort failed shows whatever failed or is dead first, and behind it the rest, each "
		"the newest first, of all that there are.",
	.flags = CMD_IDEMPOTENT,
	.args = list_args,
	.reply = list_reply,
	.examples = list_examples,
	.run = run_list,
};

/* ---- show ------------------------------------------------------------------- */

static const struct val_spec show_args[] = {
	{ "job", VAL_INT8, ARG_POSITIONAL, NULL, NULL, "The job; the newest when not given.", 0 },
	VAL_END
};

static void put(json_t *o, const char *key, const char *value)
{
	if (value != NULL)
		json_object_set_new(o, key, json_string(value));
}

static void put_attempts(struct reply *out, const struct job_attempts *list)
{
	json_t *all = json_array();
	char *text;

	for (int i = 0; i < list->n; i++) {
		const struct job_attempt *a = &list->a[i];
		json_t *o = json_object();

		json_object_set_new(o, "run", json_integer(a->run));
		json_object_set_new(o, "attempt", json_integer(a->attempt));
		put(o, "outcome", a->outcome);
		put(o, "engine", a->engine);
		put(o, "started_at", a->started_at);
		put(o, "finished_at", a->finished_at);
		put(o, "error_code", a->error_code);
		put(o, "error", a->error);
		json_array_append_new(all, o);
	}
	text = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	reply_json(out, "attempts", text);
	free(text);
}

/* ---- why it waits ------------------------------------------------------------ */

static const char *limit_text(struct arena *mem, const struct job_hold *h)
{
	const char *whose = h->name != NULL && h->name[0] != '\0'
		? arena_printf(mem, "%s %s", h->scope, h->name) : h->scope;

	if (h->max_running >= 0 && h->running >= h->max_running)
		return arena_printf(mem, "waits for a place: %s allows %" PRId64 ", %" PRId64
				    " %s", whose, h->max_running, h->running,
				    h->running == 1 ? "runs" : "run");
	return arena_printf(mem, "waits for its turn: the rate of %s lets the next job start in "
			    "%.1f s", whose, h->wait_ms > 0 ? h->wait_ms / 1000 : 0);
}

static const char *hold_text(struct arena *mem, const struct job_hold *h)
{
	switch (h->kind) {
	case JOB_HOLD_QUEUE:
		return arena_printf(mem, "queue %s is paused", h->name);
	case JOB_HOLD_PIPELINE:
		return h->why == NULL
			? arena_printf(mem, "pipeline %s is paused", h->name)
			: arena_printf(mem, "pipeline %s is held by %s; until: leat pipeline resume "
				       "%s", h->name, h->why, h->name);
	case JOB_HOLD_ENGINE:
		return arena_printf(mem, "no engine serves queue %s: leat work", h->name);
	case JOB_HOLD_LIMIT:
		return limit_text(mem, h);
	case JOB_HOLD_PARENT:
		return arena_printf(mem, "waits for job %" PRId64 ", which is %s", h->job,
				    job_state_name(h->state));
	case JOB_HOLD_KEY:
		break;
	}
	return NULL;
}

static void put_holds(struct cmd_ctx *ctx, struct reply *out, const struct job_row *job,
		      const struct job_holds *holds)
{
	static const char *const on_fail[] = { "cancel", "run", "wait" };
	const char *why = job->state == JOB_PAUSED ? "it is paused" : NULL;
	json_t *parents = json_array();
	char *text;

	for (int i = 0; i < holds->n; i++) {
		const struct job_hold *h = &holds->h[i];
		const char *more = hold_text(ctx->mem, h);

		if (h->kind == JOB_HOLD_KEY)
			reply_text(out, "unique", h->name);
		if (h->kind == JOB_HOLD_PARENT)
			json_array_append_new(parents, json_pack("{s:I,s:s,s:s}", "job",
				(json_int_t)h->job, "state", job_state_name(h->state),
				"if_failed", on_fail[h->on_fail]));
		if (more != NULL)
			why = why == NULL ? more : arena_printf(ctx->mem, "%s; %s", why, more);
	}
	if (json_array_size(parents) > 0) {
		text = json_dumps(parents, JSON_COMPACT);
		reply_json(out, "waits_for", text);
		free(text);
	}
	json_decref(parents);
	reply_text(out, "held_back_by", why);
}

static void put_slot(struct cmd_ctx *ctx, struct reply *out, const char *body)
{
	struct err err = { 0 };
	struct pipeline p;

	if (body_read(ctx->mem, body, "the job", &p, &err) != ERR_OK)
		return;	/* a message of an alert, for one */
	reply_text(out, "slot_start", p.slot.start);
	reply_text(out, "slot_end", p.slot.end);
}

static void put_place(struct cmd_ctx *ctx, struct reply *out, const struct job_row *job,
		      const struct job_holds *holds)
{
	reply_text(out, "queue", job->queue);
	reply_int8(out, "priority", job->priority);
	if (!job_state_is_final(job->state) && job->state != JOB_RUNNING)
		reply_text(out, "run_after", job->run_after);
	if (job->time_limit_ms > 0)
		reply_float8(out, "time_limit", (double)job->time_limit_ms / 1000);
	put_holds(ctx, out, job, holds);
	put_asked(out, job);
	put_slot(ctx, out, job->body);
}

static void put_spent(struct cmd_ctx *ctx, struct reply *out, const struct job_row *job)
{
	struct job_spent s = job_spent_read(ctx->mem, job->result);
	const char *most = job_spent_most(&s);

	if (job->state == JOB_RUNNING && job->total_bytes >= 0)
		reply_int8(out, "total_bytes", job->total_bytes);
	if (most == NULL)
		return;
	reply_float8(out, "time_source", (double)s.source_us / 1e6);
	reply_float8(out, "time_mapping", (double)s.mapping_us / 1e6);
	reply_float8(out, "time_target", (double)s.target_us / 1e6);
	reply_text(out, "slowest", most);
	reply_text(out, "blocked_by", s.blocked_by);
	reply_text(out, "unblock", s.blocked_hint);
}

static enum err_code run_show(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct job_attempts attempts = { 0 };
	struct job_holds holds = { 0 };
	struct job_over over;
	struct job_row job;
	struct db *db;
	int64_t id;
	enum err_code rc = jobs_id(ctx, in, "job", &id, err);

	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = job_get(ctx->mem, db, id, &job, err);
	if (rc == ERR_OK)
		rc = job_attempts(ctx->mem, db, id, &attempts, err);
	if (rc == ERR_OK && !job_state_is_final(job.state))
		rc = job_hold(ctx->mem, db, id, &holds, err);
	if (rc != ERR_OK)
		return rc;
	put_job(out, &job);
	reply_text(out, "hint", job.hint);
	reply_text(out, "sqlstate", job.sqlstate);
	reply_text(out, "mode", job.mode);
	reply_text(out, "phase", job.phase);
	over = job_over_read(ctx->mem, job.result);
	reply_text(out, "over_rejects", over.why);
	put_spent(ctx, out, &job);
	reply_text(out, "engine", job.engine);
	reply_int8(out, "max_attempts", job.max_attempts);
	put_place(ctx, out, &job, &holds);
	put_attempts(out, &attempts);
	reply_json(out, "pipeline_body", job.body);
	reply_end_row(out);
	return ERR_OK;
}

static const struct cmd_example show_examples[] = {
	{ "leat job show 1", "One job with its attempts" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_job_show = {
	.name = "job show",
	.since = "0.1",
	.summary = "Show one job with its attempts.",
	.flags = CMD_IDEMPOTENT | CMD_ONE,
	.args = show_args,
	.reply = show_reply,
	.examples = show_examples,
	.run = run_show,
};

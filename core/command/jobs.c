/*
 * core/command/jobs.c
 *	What the commands that make and follow jobs have in common.
 */
#include "core/command/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/terms.h"
#include "core/flow/budget.h"
#include "core/meta/job.h"
#include "core/meta/queue.h"
#include "core/meta/slot.h"

#define HEAD_START_MS 2000

const struct val_spec jobs_outcome_reply[] = { JOBS_OUTCOME_COLUMNS, VAL_END };

void jobs_reply_outcome(struct reply *out, const struct engine_outcome *o)
{
	if (o->job != 0)
		reply_int8(out, "job", o->job);
	reply_text(out, "state", o->state);
	reply_text(out, "source", o->source);
	reply_text(out, "target", o->target);
	reply_int8(out, "rows_read", o->ledger.read);
	reply_int8(out, "rows_written", o->ledger.written);
	reply_int8(out, "rows_unchanged", o->ledger.unchanged);
	reply_int8(out, "rows_filtered", o->ledger.filtered);
	reply_int8(out, "rows_rejected", o->ledger.rejected);
	reply_int8(out, "bytes", o->ledger.bytes);
	reply_float8(out, "seconds", o->seconds > 0 ? o->seconds : 0);
	reply_end_row(out);
}

static void on_progress(void *ctx, const struct engine_progress *p)
{
	struct cmd_ctx *cmd = ctx;
	struct cmd_progress shown = {
		.job = p->job,
		.phase = p->phase != NULL ? p->phase : "",
		.rows = p->ledger.read,
		.rejected = p->ledger.rejected,
		.bytes = p->ledger.bytes,
		.total_bytes = p->total_bytes,
		.rows_per_s = p->rows_per_s,
		.eta_ms = p->eta_ms,
		.is_last = p->is_last,
	};

	if (cmd->progress != NULL)
		cmd->progress(cmd->face, &shown);
}

/* The error itself is told at the end; information only to whoever wants to hear more. */
static void on_note(void *ctx, int level, const char *line)
{
	struct cmd_ctx *cmd = ctx;

	if (level == LOG_WARN && cmd->note != NULL)
		cmd->note(cmd->face, line);
	else if (level > LOG_WARN)
		log_line((enum log_level)level, "%s", line);
}

void jobs_hooks(struct cmd_ctx *ctx, struct engine_hooks *hooks)
{
	*hooks = (struct engine_hooks){ .ctx = ctx, .progress = on_progress, .note = on_note };
}

/* Answers what is known of the job, then says whether that is good news. */
static enum err_code answer(struct cmd_ctx *ctx, const struct engine_outcome *o, enum err_code rc,
			    struct reply *out, struct err *err)
{
	if (o->state != NULL)
		jobs_reply_outcome(out, o);
	if (rc == ERR_OK && o->over == NULL && o->job != 0 && o->ledger.rejected > 0)
		cmd_note(ctx, "%lld %s rejected; the reasons: leat reject groups %lld",
			 (long long)o->ledger.rejected,
			 o->ledger.rejected == 1 ? "row was" : "rows were", (long long)o->job);
	if (rc != ERR_OK || o->over == NULL)
		return rc;
	err_set(err, ERR_REJECTS, "%s", o->over);
	if (o->is_held)
		err_hint(err, "The others are stored, and the pipeline is held: its next job starts after "
			 "leat pipeline resume. Those rejected are shown by: leat reject groups %lld.",
			 (long long)o->job);
	else if (o->job != 0)
		err_hint(err, "The others are stored. Those rejected are shown by: leat reject groups "
			 "%lld.", (long long)o->job);
	return ERR_REJECTS;
}

enum err_code jobs_follow(struct cmd_ctx *ctx, int64_t id, int64_t timeout_ms, struct reply *out,
			  struct err *err)
{
	struct engine_outcome outcome = { 0 };
	struct engine_hooks hooks;
	struct engine_env env;
	enum err_code rc = cmd_engine_env(ctx, &env, err);

	if (rc != ERR_OK)
		return rc;
	jobs_hooks(ctx, &hooks);
	rc = engine_watch(ctx->mem, &env, id, timeout_ms, &hooks, &outcome, err);
	return answer(ctx, &outcome, rc, out, err);
}

enum err_code jobs_run(struct cmd_ctx *ctx, int64_t id, struct reply *out, struct err *err)
{
	struct engine_outcome outcome = { 0 };
	struct engine_hooks hooks;
	struct engine_env env;
	enum err_code rc = cmd_engine_env(ctx, &env, err);

	if (rc != ERR_OK)
		return rc;
	env.has_stdin = true;
	jobs_hooks(ctx, &hooks);
	rc = engine_run_job(ctx->mem, &env, id, &hooks, &outcome, err);
	if (rc == ERR_CONFLICT && outcome.state == NULL) {
		err_clear(err);
		return jobs_follow(ctx, id, -1, out, err);
	}
	if (rc == ERR_INTERRUPTED) {
		err_set(err, rc, "interrupted; job %lld was handed back to the queue",
			(long long)id);
		err_hint(err, "Run it with: leat work --until-idle. Give it up with: "
			      "leat job cancel %lld.", (long long)id);
	}
	return answer(ctx, &outcome, rc, out, err);
}

enum err_code jobs_answer_queued(struct cmd_ctx *ctx, struct db *db, int64_t id,
				 struct reply *out, struct err *err)
{
	struct job_row row;
	enum err_code rc = job_get(ctx->mem, db, id, &row, err);

	if (rc != ERR_OK)
		return rc;
	reply_int8(out, "job", id);
	reply_text(out, "state", job_state_name(row.state));
	reply_text(out, "source", row.source);
	reply_text(out, "target", row.target);
	reply_end_row(out);
	return ERR_OK;
}

enum err_code jobs_submit(struct cmd_ctx *ctx, struct job_request *request, bool is_detached,
			  struct reply *out, struct err *err)
{
	struct db *db;
	int64_t id = 0;
	bool is_new = true;
	enum err_code rc = cmd_db(ctx, &db, err);

	request->is_quiet = !is_detached;
	/* It is ours: others leave it alone unless we die before we have claimed it. */
	if (!is_detached)
		request->delay_ms = HEAD_START_MS;
	if (rc == ERR_OK)
		rc = job_add(db, request, &id, &is_new, err);
	if (rc != ERR_OK)
		return rc;
	if (!is_new)
		cmd_note(ctx, "job %lld with the same key has not ended: no other is made",
			 (long long)id);
	if (is_detached)
		return jobs_answer_queued(ctx, db, id, out, err);
	return jobs_run(ctx, id, out, err);
}

enum err_code jobs_dry_run(struct cmd_ctx *ctx, const struct pipeline *p, struct reply *out,
			   struct err *err)
{
	static const char *const would_be[] = {
		[OVER_WARN] = "The others would be stored, and the job would end with this status.",
		[OVER_FAIL] = "The job would fail, and nothing would be stored.",
		[OVER_HOLD] = "The others would be stored, and the pipeline would be paused.",
	};
	struct engine_outcome outcome = { 0 };
	struct engine_hooks hooks;
	struct engine_env env;
	enum err_code rc = cmd_engine_env(ctx, &env, err);

	if (rc != ERR_OK)
		return rc;
	jobs_hooks(ctx, &hooks);
	rc = engine_dry_run(ctx->mem, &env, p, NULL, NULL, &hooks, &outcome, err);
	outcome.job = 0;
	rc = answer(ctx, &outcome, rc, out, err);
	if (rc == ERR_REJECTS)
		err_hint(err, "%s", would_be[p->over_rejects]);
	return rc;
}

enum err_code jobs_budget(const struct cmd_args *in, struct pipeline *p, struct err *err)
{
	const char *over = arg_text(in, "over-rejects");
	enum err_code rc;

	if (arg_given(in, "max-rejects"))
		arg_share(in, "max-rejects", &p->max_rejects, &p->max_rejects_percent);
	for (int o = OVER_WARN; over != NULL && o <= OVER_HOLD; o++)
		if (strcmp(over, over_rejects_name((enum over_rejects)o)) == 0)
			p->over_rejects = (enum over_rejects)o;
	rc = budget_check(p, err);
	err->code = rc == ERR_OK ? rc : ERR_USAGE;
	return err->code;
}

/* "12,14" */
static enum err_code read_parents(struct arena *mem, const char *text, struct job_request *out,
				  struct err *err)
{
	int64_t *list = arena_array(mem, strlen(text) + 1, sizeof(*list));
	char *end;

	out->parents = list;
	for (const char *p = text;; p = end + 1) {
		list[out->nparents] = strtoll(p, &end, 10);
		if (end == p || list[out->nparents++] < 1 || (*end != ',' && *end != '\0'))
			return err_set(err, ERR_USAGE, "--after takes numbers of jobs, as in 12,14");
		if (*end == '\0')
			return ERR_OK;
	}
}

/* A choice as its place in the list; the first when nothing was said. */
static int choice_of(const struct cmd_args *in, const char *name, const char *const *word, int n)
{
	for (int i = 1; i < n; i++)
		if (arg_given(in, name) && strcmp(arg_text(in, name), word[i]) == 0)
			return i;
	return 0;
}

static enum err_code check_ask(const struct cmd_args *in, bool has_key, struct err *err)
{
	const char *queue = arg_text(in, "queue"), *key = arg_text(in, "unique");

	if (arg_int8(in, "attempts") < 1 || arg_int8(in, "attempts") > TERMS_ATTEMPTS_MAX)
		return err_set(err, ERR_USAGE, "--attempts takes a number from 1 to %d",
			       TERMS_ATTEMPTS_MAX);
	if (arg_int8(in, "priority") < 1 || arg_int8(in, "priority") > TERMS_PRIORITY_MAX)
		return err_set(err, ERR_USAGE, "--priority takes a number from 1 to %d",
			       TERMS_PRIORITY_MAX);
	if (strlen(queue) > TERMS_QUEUE_MAX)
		return err_set(err, ERR_USAGE, "--queue takes a name of 1 to %d characters",
			       TERMS_QUEUE_MAX);
	if (key != NULL && (key[0] == '\0' || strlen(key) > TERMS_UNIQUE_MAX))
		return err_set(err, ERR_USAGE, "--unique takes a text of 1 to %d characters",
			       TERMS_UNIQUE_MAX);
	if (arg_given(in, "time-limit") && arg_ms(in, "time-limit") < 1)
		return err_set(err, ERR_USAGE, "--time-limit takes a span above 0");
	if (arg_given(in, "delay") && arg_given(in, "at"))
		return err_set(err, ERR_USAGE, "either --delay or --at");
	if (arg_given(in, "on-clash") && key == NULL && !has_key)
		return err_set(err, ERR_USAGE, "--on-clash goes with --unique");
	if (arg_given(in, "if-failed") && !arg_given(in, "after"))
		return err_set(err, ERR_USAGE, "--if-failed goes with --after");
	return ERR_OK;
}

/* What the options say of what a pipeline can say too. */
static void ask_terms(const struct cmd_args *in, struct job_request *out)
{
	static const char *const clash[] = { "keep", "refuse", "replace" };

	if (arg_given(in, "queue"))
		out->queue = arg_text(in, "queue");
	if (arg_given(in, "priority"))
		out->priority = (int)arg_int8(in, "priority");
	if (arg_given(in, "attempts"))
		out->max_attempts = (int)arg_int8(in, "attempts");
	if (arg_given(in, "time-limit"))
		out->time_limit_ms = arg_ms(in, "time-limit");
	if (arg_given(in, "unique"))
		out->key = arg_text(in, "unique");
	if (arg_given(in, "on-clash"))
		out->on_clash = (enum job_clash)choice_of(in, "on-clash", clash, 3);
}

enum err_code jobs_ask(struct cmd_ctx *ctx, const struct cmd_args *in,
		       const struct terms *preset, struct job_request *out, bool *is_later,
		       struct err *err)
{
	static const char *const fail[] = { "cancel", "run", "wait" };
	int64_t now_us = 0;
	struct db *db;
	enum err_code rc = check_ask(in, preset->unique != NULL, err);

	job_request_terms(out, preset);
	ask_terms(in, out);
	out->delay_ms = arg_ms(in, "delay");
	out->on_fail = (enum job_on_fail)choice_of(in, "if-failed", fail, 3);
	if (rc == ERR_OK && arg_given(in, "after"))
		rc = read_parents(ctx->mem, arg_text(in, "after"), out, err);
	if (rc == ERR_OK && arg_given(in, "at")) {
		rc = cmd_db(ctx, &db, err);
		if (rc == ERR_OK)
			rc = slot_now(db, &now_us, err);
		out->delay_ms = (arg_time_us(in, "at") - now_us) / 1000;
		if (rc == ERR_OK && out->delay_ms <= 0)
			rc = err_set(err, ERR_USAGE, "--at is a moment that has passed");
	}
	*is_later = out->delay_ms > 0 || out->nparents > 0;
	return rc;
}

bool jobs_filter_given(const struct cmd_args *in)
{
	static const char *const name[] = {
		"state", "pipeline", "queue", "kind", "since", "error",
	};
	const char *text = arg_text(in, "filter") != NULL ? arg_text(in, "filter") : "";
	bool is_given = false;

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		is_given |= arg_given(in, name[i]);
	/* An empty one names nothing: it must not mean every job there is. */
	return is_given || text[strspn(text, " \t\n")] != '\0';
}

enum err_code jobs_filter(const struct cmd_args *in, struct job_filter *out, struct err *err)
{
	const char *kind = arg_text(in, "kind");

	*out = (struct job_filter){
		.pipeline = arg_text(in, "pipeline"),
		.queue = arg_text(in, "queue"),
		.error = arg_text(in, "error"),
		.kind = kind != NULL && strcmp(kind, "all") == 0 ? "" : kind,
		.since_us = arg_time_us(in, "since"),
	};
	for (int i = 0; i < arg_count(in, "state"); i++)
		out->states |= 1u << job_state_of(arg_nth(in, "state", i));
	if (out->error != NULL && out->error[0] == '\0')
		return err_set(err, ERR_USAGE, "--error takes a text that is not empty");
	return ERR_OK;
}

enum err_code jobs_id(struct cmd_ctx *ctx, const struct cmd_args *in, const char *name,
		      int64_t *id, struct err *err)
{
	struct job_filter filter = { .ask.limit = 1 };
	struct job_rows rows = { 0 };
	struct db *db;
	enum err_code rc;

	if (arg_given(in, name)) {
		*id = arg_int8(in, name);
		return ERR_OK;
	}
	rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = job_list(ctx->mem, db, &filter, &rows, err);
	if (rc == ERR_OK && rows.n == 0)
		rc = err_set(err, ERR_NOT_FOUND, "there is no job yet");
	if (rc == ERR_OK)
		*id = rows.j[0].id;
	return rc;
}

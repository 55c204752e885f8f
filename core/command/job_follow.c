/*
 * core/command/job_follow.c
 *	The commands job logs, logs, job watch and job wait.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/command/jobs.h"
#include "core/command/lists.h"
#include "core/meta/job.h"
#include "core/meta/job_log.h"
#include "core/meta/log_page.h"

#define LOG_PAGE 1000	/* lines at a time */

/* ---- logs -------------------------------------------------------------------- */

static const struct val_spec logs_args[] = {
	{ "job", VAL_INT8, ARG_POSITIONAL, NULL, "job", "The job; the newest when not given.", 0 },
	{ "follow", VAL_BOOL, 0, NULL, NULL, "Go on until the job ends.", 'f' },
	{ "tail", VAL_INT8, 0, NULL, NULL, "Only the last lines.", 'n' },
	{ "since", VAL_DURATION, 0, NULL, NULL, "Only lines that are not older.", 0 },
	{ "level", VAL_CHOICE, 0, "debug", "error|warning|info|debug",
	  "Only lines of that level, and of worse ones.", 0 },
	LISTS_FILTER,
	{ "after", VAL_INT8, 0, NULL, "ID", "What comes behind the line of this id: the next page.",
	  0 },
	{ "before", VAL_INT8, 0, NULL, "ID", "What comes before that line: the previous page.", 0 },
	{ "limit", VAL_INT8, 0, NULL, NULL, "At most so many; of a page 1,000 when not said.", 0 },
	VAL_END
};

static const struct val_spec logs_reply[] = {
	{ "at", VAL_TIME, 0, NULL, NULL, "When it was said.", 0 },
	{ "run", VAL_INT8, 0, NULL, NULL, "In which run of the job: each attempt is one.", 0 },
	{ "level", VAL_TEXT, 0, NULL, NULL, "error, warning, info or debug.", 0 },
	{ "line", VAL_TEXT, COL_WRAP, NULL, NULL, "What was said.", 0 },
	{ "job", VAL_INT8, COL_WIDE, NULL, NULL, "The job that said it.", 0 },
	{ "id", VAL_INT8, COL_WIDE, NULL, NULL, "Number of the line: the key of pages.", 0 },
	VAL_END
};

struct log_out {
	struct reply *out;
	int64_t job;
	int level;
	int64_t last;	/* id of the last line that was read */
};

static void put_line(void *ctx, const struct job_log_line *l)
{
	struct log_out *to = ctx;

	to->last = l->id;
	if (l->level > to->level)
		return;
	reply_int8(to->out, "at", l->at_us);
	reply_int8(to->out, "run", l->run);
	reply_text(to->out, "level", log_level_name((enum log_level)l->level));
	reply_text(to->out, "line", l->line);
	reply_int8(to->out, "job", to->job);
	reply_int8(to->out, "id", l->id);
	reply_end_row(to->out);
}

static enum err_code put_all(struct cmd_ctx *ctx, struct db *db, int64_t id,
			     struct job_log_filter *f, struct log_out *to, struct err *err)
{
	struct job_log_lines lines = { 0 };
	struct arena *page = arena_new(ctx->mem, "page");
	enum err_code rc;

	do {
		arena_reset(page);
		f->after = to->last;
		rc = job_log_list(page, db, id, f, LOG_PAGE, &lines, err);
		for (int i = 0; rc == ERR_OK && i < lines.n; i++)
			put_line(to, &lines.l[i]);
		if (rc == ERR_OK && atomic_load(ctx->stop) != 0)
			rc = err_set(err, ERR_INTERRUPTED, "stopped reading the log");
	} while (rc == ERR_OK && lines.n == LOG_PAGE);
	arena_free(page);
	return rc;
}

static enum err_code put_tail(struct cmd_ctx *ctx, struct db *db, int64_t id, int64_t n,
			      const struct job_log_filter *f, struct log_out *to, struct err *err)
{
	struct job_log_lines lines = { 0 };
	enum err_code rc;

	if (n < 1 || n > 1000000)
		return err_set(err, ERR_USAGE, "--tail takes a number from 1 to 1000000");
	rc = job_log_tail(ctx->mem, db, id, f, (int)n, &lines, err);
	for (int i = 0; rc == ERR_OK && i < lines.n; i++)
		put_line(to, &lines.l[i]);
	return rc;
}

/* Behind what was shown, until the job ends: how it ends is not the log's business. */
static enum err_code follow_log(struct cmd_ctx *ctx, int64_t id, struct log_out *to,
				struct err *err)
{
	struct engine_hooks hooks = { .ctx = to, .line = put_line, .log_after = to->last };
	struct engine_outcome outcome = { 0 };
	struct engine_env env;
	enum err_code rc = cmd_engine_env(ctx, &env, err);

	if (rc != ERR_OK)
		return rc;
	rc = engine_watch(ctx->mem, &env, id, -1, &hooks, &outcome, err);
	if (rc != ERR_OK && outcome.state != NULL &&
	    job_state_is_final((enum job_state)job_state_of(outcome.state))) {
		err_clear(err);
		rc = ERR_OK;
	}
	return rc;
}

/* What is there now and is not shown is older than what was asked for. */
static enum err_code pass_over(struct cmd_ctx *ctx, struct db *db, int64_t id, int64_t *newest,
			       struct err *err)
{
	struct job_log_filter all = { .since_ms = -1, .level = LOG_DEBUG };
	struct job_log_lines lines = { 0 };
	enum err_code rc = job_log_tail(ctx->mem, db, id, &all, 1, &lines, err);

	*newest = lines.n > 0 ? lines.l[0].id : 0;
	return rc;
}

static int level_of(const char *name)
{
	for (int i = LOG_ERROR; i < LOG_DEBUG; i++) {
		if (strcmp(name, log_level_name((enum log_level)i)) == 0)
			return i;
	}
	return LOG_DEBUG;
}

/* Whether a page was asked for, and not the whole log. */
static bool is_page(const struct cmd_args *in)
{
	return arg_given(in, "filter") || arg_given(in, "after") || arg_given(in, "before") ||
	       arg_given(in, "limit");
}

static enum err_code run_page(struct cmd_ctx *ctx, const struct cmd_args *in, struct log_out *to,
			      struct err *err)
{
	struct list_said said = { 0 };
	struct list_ask tell = { .before = arg_text(in, "before"), .said = &said };
	struct log_ask ask = {
		.after = arg_int8(in, "after"), .before = arg_int8(in, "before"),
		.level = to->level, .limit = LOG_PAGE, .from_start = !arg_given(in, "before"),
		.filter = arg_text(in, "filter"), .said = &said,
	};
	struct log_rows rows = { 0 };
	struct db *db;
	enum err_code rc = jobs_id(ctx, in, "job", &ask.job, err);

	if (rc == ERR_OK && (arg_bool(in, "follow") || arg_given(in, "tail") ||
			     arg_given(in, "since")))
		rc = err_set(err, ERR_USAGE, "--follow, --tail and --since do not go with a page");
	if (rc == ERR_OK && arg_given(in, "limit"))
		ask.limit = (int)arg_int8(in, "limit");
	if (rc == ERR_OK && (ask.limit < 1 || ask.limit > LOG_PAGE_MAX))
		rc = err_set(err, ERR_USAGE, "--limit takes a number from 1 to %d", LOG_PAGE_MAX);
	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = log_page(ctx->mem, db, &ask, &rows, err);
	to->job = ask.job;
	for (int i = 0; rc == ERR_OK && i < rows.n; i++)
		put_line(to, &rows.r[i].line);
	if (rc == ERR_OK)
		lists_tell(ctx, &tell, "lines");
	return rc;
}

static enum err_code run_logs(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	struct log_out to = { .out = out, .level = level_of(arg_text(in, "level")) };
	struct job_log_filter f = { .since_ms = arg_given(in, "since") ? arg_ms(in, "since") : -1,
				    .level = to.level };
	struct job_row job;
	struct db *db;
	int64_t id, newest = 0;
	enum err_code rc;

	if (is_page(in))
		return run_page(ctx, in, &to, err);
	rc = jobs_id(ctx, in, "job", &id, err);
	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = job_get(ctx->mem, db, id, &job, err);
	if (rc != ERR_OK)
		return rc;
	to.job = id;
	rc = pass_over(ctx, db, id, &newest, err);
	if (rc == ERR_OK && arg_given(in, "tail"))
		rc = put_tail(ctx, db, id, arg_int8(in, "tail"), &f, &to, err);
	else if (rc == ERR_OK)
		rc = put_all(ctx, db, id, &f, &to, err);
	if (to.last < newest)
		to.last = newest;
	if (rc == ERR_OK && arg_bool(in, "follow") && !job_state_is_final(job.state))
		rc = follow_log(ctx, id, &to, err);
	return rc;
}

static const struct cmd_example logs_examples[] = {
	{ "leat job logs 1", "What a job said" },
	{ "leat logs --tail 5", "The end of the newest job's log" },
	{ "leat logs 1 --follow --since 10m --level warning", "What went wrong, as it comes" },
	{ "leat logs 1 --filter 'line~part.[0-9]+' --limit 100", "Some of the lines of a job" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_job_logs = {
	.name = "job logs",
	.since = "0.1",
	.summary = "Show what a job said.",
	.text = "With --follow each line is shown as it comes, over all attempts, until the job "
		"ends; nothing is asked of the database in between, and a lost connection costs "
		"no line. The exit status is 0 however the job ended: job wait and job watch "
		"answer with the job's. Of each attempt the first and the last 5,000 lines are "
		"kept, 1 MB each; a line between them says what was left out.",
	.flags = CMD_IDEMPOTENT | CMD_STREAMS,
	.args = logs_args,
	.reply = logs_reply,
	.examples = logs_examples,
	.run = run_logs,
};

const struct cmd_spec cmd_logs = {
	.name = "logs",
	.since = "0.1",
	.summary = "Show what a job said; short for job logs.",
	.text = "With --follow each line is shown as it comes, over all attempts, until the job "
		"ends; nothing is asked of the database in between, and a lost connection costs "
		"no line. The exit status is 0 however the job ended: job wait and job watch "
		"answer with the job's. Of each attempt the first and the last 5,000 lines are "
		"kept, 1 MB each; a line between them says what was left out.",
	.flags = CMD_IDEMPOTENT | CMD_STREAMS,
	.args = logs_args,
	.reply = logs_reply,
	.run = run_logs,
};

/* ---- watch, wait ---------------------------------------------------------------- */

static const struct val_spec watch_args[] = {
	{ "job", VAL_INT8, ARG_POSITIONAL, NULL, "job", "The job; the newest when not given.", 0 },
	VAL_END
};

static const struct val_spec watch_reply[] = {
	{ "at", VAL_TIME, 0, NULL, NULL, "When that was so.", 0 },
	{ "phase", VAL_TEXT, 0, NULL, NULL, "What the job was doing, or its last state.", 0 },
	{ "rows_read", VAL_INT8, 0, NULL, NULL, "Rows so far.", 0 },
	{ "rows_rejected", VAL_INT8, 0, NULL, NULL, "Rows rejected so far.", 0 },
	{ "bytes", VAL_BYTES, 0, NULL, NULL, "Bytes so far.", 0 },
	{ "rows_per_s", VAL_FLOAT8, 0, NULL, NULL, "Rows a second.", 0 },
	{ "eta_ms", VAL_DURATION, 0, NULL, NULL, "Time left, when that can be told.", 0 },
	VAL_END
};

static void on_step(void *ctx, const struct engine_progress *p)
{
	struct reply *out = ctx;

	reply_int8(out, "at", clock_wall_us());
	reply_text(out, "phase", p->phase);
	reply_int8(out, "rows_read", p->ledger.read);
	reply_int8(out, "rows_rejected", p->ledger.rejected);
	reply_int8(out, "bytes", p->ledger.bytes);
	reply_float8(out, "rows_per_s", p->rows_per_s);
	if (p->eta_ms >= 0)
		reply_int8(out, "eta_ms", p->eta_ms);
	reply_end_row(out);
}

static enum err_code run_watch(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			       struct err *err)
{
	struct engine_hooks hooks = { .ctx = out, .progress = on_step };
	struct engine_outcome outcome = { 0 };
	struct engine_env env;
	int64_t id;
	enum err_code rc = jobs_id(ctx, in, "job", &id, err);

	if (rc == ERR_OK)
		rc = cmd_engine_env(ctx, &env, err);
	if (rc == ERR_OK)
		rc = engine_watch(ctx->mem, &env, id, -1, &hooks, &outcome, err);
	return rc;
}

static const struct cmd_example watch_examples[] = {
	{ "leat job watch 1", "Follow a job to its end" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_job_watch = {
	.name = "job watch",
	.since = "0.1",
	.summary = "Show a job's progress as it happens.",
	.text = "A row for each notice, at most ten a second, until the job ends. Nothing is asked "
		"of the database in between. The exit status is that of the job.",
	.flags = CMD_IDEMPOTENT | CMD_STREAMS,
	.args = watch_args,
	.reply = watch_reply,
	.examples = watch_examples,
	.run = run_watch,
};

static const struct val_spec wait_args[] = {
	{ "job", VAL_INT8, ARG_POSITIONAL, NULL, "job", "The job; the newest when not given.", 0 },
	{ "timeout", VAL_DURATION, 0, NULL, NULL, "Give up waiting after that time.", 0 },
	VAL_END
};

static enum err_code run_wait(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			      struct err *err)
{
	int64_t id;
	enum err_code rc = jobs_id(ctx, in, "job", &id, err);

	if (rc != ERR_OK)
		return rc;
	return jobs_follow(ctx, id, arg_given(in, "timeout") ? arg_ms(in, "timeout") : -1, out,
			   err);
}

static const struct cmd_example wait_examples[] = {
	{ "leat job wait 1 --timeout 10m", "Its end, or an error after ten minutes" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_job_wait = {
	.name = "job wait",
	.since = "0.1",
	.summary = "Wait until a job ends.",
	.text = "The exit status is that of the job.",
	.flags = CMD_IDEMPOTENT | CMD_ONE,
	.args = wait_args,
	.reply = jobs_outcome_reply,
	.examples = wait_examples,
	.run = run_wait,
};

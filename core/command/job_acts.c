/*
 * core/command/job_acts.c
 *	The commands job cancel, retry, pause and resume: one job, several, or all that match.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/command/jobs.h"
#include "core/command/lists.h"
#include "core/db/db.h"
#include "core/meta/event.h"
#include "core/meta/job.h"
#include "core/meta/org.h"

#define PAGE       5000		/* jobs looked at in one statement */
#define LOOK_MS    2000		/* after that somebody may want to stop */
#define CHUNK      100		/* jobs in one transaction */
#define CHUNK_TRIES 5
#define JOBS_MAX   1000000
#define SHOWN      5		/* numbers of a line of the plan */

struct job_verb {
	const char *verb, *done;	/* "cancel", "cancelled" */
	unsigned usual;		/* states of jobs that it is done to, without --state */
	enum err_code (*run)(struct db *db, int64_t job, enum job_state *state, struct err *err);
};

/* What is to be done to which jobs. */
struct bulk {
	struct cmd_ctx *ctx;
	struct db *db;
	const struct job_verb *verb;
	int64_t *id;
	int n, cap;
	int64_t missing;	/* named, and not there */
	struct bulk_group *group;
	int ngroups;
};

/* Jobs of one state and pipeline. */
struct bulk_group {
	enum job_state state;
	const char *pipeline;
	int64_t n;
	int64_t first[SHOWN];
};

/* ---- which jobs -------------------------------------------------------------------- */

static void take(struct bulk *b, const struct job_row *j)
{
	struct arena *mem = b->ctx->mem;
	struct bulk_group *g = NULL;

	if (b->n == b->cap) {
		int64_t *more = arena_array(mem, (size_t)b->cap * 2 + 64, sizeof(*more));

		if (b->n > 0)
			memcpy(more, b->id, (size_t)b->n * sizeof(*more));
		b->cap = b->cap * 2 + 64;
		b->id = more;
	}
	b->id[b->n++] = j->id;
	for (int i = 0; i < b->ngroups && g == NULL; i++)
		if (b->group[i].state == j->state &&
		    strcmp(b->group[i].pipeline, j->pipeline) == 0)
			g = &b->group[i];
	if (g == NULL) {
		struct bulk_group *more = arena_array(mem, (size_t)b->ngroups + 1, sizeof(*more));

		if (b->ngroups > 0)
			memcpy(more, b->group, (size_t)b->ngroups * sizeof(*more));
		b->group = more;
		g = &more[b->ngroups++];
		*g = (struct bulk_group){ j->state, arena_strdup(mem, j->pipeline), 0, { 0 } };
	}
	if (g->n < SHOWN)
		g->first[g->n] = j->id;
	g->n++;
}

static enum err_code find_named(struct bulk *b, const struct cmd_args *in, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int i = 0; i < arg_count(in, "job") && rc == ERR_OK; i++) {
		int64_t id = strtoll(arg_nth(in, "job", i), NULL, 10);
		struct job_row row;
		bool is_twice = false;

		for (int k = 0; k < b->n; k++)
			is_twice |= b->id[k] == id;
		if (is_twice)
			continue;
		rc = job_get(b->ctx->mem, b->db, id, &row, err);
		if (rc == ERR_OK) {
			take(b, &row);
		} else if (rc == ERR_NOT_FOUND) {
			b->missing++;
			err_clear(err);
			rc = ERR_OK;
		}
	}
	return rc;
}

static enum err_code find_matching(struct bulk *b, const struct cmd_args *in, struct err *err)
{
	struct job_filter filter;
	struct list_said said = { 0 };
	enum err_code rc = jobs_filter(in, &filter, err);

	said.has_more = true;
	filter.ask = (struct list_ask){ .filter = lists_filter(b->ctx, in), .limit = PAGE,
					.said = &said };
	filter.usual = b->verb->usual;
	filter.look_ms = LOOK_MS;
	while (rc == ERR_OK && said.has_more) {
		struct arena *mem = arena_new(NULL, "page");
		struct job_rows rows = { 0 };

		rc = job_list(mem, b->db, &filter, &rows, err);
		for (int i = 0; rc == ERR_OK && i < rows.n; i++)
			take(b, &rows.j[i]);
		if (rc == ERR_OK && said.unfinished != NULL)
			rc = err_set(err, ERR_USAGE, "the filter is not finished: %s",
				     said.unfinished);
		/* Not the last row: jobs may have moved on while they were looked at. */
		filter.ask.after = arena_printf(b->ctx->mem, "%" PRId64, said.next);
		arena_free(mem);
		if (rc == ERR_OK && b->n > JOBS_MAX)
			rc = err_set(err, ERR_LIMIT, "that would be more than %d jobs", JOBS_MAX);
		if (rc == ERR_OK && atomic_load(b->ctx->stop) != 0)
			rc = err_set(err, ERR_INTERRUPTED, "interrupted; nothing was done");
	}
	return rc;
}

/* ---- answers -------------------------------------------------------------------------- */

static const char *first_of(struct bulk *b, const struct bulk_group *g)
{
	const char *list = "";

	for (int k = 0; k < g->n && k < SHOWN; k++)
		list = arena_printf(b->ctx->mem, "%s%s%" PRId64, list, k > 0 ? " " : "",
				    g->first[k]);
	return g->n > SHOWN ? arena_printf(b->ctx->mem, "%s ...", list) : list;
}

/* As rows, and as a text for whoever is asked. */
static const char *put_plan(struct bulk *b, struct reply *out)
{
	struct arena *mem = b->ctx->mem;
	const char *text = arena_printf(mem, "job %s: %d %s", b->verb->verb, b->n,
					b->n == 1 ? "job" : "jobs");

	for (int i = 0; i < b->ngroups; i++) {
		const struct bulk_group *g = &b->group[i];
		const char *name = text_clean_dup(mem, g->pipeline, strlen(g->pipeline));

		reply_text(out, "state", job_state_name(g->state));
		if (g->pipeline[0] != '\0')
			reply_text(out, "pipeline", g->pipeline);
		reply_text(out, "outcome", "planned");
		reply_int8(out, "jobs", g->n);
		reply_text(out, "first", first_of(b, g));
		reply_end_row(out);
		text = arena_printf(mem, "%s\n  %" PRId64 " %s%s%s: %s", text, g->n,
				    job_state_name(g->state), name[0] != '\0' ? " of " : "",
				    name, first_of(b, g));
	}
	return text;
}

static void put_outcome(struct reply *out, const char *what, int64_t n)
{
	if (n == 0)
		return;
	reply_text(out, "outcome", what);
	reply_int8(out, "jobs", n);
	reply_end_row(out);
}

/* ---- doing it ---------------------------------------------------------------------------- */

struct tally {
	int64_t done, asked, over, gone;
};

/* From id on, in one transaction: all of them, or none. */
static enum err_code run_chunk(struct bulk *b, const int64_t *id, int n, struct tally *sum,
			       struct err *err)
{
	struct tally t = *sum;
	enum err_code rc = db_begin(b->db, err);

	for (int i = 0; i < n && rc == ERR_OK; i++) {
		enum job_state state = JOB_QUEUED;

		rc = b->verb->run(b->db, id[i], &state, err);
		if (rc == ERR_OK)
			*(state == JOB_RUNNING ? &t.asked : &t.done) += 1;
		if (rc != ERR_CONFLICT && rc != ERR_NOT_FOUND)
			continue;
		*(rc == ERR_CONFLICT ? &t.over : &t.gone) += 1;
		err_clear(err);
		rc = ERR_OK;
	}
	if (rc == ERR_OK)
		rc = db_commit(b->db, err);
	if (rc != ERR_OK)
		db_rollback(b->db);
	else
		*sum = t;
	return rc;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static enum err_code run_all(struct bulk *b, struct tally *sum, struct err *err)
{
	enum err_code rc = ERR_OK;

	/* Everybody locks in this order. */
	if (b->n > 0)
		qsort(b->id, (size_t)b->n, sizeof(*b->id), by_number);
	for (int at = 0; at < b->n && rc == ERR_OK; at += CHUNK) {
		int n = b->n - at < CHUNK ? b->n - at : CHUNK;

		for (int i = 0; i < CHUNK_TRIES; i++) {
			err_clear(err);
			rc = run_chunk(b, b->id + at, n, sum, err);
			if (rc != ERR_TRANSIENT || db_is_broken(b->db))
				break;
		}
		if (rc == ERR_OK && at + n < b->n && atomic_load(b->ctx->stop) != 0)
			rc = err_set(err, ERR_INTERRUPTED, "interrupted with %d jobs left",
				     b->n - at - n);
	}
	return rc;
}

static enum err_code confirm(struct bulk *b, const char *plan, struct err *err)
{
	if (b->ctx->is_confirmed || (b->ctx->ask != NULL && b->ctx->ask(b->ctx->face, plan)))
		return ERR_OK;
	err_set(err, ERR_USAGE, "job %s of %d %s: not confirmed; nothing was done", b->verb->verb,
		b->n, b->n == 1 ? "job" : "jobs");
	err_hint(err, "Say --yes when that is what you want.");
	return ERR_USAGE;
}

/* Whoever shows these jobs reads them again, instead of a notice for each. */
static void tell_others(struct bulk *b)
{
	struct err err = { 0 };
	struct org org;

	if (db_is_broken(b->db) || org_current(b->ctx->mem, b->db, &org, &err) != ERR_OK ||
	    event_resync(b->db, org.id, &err) != ERR_OK)
		cmd_note(b->ctx, "others were not told that jobs have changed");
}

static enum err_code run_bulk(struct cmd_ctx *ctx, const struct cmd_args *in,
			      const struct job_verb *verb, struct reply *out, struct err *err)
{
	struct bulk b = { .ctx = ctx, .verb = verb };
	struct tally sum = { 0 };
	const char *plan;
	enum err_code rc;

	reply_many(out);
	if (arg_count(in, "job") > 0 && jobs_filter_given(in))
		return err_set(err, ERR_USAGE, "either numbers of jobs, or what they have in common");
	rc = cmd_db(ctx, &b.db, err);
	if (rc == ERR_OK)
		rc = arg_count(in, "job") > 0 ? find_named(&b, in, err)
					      : find_matching(&b, in, err);
	if (rc != ERR_OK)
		return rc;
	if (b.n == 0) {
		cmd_note(ctx, "no job matches: nothing to %s", verb->verb);
		put_outcome(out, "not found", b.missing);
		return b.missing > 0 ? err_set(err, ERR_NOT_FOUND, "none of these jobs exists")
				     : ERR_OK;
	}
	plan = put_plan(&b, out);
	rc = confirm(&b, plan, err);
	if (rc != ERR_OK)
		return rc;
	sum.gone = b.missing;
	rc = run_all(&b, &sum, err);
	put_outcome(out, verb->done, sum.done);
	put_outcome(out, strcmp(verb->verb, "pause") == 0 ? "asked to give way" : "asked to stop",
		    sum.asked);
	put_outcome(out, arena_printf(ctx->mem, "nothing to %s", verb->verb), sum.over);
	put_outcome(out, "not found", sum.gone);
	if (sum.done > 0)
		tell_others(&b);
	return rc;
}

/* ---- arguments --------------------------------------------------------------------------- */

#define ACT_ARGS                                                                               \
	{ "job", VAL_INT8, ARG_POSITIONAL | ARG_REPEAT, NULL, "job",                           \
	  "The jobs; or say with options which.", 0 }, JOBS_FILTER_ARGS, LISTS_FILTER

#define ACT_COLUMNS                                                                            \
	{ "pipeline", VAL_TEXT, 0, NULL, NULL, "Of several: of which pipeline.", 0 },          \
	{ "outcome", VAL_TEXT, 0, NULL, NULL,                                                  \
	  "Of several: planned, then what became of them.", 0 },                               \
	{ "jobs", VAL_INT8, 0, NULL, NULL, "Of several: how many.", 0 },                       \
	{ "first", VAL_TEXT, 0, NULL, NULL, "Of several: the first of them.", 0 }

#define MANY_TEXT                                                                              \
	"\n\nSeveral jobs, or all that options name: first comes the plan by state and "       \
	"pipeline, and with --yes, or a yes on the terminal, what became of them. They are "   \
	"changed a hundred at a time."

static const struct val_spec act_args[] = { ACT_ARGS, VAL_END };

static const struct val_spec act_reply[] = {
	{ "job", VAL_INT8, 0, NULL, NULL, "The job.", 0 },
	{ "state", VAL_TEXT, 0, NULL, NULL, "Its state after the call; of a plan, before.", 0 },
	ACT_COLUMNS,
	VAL_END
};

/* Whether one number was given, and no more. ERR_USAGE: nothing was. */
static enum err_code is_one(const struct cmd_args *in, const char *verb, bool *one,
			    struct err *err)
{
	*one = arg_count(in, "job") == 1 && !jobs_filter_given(in);
	if (arg_count(in, "job") > 0 || jobs_filter_given(in))
		return ERR_OK;
	err_set(err, ERR_USAGE, "job %s: which job?", verb);
	err_hint(err, "Say its number, several, or options such as --state and --pipeline.");
	return ERR_USAGE;
}

static enum err_code run_act(struct cmd_ctx *ctx, const struct cmd_args *in,
			     const struct job_verb *verb, enum job_state *state,
			     struct reply *out, struct err *err)
{
	struct db *db;
	bool one;
	enum err_code rc = is_one(in, verb->verb, &one, err);

	*state = JOB_SUCCEEDED;
	if (rc == ERR_OK && !one)
		return run_bulk(ctx, in, verb, out, err);
	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc == ERR_OK)
		rc = verb->run(db, arg_int8(in, "job"), state, err);
	if (rc != ERR_OK)
		return rc;
	reply_int8(out, "job", arg_int8(in, "job"));
	reply_text(out, "state", job_state_name(*state));
	reply_end_row(out);
	return ERR_OK;
}

/* ---- cancel -------------------------------------------------------------------------------- */

#define BIT(s) (1u << JOB_##s)
#define LIVE   (BIT(QUEUED) | BIT(WAITING) | BIT(PAUSED) | BIT(RUNNING))

static const struct job_verb cancel_verb = { "cancel", "cancelled", LIVE, job_cancel };

static enum err_code run_cancel(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	enum job_state state;
	enum err_code rc = run_act(ctx, in, &cancel_verb, &state, out, err);

	if (rc == ERR_OK && state == JOB_RUNNING)
		cmd_note(ctx, "job %" PRId64 " was asked to stop", arg_int8(in, "job"));
	if (rc == ERR_OK && state == JOB_QUEUED)
		cmd_note(ctx, "an earlier attempt of job %" PRId64 " may have committed; it ends "
			 "when an engine has asked the target", arg_int8(in, "job"));
	return rc;
}

static const struct cmd_example cancel_examples[] = {
	{ "leat job cancel --state queued --pipeline sales", "What would be cancelled" },
	{ "leat job cancel --filter 'state=queued priority>200 !source:orders'",
	  "The same of any jobs that a list can show" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_job_cancel = {
	.name = "job cancel",
	.since = "0.1",
	.summary = "Stop jobs that wait or run.",
	.text = "A job that waits is cancelled at once. One that runs is asked to stop; what it has "
		"written is undone, and its state changes when that is done. Parts that a parallel "
		"load has committed stay: the hint of leat job show says how many rows." MANY_TEXT,
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE,
	.args = act_args,
	.reply = act_reply,
	.examples = cancel_examples,
	.run = run_cancel,
};

/* ---- pause, resume -------------------------------------------------------------------------- */

static const struct job_verb pause_verb = {
	"pause", "paused", BIT(QUEUED) | BIT(WAITING) | BIT(RUNNING), job_pause,
};

static enum err_code run_pause(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			       struct err *err)
{
	enum job_state state;
	enum err_code rc = run_act(ctx, in, &pause_verb, &state, out, err);

	if (rc == ERR_OK && state == JOB_RUNNING)
		cmd_note(ctx, "job %" PRId64 " was asked to give way", arg_int8(in, "job"));
	return rc;
}

const struct cmd_spec cmd_job_pause = {
	.name = "job pause",
	.since = "0.1",
	.summary = "Let jobs wait until they are resumed.",
	.text = "A job that runs is asked to give way: what it has written is undone, the attempt "
		"does not count, and it begins anew when it is resumed." MANY_TEXT,
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE,
	.args = act_args,
	.reply = act_reply,
	.run = run_pause,
};

static enum err_code resume_one(struct db *db, int64_t job, enum job_state *state,
				struct err *err)
{
	*state = JOB_QUEUED;
	return job_resume(db, job, err);
}

static const struct job_verb resume_verb = {
	"resume", "resumed", BIT(PAUSED), resume_one,
};

static enum err_code run_resume(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	enum job_state state;

	return run_act(ctx, in, &resume_verb, &state, out, err);
}

const struct cmd_spec cmd_job_resume = {
	.name = "job resume",
	.since = "0.1",
	.summary = "Let paused jobs go on.",
	.text = "One that also waits for other jobs goes on waiting for them." MANY_TEXT,
	.flags = CMD_WRITES | CMD_IDEMPOTENT | CMD_ONE,
	.args = act_args,
	.reply = act_reply,
	.run = run_resume,
};

/* ---- retry ----------------------------------------------------------------------------------- */

static const struct val_spec retry_args[] = {
	ACT_ARGS,
	{ "detach", VAL_BOOL, 0, NULL, NULL, "Leave the job to an engine that runs elsewhere.", 0 },
	VAL_END
};

static const struct val_spec retry_reply[] = { JOBS_OUTCOME_COLUMNS, ACT_COLUMNS, VAL_END };

static enum err_code retry_one(struct db *db, int64_t job, enum job_state *state,
			       struct err *err)
{
	*state = JOB_QUEUED;
	return job_retry(db, job, false, err);
}

static const struct job_verb retry_verb = {
	"retry", "queued again", BIT(FAILED) | BIT(DEAD), retry_one,
};

static enum err_code run_retry(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			       struct err *err)
{
	int64_t id;
	bool is_detached = arg_bool(in, "detach"), one;
	struct engine_outcome outcome = { .state = job_state_name(JOB_QUEUED) };
	struct job_row job;
	struct db *db;
	enum err_code rc = is_one(in, "retry", &one, err);

	if (rc == ERR_OK && !one)
		return run_bulk(ctx, in, &retry_verb, out, err);
	if (rc == ERR_OK)
		rc = cmd_db(ctx, &db, err);
	if (rc != ERR_OK)
		return rc;
	outcome.job = id = arg_int8(in, "job");
	rc = job_retry(db, id, !is_detached, err);
	if (rc != ERR_OK)
		return rc;
	if (!is_detached)
		return jobs_run(ctx, id, out, err);
	rc = job_get(ctx->mem, db, id, &job, err);
	if (rc != ERR_OK)
		return rc;
	outcome.source = job.source;
	outcome.target = job.target;
	jobs_reply_outcome(out, &outcome);
	return ERR_OK;
}

static const struct cmd_example retry_examples[] = {
	{ "leat job retry --error 'could not reach' --since 1d",
	  "Which jobs would be tried again" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_job_retry = {
	.name = "job retry",
	.since = "0.1",
	.summary = "Run jobs again that failed or were cancelled.",
	.text = "A parallel load goes on behind the rows that it has committed, and refuses to when "
		"its files are not what they were; every other load has committed nothing and starts "
		"from the beginning." MANY_TEXT " They are left to "
		"engines; cancelled ones only when --state says so.",
	.flags = CMD_WRITES | CMD_ONE,
	.args = retry_args,
	.reply = retry_reply,
	.examples = retry_examples,
	.run = run_retry,
};

/*
 * core/command/reject_replay.c
 *	The command reject replay: rejects through the present mapping into their targets.
 */
#include <inttypes.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/fault.h"
#include "core/command/body.h"
#include "core/command/jobs.h"
#include "core/command/lists.h"
#include "core/command/rejects.h"
#include "core/db/db.h"
#include "core/meta/event.h"
#include "core/meta/job.h"

#define HEAD_START_MS 2000	/* as of any job that its asker runs itself */

/* ---- what people have to know -------------------------------------------------------- */

/* Whether a row of the target that is newer is told from what a reject holds. */
static bool knows_order(const struct pipeline *p)
{
	size_t n = p->cursor != NULL ? strlen(p->cursor) : 0;

	if (n == 0)
		return false;
	if (!p->only_mapped)
		return true;
	for (int i = 0; i < p->nmaps; i++) {
		const char *e = p->map[i].expr;

		e += *e == '"';
		if (strncmp(e, p->cursor, n) == 0 && (e[n] == '\0' || e[n] == '"'))
			return true;
	}
	return false;
}

static void tell(struct cmd_ctx *ctx, const struct rejects_group *g)
{
	if (g->is_gone)
		cmd_note(ctx, "%s is not there any more: its rejects go as job %" PRId64 " had it",
			 g->name, g->job);
	if (g->p.mode == MODE_UPSERT && !knows_order(&g->p))
		cmd_note(ctx, "%s has no cursor field in its target: a row that was changed there "
			 "since is overwritten by the older reject", g->name);
	else if (g->p.mode == MODE_UPSERT)
		cmd_note(ctx, "%s: rows whose %s is later in the target stay, and count as filtered",
			 g->name, g->p.cursor);
	if (g->p.mode == MODE_REPLACE)
		cmd_note(ctx, "%s replaces its table with each load: replayed rows are added to what "
			 "is there", g->name);
}

/* ---- jobs ----------------------------------------------------------------------------- */

static const char *job_body(struct cmd_ctx *ctx, const struct rejects_group *g)
{
	struct pipeline p = g->p;

	p.terms = (struct terms){ 0 };
	p.source = (struct pipeline_end){
		.connection = "", .connector = "rejects",
		.stream = arena_printf(ctx->mem, "rejects of %s", g->name),
	};
	p.reload = false;
	return body_of_pipeline(ctx->mem, &p);
}

/* The job and its rejects, both or nothing. *job 0: others had them all. */
static enum err_code add_job(struct cmd_ctx *ctx, struct db *db, const struct rejects_group *g,
			     struct job_request *request, int64_t *job, struct err *err)
{
	int64_t rows = 0;
	enum err_code rc = db_begin(db, err);

	*job = 0;
	if (rc == ERR_OK)
		rc = job_add(db, request, job, NULL, err);
	if (rc == ERR_OK)
		rc = repair_assign(db, *job, g->set.id, g->set.n, &rows, err);
	if (rc == ERR_OK && rows == 0) {
		*job = 0;
		db_rollback(db);
		cmd_note(ctx, "%s: nothing to replay; what there is has been replayed or discarded, "
			 "or is in a replay", g->name);
		return ERR_OK;
	}
	if (rc == ERR_OK && FAULT("replay-assigned"))
		rc = err_set(err, ERR_TRANSIENT, "asking for a replay failed (fault)");
	if (rc == ERR_OK)
		rc = db_commit(db, err);
	db_rollback(db);
	if (rc == ERR_OK && FAULT("replay-asked"))
		return err_set(err, ERR_TRANSIENT, "the replay was asked for, and waits (fault)");
	if (rc == ERR_OK && rows < g->set.n)
		cmd_note(ctx, "%s: %" PRId64 " rejects are left out: replayed or discarded before, "
			 "or in a replay", g->name, g->set.n - rows);
	return rc;
}

static enum err_code replay_group(struct cmd_ctx *ctx, struct db *db, const struct cmd_args *in,
				  const struct rejects_group *g, struct reply *out,
				  struct err *err)
{
	struct job_request request = { .kind = REPLAY_JOB_KIND, .pipeline_id = g->pipeline_id };
	bool is_later = false, is_detached;
	struct terms terms = g->p.terms;
	int64_t job = 0;
	enum err_code rc;

	/* One job of a pipeline's own key at a time: a replay is another thing. */
	terms.unique = NULL;
	rc = jobs_ask(ctx, in, &terms, &request, &is_later, err);
	if (rc != ERR_OK)
		return rc;
	is_detached = is_later || arg_bool(in, "detach");
	request.body = job_body(ctx, g);
	request.is_quiet = !is_detached;
	if (!is_detached)
		request.delay_ms = HEAD_START_MS;
	tell(ctx, g);
	rc = add_job(ctx, db, g, &request, &job, err);
	if (rc != ERR_OK || job == 0)
		return rc;
	return is_detached ? jobs_answer_queued(ctx, db, job, out, err)
			   : jobs_run(ctx, job, out, err);
}

/* ---- dry runs ------------------------------------------------------------------------ */

static enum err_code foretell(struct cmd_ctx *ctx, struct db *db, const struct rejects_group *g,
			      struct reply *out, struct err *err)
{
	struct rejects_forecast f;
	enum err_code rc;

	tell(ctx, g);
	rc = rejects_forecast(ctx, db, g, 5, &f, err);
	if (rc != ERR_OK)
		return rc;
	reply_text(out, "state", "dry run");
	reply_text(out, "source", arena_printf(ctx->mem, "rejects of %s", g->name));
	reply_text(out, "target", arena_printf(ctx->mem, "%s%s%s", g->p.target.connection,
					       g->p.target.connection[0] != '\0' ? ":" : "",
					       g->p.target.stream));
	reply_int8(out, "rows_read", f.passes + f.fails + f.filtered);
	reply_int8(out, "rows_written", f.passes);
	reply_int8(out, "rows_filtered", f.filtered);
	reply_int8(out, "rows_rejected", f.fails);
	reply_end_row(out);
	for (int i = 0; i < f.nwhy; i++)
		cmd_note(ctx, "reject %" PRId64 ": %s", f.why[i].id, f.why[i].why);
	return ERR_OK;
}

/* ---- the command ---------------------------------------------------------------------- */

/* What may be replayed of what was found, by pipeline. */
static enum err_code find_groups(struct cmd_ctx *ctx, struct db *db, const struct cmd_args *in,
				 struct rejects_groups *out, struct err *err)
{
	struct replay_set set;
	enum err_code rc = rejects_find(ctx, in, "filter", &set, err);

	*out = (struct rejects_groups){ 0 };
	if (rc == ERR_OK && set.n == 0)
		cmd_note(ctx, "no reject matches: nothing to replay");
	return rc == ERR_OK ? rejects_group(ctx, db, &set, out, err) : rc;
}

static enum err_code run_replay(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
				struct err *err)
{
	struct rejects_groups groups;
	struct db *db;
	enum err_code rc = cmd_db(ctx, &db, err);

	if (rc == ERR_OK)
		rc = find_groups(ctx, db, in, &groups, err);
	for (int i = 0; rc == ERR_OK && i < groups.n; i++)
		rc = arg_bool(in, "dry-run") ? foretell(ctx, db, &groups.g[i], out, err)
					     : replay_group(ctx, db, in, &groups.g[i], out, err);
	return rc;
}

static const struct val_spec replay_args[] = {
	{ "id", VAL_INT8, ARG_POSITIONAL | ARG_REPEAT, NULL, NULL,
	  "The rejects; or say with options which.", 0 },
	REJECTS_WHICH("filter"),
	{ "dry-run", VAL_BOOL, 0, NULL, NULL, "Say what would pass; write nothing.", 0 },
	{ "detach", VAL_BOOL, 0, NULL, NULL, "Leave the job to an engine that runs elsewhere.", 0 },
	JOBS_ASK_ARGS,
	VAL_END
};

static const struct val_spec replay_reply[] = { JOBS_OUTCOME_COLUMNS, VAL_END };

static const struct cmd_example replay_examples[] = {
	{ "leat reject replay --pipeline sales --dry-run", "How many rejects would pass by now" },
	{ "leat reject replay --pipeline sales", "Loads them; what fails again stays a reject" },
	{ "leat reject replay --filter state=staged", "Only those that were fixed" },
	{ NULL, NULL },
};

const struct cmd_spec cmd_reject_replay = {
	.name = "reject replay",
	.since = "0.1",
	.summary = "Load rejects again, through the present mapping and checks.",
	.text = "A replay is a job for each pipeline (of one-shot loads, for each load): it takes "
		"just these rows, with their fixes, through the mapping, filter and checks of the "
		"present pipeline into its target, each once, however often it is asked. What fails "
		"again stays a reject with its new reasons; the old ones are kept in leat reject "
		"history. Rejects that another replay has are left out until it has ended.\n\n"
		"With a key, and a cursor whose field goes into the target as it is, a row of the "
		"target that is newer stays, and the reject counts as filtered and replayed; without, "
		"the reject overwrites it, and a note says so. Into a table that each load replaces, "
		"rows are added.",
	.flags = CMD_WRITES,
	.args = replay_args,
	.reply = replay_reply,
	.examples = replay_examples,
	.run = run_replay,
};

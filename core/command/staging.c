/*
 * core/command/staging.c
 *	The plan of a fix and the fix itself, which are the same work.
 */
#include "core/command/staging.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/db/db.h"

void staging_line(struct staging *st, const char *outcome, int64_t n, const char *then)
{
	if (n == 0 || st->nlines == STAGING_LINES)
		return;
	st->line[st->nlines].outcome = outcome;
	st->line[st->nlines].n = n;
	st->line[st->nlines++].then = then;
}

/* ---- the work ----------------------------------------------------------------------- */

/* Those that were changed: all but the verdicts, which come in order of id. */
static void find_staged(struct staging *st)
{
	int at = 0;
	bool has_jobs = true;

	st->staged = (struct replay_set){
		.id = arena_array(st->mem, (size_t)st->nchanges + 1, sizeof(int64_t)),
		.job = arena_array(st->mem, (size_t)st->nchanges + 1, sizeof(int64_t)),
	};
	for (int i = 0; i < st->nchanges; i++) {
		while (at < st->verdicts.n && st->verdicts.v[at].id < st->change[i].id)
			at++;
		if (at < st->verdicts.n && st->verdicts.v[at].id == st->change[i].id)
			continue;
		has_jobs &= st->change[i].job != 0;
		st->staged.job[st->staged.n] = st->change[i].job;
		st->staged.id[st->staged.n++] = st->change[i].id;
	}
	if (!has_jobs)
		st->staged.job = NULL;
}

/* What cannot be foretold is no reason not to fix. */
static enum err_code look_ahead(struct staging *st, struct err *err)
{
	enum err_code rc = rejects_group(st->ctx, st->db, &st->staged, &st->groups, err);

	st->is_forecast = true;
	st->forecast = arena_array(st->mem, (size_t)st->groups.n + 1, sizeof(*st->forecast));
	for (int i = 0; i < st->groups.n && rc == ERR_OK; i++) {
		rc = rejects_forecast(st->ctx, st->db, &st->groups.g[i], st->samples + 1,
				      &st->forecast[i], err);
		if (rc == ERR_OK || rc == ERR_INTERRUPTED || db_is_broken(st->db))
			continue;
		cmd_note(st->ctx, "whether they pass is not known: %s", err->frame[0].text);
		st->is_forecast = false;
		err_clear(err);
		rc = ERR_OK;
	}
	return rc;
}

/* All of it, in a transaction that stays open. */
static enum err_code stage(struct staging *st, struct err *err)
{
	int64_t act = 0;
	enum err_code rc;

	arena_reset(st->mem);
	st->verdicts = (struct repair_verdicts){ 0 };
	st->nchanges = st->nlines = 0;
	st->same = 0;
	rc = db_begin(st->db, err);
	if (rc == ERR_OK)
		rc = st->find(st, err);
	if (rc == ERR_OK && st->nchanges > 0)
		rc = repair_act(st->db, st->kind, st->what, NULL, &act, err);
	if (rc == ERR_OK)
		rc = repair_change(st->mem, st->db, act, NULL, st->change, st->nchanges,
				   &st->verdicts, err);
	if (rc != ERR_OK)
		return rc;
	find_staged(st);
	return look_ahead(st, err);
}

/* ---- answers -------------------------------------------------------------------------- */

static void sum_up(const struct staging *st, int64_t *passes, int64_t *fails)
{
	*passes = *fails = 0;
	for (int i = 0; i < st->groups.n; i++) {
		/* What the filter leaves out is dealt with, too. */
		*passes += st->forecast[i].passes + st->forecast[i].filtered;
		*fails += st->forecast[i].fails;
	}
}

static const char *fate(const struct staging *st, int64_t id)
{
	for (int i = 0; i < st->groups.n; i++)
		for (int k = 0; k < st->forecast[i].nwhy; k++)
			if (st->forecast[i].why[k].id == id)
				return st->forecast[i].why[k].why;
	return "passes";
}

static enum err_code put_sample(struct staging *st, const struct repair_change *c,
				struct reply *out, struct err *err)
{
	struct rejects_cells cells = { 0 };
	json_t *fix = NULL;
	enum err_code rc = js_parse(&fix, c->fix, strlen(c->fix), "a fix", err);

	if (rc == ERR_OK)
		rc = rejects_cells(st->mem, st->db, c->id, &cells, err);
	for (int i = 0; i < cells.n && rc == ERR_OK; i++) {
		const struct rejects_cell *cell = &cells.c[i];

		if (json_object_get(fix, cell->field) == NULL)
			continue;
		reply_text(out, "outcome", "sample");
		reply_int8(out, "id", c->id);
		reply_text(out, "field", cell->field);
		if (!cell->was_null)
			reply_slice(out, "before", cell->was);
		if (!cell->is_null)
			reply_slice(out, "after", cell->value);
		if (st->is_forecast)
			reply_text(out, "then", fate(st, c->id));
		reply_end_row(out);
	}
	json_decref(fix);
	return rc;
}

/* Of those that were staged, so that the cells are as the fix makes them. */
static enum err_code put_samples(struct staging *st, struct reply *out, struct err *err)
{
	enum err_code rc = ERR_OK;
	int at = 0;

	for (int i = 0; i < st->nchanges && at < st->staged.n && at < st->samples && rc == ERR_OK;
	     i++) {
		if (st->change[i].id != st->staged.id[at])
			continue;
		rc = put_sample(st, &st->change[i], out, err);
		at++;
	}
	return rc;
}

static int64_t count(const struct repair_verdicts *v, const char *why)
{
	int64_t n = 0;

	for (int i = 0; i < v->n; i++)
		n += strcmp(v->v[i].why, why) == 0;
	return n;
}

static void put_line(struct reply *out, const char *outcome, int64_t n, const char *then)
{
	if (n == 0)
		return;
	reply_text(out, "outcome", outcome);
	reply_int8(out, "rejects", n);
	reply_text(out, "then", then);
	reply_end_row(out);
}

static void put_sum(struct staging *st, const char *outcome, struct reply *out)
{
	static const char *const left[][2] = {
		{ "not found", "there is no such reject" }, { "replayed", "is in the target" },
		{ "discarded", "stays so" }, { "in replay", "another job has it" },
		{ "changed", "somebody has changed it since" },
	};
	int64_t passes, fails;

	sum_up(st, &passes, &fails);
	reply_text(out, "outcome", outcome);
	reply_int8(out, "rejects", st->staged.n);
	if (st->is_forecast) {
		reply_int8(out, "passes", passes);
		reply_int8(out, "fails", fails);
	}
	reply_end_row(out);
	put_line(out, "same", st->same + count(&st->verdicts, "same"), "nothing would change");
	for (int i = 0; i < st->nlines; i++)
		put_line(out, st->line[i].outcome, st->line[i].n, st->line[i].then);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		put_line(out, left[i][0], count(&st->verdicts, left[i][0]), left[i][1]);
}

static const char *plan_text(const struct staging *st)
{
	int64_t passes, fails;

	sum_up(st, &passes, &fails);
	if (!st->is_forecast)
		return arena_printf(st->ctx->mem, "reject %s %s: %d rejects", st->kind, st->what,
				    st->staged.n);
	return arena_printf(st->ctx->mem, "reject %s %s: %d rejects, of which %" PRId64
			    " would now pass", st->kind, st->what, st->staged.n, passes);
}

/* ---- plan and work ---------------------------------------------------------------------- */

static enum err_code keep(struct staging *st, struct reply *out, struct err *err)
{
	enum err_code rc = put_samples(st, out, err);

	if (rc == ERR_OK)
		rc = db_commit(st->db, err);
	if (rc == ERR_OK)
		put_sum(st, "staged", out);
	if (rc == ERR_OK && st->staged.n >= REPAIR_LEARN_ROWS)
		repair_learn(st->db);
	return rc;
}

static enum err_code run(struct staging *st, enum staging_how how, struct reply *out,
			 struct err *err)
{
	const char *name = arena_printf(st->ctx->mem, "reject %s", st->kind);
	enum err_code rc = stage(st, err);

	if (rc != ERR_OK)
		return rc;
	if (how == STAGING_GO || (how == STAGING_ASK && st->ctx->is_confirmed))
		return keep(st, out, err);
	put_sum(st, "planned", out);
	rc = put_samples(st, out, err);
	/* Nobody waits for locks while somebody thinks. */
	db_rollback(st->db);
	if (rc != ERR_OK || how == STAGING_PLAN || st->staged.n == 0)
		return rc;
	rc = rejects_confirm(st->ctx, name, plan_text(st), err);
	if (rc == ERR_OK)
		rc = stage(st, err);
	st->samples = 0;
	return rc == ERR_OK ? keep(st, out, err) : rc;
}

enum err_code staging_run(struct staging *st, enum staging_how how, struct reply *out,
			  struct err *err)
{
	enum err_code rc;

	st->mem = arena_new(st->ctx->mem, "staging");
	rc = run(st, how, out, err);
	db_rollback(st->db);
	return rc;
}

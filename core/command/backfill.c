/*
 * core/command/backfill.c
 *	From FROM..TO to a set of jobs.
 */
#include "core/command/backfill.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/calendar.h"
#include "core/base/clock.h"
#include "core/command/body.h"
#include "core/db/db.h"
#include "core/flow/pipeline.h"
#include "core/meta/event.h"
#include "core/meta/job.h"
#include "core/meta/pipeline_store.h"
#include "core/meta/schedule.h"
#include "core/meta/slot.h"

struct plan {
	struct cmd_ctx *ctx;
	struct db *db;
	struct slot_rule rule;
	const char *by;		/* "schedule nightly", "day" */
	int64_t from, to;
	int n;			/* spans; at has one more */
	int64_t *at;
	struct slot_local *local;
};

/* ---- which spans ------------------------------------------------------------------------ */

static bool read_number(const char **p, int digits, int *out)
{
	*out = 0;
	for (int i = 0; i < digits; i++, (*p)++) {
		if (!isdigit((unsigned char)**p))
			return false;
		*out = *out * 10 + (**p - '0');
	}
	return true;
}

/* "2026-01-31" or "2026-01-31T13:00" as a local minute. */
static bool read_minute(const char *p, size_t n, int64_t *out)
{
	const char *end = p + n;
	int y, m, d, hour = 0, minute = 0;

	if (!read_number(&p, 4, &y) || *p++ != '-' || !read_number(&p, 2, &m) || *p++ != '-' ||
	    !read_number(&p, 2, &d) || m < 1 || m > 12 || d < 1 || d > calendar_month_days(y, m))
		return false;
	if (p < end && (*p++ == 'T' || p[-1] == ' ')) {
		if (!read_number(&p, 2, &hour) || *p++ != ':' || !read_number(&p, 2, &minute))
			return false;
	}
	*out = cron_minute(y, m, d, hour, minute);
	return p == end && hour < 24 && minute < 60;
}

static enum err_code read_span(struct plan *plan, const char *text, struct err *err)
{
	const char *dots = strstr(text, "..");
	int64_t from = 0, to = 0;
	enum err_code rc;

	if (dots == NULL || !read_minute(text, (size_t)(dots - text), &from) ||
	    !read_minute(dots + 2, strlen(dots + 2), &to)) {
		err_set(err, ERR_USAGE, "--backfill takes FROM..TO, not '%.60s'", text);
		err_hint(err, "Both are local days or minutes, as in 2026-01-01..2026-02-01 or "
			      "2026-01-01T06:00..2026-01-01T18:00.");
		return ERR_USAGE;
	}
	if (from >= to)
		return err_set(err, ERR_USAGE, "--backfill takes FROM..TO, and TO has to be later");
	rc = slot_instant(plan->ctx->mem, plan->db, plan->rule.tz, from, &plan->from, err);
	return rc == ERR_OK ? slot_instant(plan->ctx->mem, plan->db, plan->rule.tz, to, &plan->to,
					   err) : rc;
}

static enum err_code use_schedule(struct plan *plan, const struct schedule_row *s, struct err *err)
{
	plan->rule.tz = s->tz;
	plan->by = arena_printf(plan->ctx->mem, "schedule %s", s->name);
	return cron_parse(s->spec, &plan->rule.cron, err);
}

static enum err_code use_unit(struct plan *plan, const char *unit, const char *tz, struct err *err)
{
	static const char *const spec[][2] = {
		{ "hour", "@hourly" }, { "day", "@daily" }, { "week", "0 0 * * 1" },
		{ "month", "@monthly" },
	};
	enum err_code rc = slot_zone(plan->ctx->mem, plan->db, tz, &plan->rule.tz, err);

	plan->by = unit;
	for (size_t i = 0; rc == ERR_OK && i < sizeof(spec) / sizeof(spec[0]); i++)
		if (strcmp(spec[i][0], unit) == 0)
			rc = cron_parse(spec[i][1], &plan->rule.cron, err);
	return rc;
}

/* The schedule that was named, the only one that there is, or so many a day. */
static enum err_code choose_rule(struct plan *plan, const struct cmd_args *in, const char *pipeline,
				 struct err *err)
{
	struct schedule_rows rows = { 0 };
	struct schedule_row named;
	const char *tz = arg_text(in, "tz") != NULL ? arg_text(in, "tz") : "UTC";
	enum err_code rc;

	if (arg_given(in, "schedule")) {
		rc = schedule_get(plan->ctx->mem, plan->db, arg_text(in, "schedule"), &named, err);
		if (rc == ERR_OK && strcmp(named.pipeline, pipeline) != 0)
			rc = err_set(err, ERR_USAGE, "schedule %s runs pipeline %s, not %s",
				     named.name, named.pipeline, pipeline);
		return rc == ERR_OK ? use_schedule(plan, &named, err) : rc;
	}
	if (arg_given(in, "every"))
		return use_unit(plan, arg_text(in, "every"), tz, err);
	rc = schedule_list(plan->ctx->mem, plan->db, pipeline, NULL, &rows, err);
	if (rc != ERR_OK)
		return rc;
	if (rows.n == 1 && !arg_given(in, "tz"))
		return use_schedule(plan, &rows.s[0], err);
	if (rows.n < 2)
		return use_unit(plan, "day", tz, err);
	err_set(err, ERR_USAGE, "pipeline %s has %d schedules, and --backfill follows one",
		pipeline, rows.n);
	err_hint(err, "Say --schedule %.60s, or --every day.", rows.s[0].name);
	return ERR_USAGE;
}

static enum err_code find_spans(struct plan *plan, struct err *err)
{
	int64_t *at = arena_array(plan->ctx->mem, BACKFILL_MAX + 2, sizeof(*at));
	enum err_code rc = slot_list(plan->ctx->mem, plan->db, &plan->rule, plan->from, plan->to,
				     BACKFILL_MAX + 1, at + 1, &plan->n, err);

	if (rc != ERR_OK)
		return rc;
	if (plan->n == 0)
		return err_set(err, ERR_USAGE, "no slot of %s ends in that span", plan->by);
	if (plan->n > BACKFILL_MAX) {
		err_set(err, ERR_USAGE, "that would be more than %d jobs", BACKFILL_MAX);
		err_hint(err, "Take a shorter span, or longer slots with --every.");
		return ERR_USAGE;
	}
	plan->at = at;
	plan->local = arena_array(plan->ctx->mem, (size_t)plan->n + 1, sizeof(*plan->local));
	rc = slot_before(plan->ctx->mem, plan->db, &plan->rule, at[1], &at[0], err);
	return rc == ERR_OK ? slot_locals(plan->ctx->mem, plan->db, plan->rule.tz, at, plan->n + 1,
					  plan->local, err) : rc;
}

/* ---- the jobs ------------------------------------------------------------------------------ */

static const char *iso(struct arena *mem, int64_t us)
{
	char text[32];

	clock_iso(us, text, sizeof(text));
	return arena_printf(mem, "%.19sZ", text);
}

static const char *end_text(struct arena *mem, const struct pipeline_end *e)
{
	const char *what = e->stream[0] != '\0' ? e->stream : e->query != NULL ? e->query : "";

	return e->connection[0] != '\0' ? arena_printf(mem, "%s:%s", e->connection, what) : what;
}

/* Row i, also without a job (0). */
static enum err_code answer(struct plan *plan, int i, int64_t job, const char *body,
			    struct reply *out, struct err *err)
{
	struct arena *mem = plan->ctx->mem;
	struct pipeline p;
	enum err_code rc = body_read(mem, body, "the job", &p, err);

	if (rc == ERR_OK)
		rc = pipeline_fill_slot(mem, &p, NULL, err);
	if (rc != ERR_OK)
		return rc;
	if (job != 0)
		reply_int8(out, "job", job);
	reply_text(out, "state", job != 0 ? "queued" : "dry run");
	reply_text(out, "source", end_text(mem, &p.source));
	reply_text(out, "target", end_text(mem, &p.target));
	reply_text(out, "slot_start", iso(mem, plan->at[i]));
	reply_text(out, "slot_end", iso(mem, plan->at[i + 1]));
	reply_end_row(out);
	return ERR_OK;
}

static enum err_code add_jobs(struct plan *plan, const char *body, struct job_request *request,
			      bool is_dry_run, struct reply *out, struct err *err)
{
	int64_t *job = arena_array(plan->ctx->mem, (size_t)plan->n + 1, sizeof(*job));
	const char **bodies = arena_array(plan->ctx->mem, (size_t)plan->n + 1, sizeof(*bodies));
	enum err_code rc = is_dry_run ? ERR_OK : db_begin(plan->db, err);

	request->is_quiet = true;
	for (int i = 0; rc == ERR_OK && i < plan->n; i++) {
		rc = schedule_body(plan->ctx->mem, body, plan->rule.tz, &plan->at[i],
				   &plan->local[i], &bodies[i], err);
		request->body = bodies[i];
		if (rc == ERR_OK && !is_dry_run)
			rc = job_add(plan->db, request, &job[i], NULL, err);
	}
	if (rc == ERR_OK && !is_dry_run)
		rc = db_commit(plan->db, err);
	if (rc != ERR_OK)
		db_rollback(plan->db);
	if (rc == ERR_OK && !is_dry_run)
		rc = event_wake(plan->db, err);
	for (int i = 0; rc == ERR_OK && i < plan->n; i++)
		rc = answer(plan, i, job[i], bodies[i], out, err);
	return rc;
}

enum err_code backfill(struct cmd_ctx *ctx, const struct cmd_args *in,
		       const struct pipeline_row *row, const struct pipeline *p,
		       struct job_request *request, struct reply *out, struct err *err)
{
	struct plan plan = { .ctx = ctx };
	struct pipeline copy = *p;
	bool is_dry_run = arg_bool(in, "dry-run"), uses = false;
	enum err_code rc = cmd_db(ctx, &plan.db, err);

	reply_many(out);
	if (rc == ERR_OK && p->cursor != NULL) {
		rc = err_set(err, ERR_USAGE, "pipeline %s has a cursor: each job would go on behind "
			     "its bookmark instead of reading its span", row->name);
		err_hint(err, "Fill the past with a pipeline without cursor, whose query asks for "
			      "${slot_start} and ${slot_end}.");
	}
	if (rc == ERR_OK)
		rc = choose_rule(&plan, in, row->name, err);
	if (rc == ERR_OK)
		rc = read_span(&plan, arg_text(in, "backfill"), err);
	if (rc == ERR_OK)
		rc = find_spans(&plan, err);
	if (rc == ERR_OK && plan.n > BACKFILL_ASK && !ctx->is_confirmed && !is_dry_run) {
		rc = err_set(err, ERR_USAGE, "that would be %d jobs", plan.n);
		err_hint(err, "Say --yes when that is what you want; --dry-run shows them.");
	}
	if (rc != ERR_OK)
		return rc;
	/* Any slot will do to see whether it asks for one. */
	copy.slot = (struct pipeline_slot){ "", "", "2000-01-01T00:00", "2000-01-01T00:00", "" };
	rc = pipeline_fill_slot(ctx->mem, &copy, &uses, err);
	if (rc == ERR_OK && !uses)
		cmd_note(ctx, "pipeline %s asks for no ${slot_start} or ${slot_end}: each job does "
			 "the same", row->name);
	if (rc == ERR_OK)
		rc = add_jobs(&plan, body_of_pipeline(ctx->mem, p), request, is_dry_run, out, err);
	if (rc == ERR_OK && !is_dry_run)
		cmd_note(ctx, "%d %s by %s; engines take them: leat work", plan.n,
			 plan.n == 1 ? "job waits," : "jobs wait, one", plan.by);
	return rc;
}

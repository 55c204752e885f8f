/*
 * core/meta/schedule_due.c
 *	Schedules as an engine sees them: what is due becomes jobs, each slot once.
 */
#include "core/meta/schedule.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/fault.h"
#include "core/base/log.h"
#include "core/meta/job.h"
#include "core/meta/row.h"
#include "core/meta/slot.h"
#include "core/meta/sql_text.h"

#define LOOK_LIMIT   16		/* schedules of one look */
#define LOCKED_MS    SCHEDULE_SOON_MS	/* another engine is at it just now: was it done? */
#define PUT_OFF_MS   300000	/* one that cannot be looked at */
#define ACTIVE_MAX   100

/* A schedule that is held, and what its slots are to become. */
struct due {
	struct arena *mem;
	struct db *db;
	int64_t org, id;
	const char *name;
	struct slot_rule rule;
	const char *overlap, *missed;
	int priority, max_attempts;
	int64_t pipeline_id;
	const char *body;
	int64_t next_us, now_us;
	int nactive;
	int64_t active[ACTIVE_MAX];	/* jobs of earlier slots that have not ended */
	int made;
};

/* *got: it is ours till the end of the transaction. */
static enum err_code take(struct due *d, bool *got, struct err *err)
{
	struct db_param params[] = { DB_INT8(d->org), DB_INT8(d->id) };
	struct db_result *res = NULL;
	const char *spec;
	enum err_code rc = db_query(d->db, sql_schedule_take, params, 2, &res, err);

	*got = rc == ERR_OK && db_result_rows(res) == 1;
	if (*got) {
		spec = row_text(d->mem, res, 0, "spec");
		d->name = row_text(d->mem, res, 0, "name");
		d->rule.tz = row_text(d->mem, res, 0, "tz");
		d->overlap = row_text(d->mem, res, 0, "overlap");
		d->missed = row_text(d->mem, res, 0, "missed");
		d->priority = (int)db_result_int8(res, 0, "priority");
		d->max_attempts = (int)db_result_int8(res, 0, "max_attempts");
		d->pipeline_id = db_result_int8(res, 0, "pipeline_id");
		d->body = row_text(d->mem, res, 0, "body");
		d->next_us = db_result_int8(res, 0, "next_us");
		d->now_us = db_result_int8(res, 0, "now_us");
		rc = cron_parse(spec, &d->rule.cron, err);
		if (rc == ERR_OK && d->body == NULL)
			rc = err_set(err, ERR_NOT_FOUND, "its pipeline is gone");
	}
	db_result_free(res);
	return rc;
}

static enum err_code find_active(struct due *d, struct err *err)
{
	struct db_param params[] = { DB_INT8(d->org), DB_INT8(d->id) };
	struct db_result *res = NULL;
	enum err_code rc = db_query(d->db, sql_schedule_active, params, 2, &res, err);

	d->nactive = 0;
	for (int i = 0; rc == ERR_OK && i < db_result_rows(res) && i < ACTIVE_MAX; i++)
		d->active[d->nactive++] = db_result_int8(res, i, "id");
	db_result_free(res);
	return rc;
}

/* *is_new: nobody has written this slot down before. */
static enum err_code note(struct due *d, int64_t slot, const char *outcome, const char *reason,
			  bool *is_new, struct err *err)
{
	struct db_param params[] = {
		DB_INT8(d->id), DB_INT8(slot), DB_TEXT(outcome), DB_TEXT(reason),
	};
	int64_t id;
	enum err_code rc = row_int8(d->db, sql_schedule_tick, params, 4, "schedule_id", &id, err);

	*is_new = id != 0;
	return rc;
}

static enum err_code cancel_active(struct due *d, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < d->nactive; i++) {
		enum job_state state;

		rc = job_cancel(d->db, d->active[i], &state, err);
		if (rc == ERR_CONFLICT || rc == ERR_NOT_FOUND) {	/* it has just ended */
			err_clear(err);
			rc = ERR_OK;
		}
	}
	d->nactive = 0;
	return rc;
}

static enum err_code add_job(struct due *d, int64_t slot, struct err *err)
{
	struct job_request request = { .kind = "run", .pipeline_id = d->pipeline_id };
	struct db_param params[] = { DB_INT8(d->id), DB_INT8(slot), DB_NULL, DB_INT8(d->org),
				     DB_NULL };
	int64_t at[2] = { 0, slot }, job = 0;
	struct slot_local local[2];
	bool is_new = true;
	enum err_code rc = slot_before(d->mem, d->db, &d->rule, slot, &at[0], err);

	if (rc == ERR_OK)
		rc = slot_locals(d->mem, d->db, d->rule.tz, at, 2, local, err);
	if (rc == ERR_OK)
		rc = schedule_body(d->mem, d->body, d->rule.tz, at, local, &request.body, err);
	if (rc == ERR_OK)
		rc = schedule_terms(d->mem, d->body, d->priority, d->max_attempts, &request, err);
	if (request.on_clash == JOB_CLASH_REFUSE)
		request.on_clash = JOB_CLASH_KEEP;	/* left out: no problem of the schedule */
	if (rc == ERR_OK)
		rc = job_add(d->db, &request, &job, &is_new, err);
	params[2] = is_new ? DB_INT8(job) : DB_NULL;
	if (!is_new)
		params[4] = DB_TEXT(arena_printf(d->mem, "job %" PRId64 " with the same key has "
						 "not ended", job));
	if (rc == ERR_OK)
		rc = db_query(d->db, sql_schedule_made, params, 5, NULL, err);
	d->made += rc == ERR_OK && is_new;
	return rc;
}

static enum err_code make(struct due *d, int64_t slot, struct err *err)
{
	bool skips = d->nactive > 0 && strcmp(d->overlap, "skip") == 0, is_new;
	const char *reason = skips ? arena_printf(d->mem, "job %" PRId64 " of an earlier slot has "
						  "not ended", d->active[0]) : NULL;
	enum err_code rc = note(d, slot, skips ? "skipped" : "made", reason, &is_new, err);

	if (rc != ERR_OK || !is_new || skips)
		return rc;
	if (strcmp(d->overlap, "cancel") == 0)
		rc = cancel_active(d, err);
	return rc == ERR_OK ? add_job(d, slot, err) : rc;
}

/* One row for all that nobody came for. */
static enum err_code note_missed(struct due *d, int64_t until, struct err *err)
{
	char last[32];
	bool is_new;

	clock_iso(until, last, sizeof(last));
	return note(d, d->next_us, "missed", until == d->next_us ? "nobody was there in time" :
		    arena_printf(d->mem, "nobody was there; so were the slots up to %.16sZ", last),
		    &is_new, err);
}

static enum err_code make_all(struct due *d, struct err *err)
{
	int64_t slot[SCHEDULE_CATCH_UP], older;
	int max = strcmp(d->missed, "all") == 0 ? SCHEDULE_CATCH_UP : 1, n = 0, had = 0;
	enum err_code rc = slot_last(d->mem, d->db, &d->rule, d->next_us - 1, d->now_us, max, slot,
				     &n, err);

	if (rc != ERR_OK || n == 0)
		return rc;
	if (strcmp(d->missed, "skip") == 0 && d->now_us - slot[0] > SCHEDULE_GRACE_US)
		return note_missed(d, slot[0], err);
	rc = slot_last(d->mem, d->db, &d->rule, d->next_us - 1, slot[0] - 1, 1, &older, &had, err);
	if (rc == ERR_OK && had > 0)
		rc = note_missed(d, older, err);
	if (rc == ERR_OK)
		rc = find_active(d, err);
	for (int i = 0; rc == ERR_OK && i < n; i++)
		rc = make(d, slot[i], err);
	return rc;
}

static enum err_code go_on(struct due *d, struct err *err)
{
	int64_t next = 0;
	int n = 0;
	enum err_code rc = slot_list(d->mem, d->db, &d->rule, d->now_us, SLOT_NEVER, 1, &next, &n,
				     err);
	struct db_param params[] = { DB_INT8(d->org), DB_INT8(d->id), DB_NULL };

	params[2] = row_id(next);
	return rc == ERR_OK ? db_query(d->db, sql_schedule_go_on, params, 3, NULL, err) : rc;
}

/* In a transaction of its own. *got: it was not somebody else's. */
static enum err_code run_one(struct due *d, bool *got, struct err *err)
{
	enum err_code rc;

	*got = false;
	db_set_org(d->db, d->org);
	rc = db_begin(d->db, err);
	if (rc == ERR_OK)
		rc = take(d, got, err);
	if (rc == ERR_OK && *got)
		rc = make_all(d, err);
	if (rc == ERR_OK && *got)
		rc = go_on(d, err);
	if (rc == ERR_OK && FAULT("schedule-before-commit"))
		rc = err_set(err, ERR_TRANSIENT, "making jobs failed (fault)");
	if (rc == ERR_OK)
		rc = db_commit(d->db, err);
	if (rc != ERR_OK)
		db_rollback(d->db);
	return rc;
}

/* Its own fault, and no other schedule's. */
static bool is_its_own(const struct due *d, enum err_code rc)
{
	return !db_is_broken(d->db) && rc != ERR_INTERRUPTED && rc != ERR_DENIED &&
	       !err_is_retryable(rc);
}

static enum err_code put_off(struct due *d, struct err *err)
{
	char why[400];
	struct db_param params[] = {
		DB_INT8(d->org), DB_INT8(d->id), DB_INT8(PUT_OFF_MS), DB_TEXT(why),
	};

	err_text(err, why, sizeof(why));
	log_line(LOG_WARN, "schedule %s: %s", d->name != NULL ? d->name : "", why);
	err_clear(err);
	return db_query(d->db, sql_schedule_put_off, params, 4, NULL, err);
}

static enum err_code run_row(struct db *db, const struct db_result *res, int i, int *made,
			     bool *got, struct err *err)
{
	struct due d = {
		.mem = arena_new(NULL, "schedule"), .db = db,
		.org = db_result_int8(res, i, "org_id"), .id = db_result_int8(res, i, "id"),
	};
	enum err_code rc = run_one(&d, got, err);

	if (rc == ERR_OK) {
		*made += d.made;
	} else if (is_its_own(&d, rc)) {
		rc = put_off(&d, err);
	} else if (rc == ERR_TRANSIENT && !db_is_broken(db)) {
		*got = false;	/* as if somebody else had it: again in a moment */
		err_clear(err);
		rc = ERR_OK;
	}
	db_set_org(db, 0);
	arena_free(d.mem);
	return rc;
}

enum err_code schedule_run_due(struct db *db, int *made, int64_t *next_ms, struct err *err)
{
	bool goes_on = true;
	enum err_code rc = ERR_OK;

	*made = 0;
	while (rc == ERR_OK && goes_on) {
		struct db_result *res = NULL;
		bool got;

		rc = db_query(db, sql_schedule_next, &DB_INT8(LOOK_LIMIT), 1, &res, err);
		*next_ms = -1;
		goes_on = false;
		for (int i = 0; rc == ERR_OK && i < db_result_rows(res); i++) {
			*next_ms = db_result_int8(res, i, "in_ms");
			if (*next_ms > 0)
				break;
			rc = run_row(db, res, i, made, &got, err);
			goes_on |= got;
			*next_ms = LOCKED_MS;
		}
		db_result_free(res);
	}
	return rc;
}

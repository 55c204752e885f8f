/*
 * core/engine/settle.c
 *	From the target's commit log to leat's books.
 */
#include "core/engine/settle.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/fault.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/db/db.h"
#include "core/engine/beat.h"
#include "core/engine/ends.h"
#include "core/engine/over.h"
#include "core/meta/org.h"

#define GIVE_UP_MS 30000
#define LOOKS      5	/* at earlier jobs, while others move them */

enum err_code settle_stubbornly(struct db *books, const struct job_lease *lease,
				const struct job_done *done, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int round = 0; round < 3; round++) {
		if (!db_is_broken(books)) {
			rc = job_settle(books, lease, done, err);
			if (!err_is_retryable(rc))
				return rc;
		}
		if (db_is_broken(books) && db_reconnect(books, GIVE_UP_MS, err) != ERR_OK)
			break;
	}
	err_hint(err, "The rows are committed in the target; the job's books follow with its next "
		      "attempt.");
	return err_wrap(err, rc != ERR_OK ? rc : ERR_UNREACHABLE, "settling job %lld",
			(long long)lease->job);
}

static enum err_code look(struct arena *mem, struct meta_place *place, struct db *app,
			  const struct job_unsettled *u, const char *origin, struct pipeline *p,
			  struct commit_note *note, struct err *err)
{
	/* One above its run: whoever still holds that run can commit no more. */
	struct fence fence = { .origin = origin, .job = u->lease.job, .run = u->lease.run + 1 };
	/* No stop_fd: what is asked here decides whether rows count as stored. */
	struct engine_env env = { .place = place, .stop_fd = -1 };
	struct conn *target = NULL;
	json_t *body = NULL;
	enum err_code rc = js_parse(&body, u->body, strlen(u->body), "the earlier job", err);

	if (rc == ERR_OK)
		rc = pipeline_from_json(mem, body, p, err);
	json_decref(body);
	if (rc == ERR_OK)
		rc = ends_open(mem, &env, app, p->target.connection, p->target.connector,
			       &target, err);
	if (rc == ERR_OK)
		rc = target->ops->claim(target, mem, &fence, note, err);
	conn_close(target);
	return rc;
}

static enum err_code settle_one(struct arena *mem, struct db *books, const struct job_unsettled *u,
				const struct pipeline *p, const struct commit_note *note,
				bool *is_held, struct err *err)
{
	struct job_done done = {
		.committed_run = note->run,
		.counts = beat_counts(&note->ledger),
		.bookmark = note->bookmark,
	};
	struct job_over over;
	enum err_code rc;

	if (!note->is_committed)
		return job_clear_found(books, &u->lease, err);
	log_line(LOG_INFO, "job %lld had committed; settled from its target",
		 (long long)u->lease.job);
	over = over_judge(mem, books, u->kind, &u->lease, p, note->run, &note->ledger);
	done.result = job_over_json(mem, NULL, &over);
	rc = job_settle_found(books, &u->lease, &done, err);
	*is_held |= rc == ERR_OK && over.is_held;
	return rc;
}

/* All that are there now. ERR_FENCED: one of them was moved meanwhile, by somebody else. */
static enum err_code settle_all(struct arena *mem, struct meta_place *place, struct db *app,
				struct db *books, const struct job_claimed *job, bool *is_held,
				struct err *err)
{
	struct job_unsettleds list = { 0 };
	const char *origin = NULL;
	enum err_code rc;

	rc = job_unsettled(mem, books, job->lease.org_id, job->pipeline_id, &list, err);
	if (rc == ERR_OK && list.n > 0)
		rc = org_origin(mem, books, &origin, err);
	for (int i = 0; i < list.n && rc == ERR_OK; i++) {
		struct commit_note note = { 0 };
		struct pipeline p;

		if (list.j[i].lease.job == job->lease.job)
			continue;
		rc = look(mem, place, app, &list.j[i], origin, &p, &note, err);
		if (rc == ERR_OK && FAULT("engine-settle-earlier"))
			rc = err_set(err, ERR_FENCED, "moved meanwhile (fault)");
		if (rc == ERR_OK)
			rc = settle_one(mem, books, &list.j[i], &p, &note, is_held, err);
		if (rc != ERR_OK)
			err_wrap(err, rc, "settling the earlier job %lld of the pipeline",
				 (long long)list.j[i].lease.job);
	}
	return rc;
}

enum err_code settle_earlier(struct arena *mem, struct meta_place *place, struct db *app,
			     struct db *books, const struct job_claimed *job, bool *is_held,
			     struct err *err)
{
	enum err_code rc = settle_all(mem, place, app, books, job, is_held, err);

	for (int round = 1; rc == ERR_FENCED && round < LOOKS; round++) {
		err_clear(err);
		rc = settle_all(mem, place, app, books, job, is_held, err);
	}
	/* It is not this job that others have taken over. */
	return rc != ERR_FENCED ? rc
	       : err_wrap(err, ERR_TRANSIENT, "others move it again and again");
}

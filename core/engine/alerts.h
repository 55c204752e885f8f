/*
 * core/engine/alerts.h
 *	The engine's part in alerts: looking at ends, and running the jobs that send.
 *
 * Nothing here can fail a job: what goes wrong is logged, and what was not
 * looked at is found again by alerts_catch_up().
 *
 * Memory:  scratch in the arena given.
 * Threads: the caller's sessions, the caller's thread.
 */
#ifndef CORE_ENGINE_ALERTS_H
#define CORE_ENGINE_ALERTS_H

#include <stdatomic.h>

#include "core/engine/engine.h"
#include "core/meta/alert.h"
#include "core/meta/job_run.h"

struct arena;
struct db;

/*
 * An attempt starts. Whether its end has to be told to alerts_ended(); *unnoted as
 * alert_expect() has it. app: META_APP.
 */
bool alerts_expect(struct db *app, const struct job_claimed *job, int64_t *unnoted);

/* It is over, whichever way: made (may be NULL) gets the jobs that send messages. */
void alerts_ended(struct arena *mem, struct db *app, const struct job_claimed *job,
		  struct alert_made *made);

/*
 * Looks at the ends that nobody looked at, because whoever should have died.
 * books: META_ENGINE. Asks one question when there are none.
 */
void alerts_catch_up(const struct engine_env *env, struct db *books, struct alert_made *made);

struct alerts_post {
	const atomic_int *stop;
	void (*say)(void *ctx, int level, const char *line);	/* gets the lines of its log */
	void *ctx;
	int64_t retry_after_ms;	/* set on failure: wants no other before; 0: not said */
};

/*
 * The job is a message: sends it. A rule that is gone or paused makes it
 * nothing to do.
 */
enum err_code alerts_send(struct arena *mem, struct db *app, const struct job_claimed *job,
			  struct alerts_post *post, struct err *err) MUST_USE;
#endif

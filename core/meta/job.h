/*
 * core/meta/job.h
 *	The books of the queue as people see them: ask, look, cancel, retry.
 *
 *	queued -> running -> succeeded | failed | dead | cancelled
 *	running -> queued (tried again later, handed back, taken over)
 *
 * job_run.h is the engine's side, job_log.h the lines that jobs write. All
 * times are the database's clock. Runs as META_APP.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_JOB_H
#define CORE_META_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

struct arena;
struct db;

/* Numbers are stored: never renumber. */
enum job_state {
	JOB_QUEUED = 0,
	JOB_RUNNING = 1,
	JOB_SUCCEEDED = 2,
	JOB_FAILED = 3,		/* trying again would not help, or was not wanted */
	JOB_DEAD = 4,		/* every attempt was used up */
	JOB_CANCELLED = 5,
	JOB_STATE_COUNT
};

/* "queued", ...; never NULL. */
const char *job_state_name(enum job_state s);
/* -1 for a name that is none. */
int job_state_of(const char *name);
bool job_state_is_final(enum job_state s);

/* Proof that this process may write about the job. */
struct job_lease {
	int64_t org_id;
	int64_t job;
	int64_t run;		/* the fence: grows with every claim */
};

/* Rows: read = written + unchanged + filtered + rejected. */
struct job_counts {
	int64_t read, written, unchanged, filtered, rejected;
	int64_t bytes;		/* of the source */
};

/* ---- asking for work ----------------------------------------------------- */

struct job_request {
	const char *kind;	/* "load", "run", "alert" */
	const char *body;	/* JSON: the whole pipeline, as it is now */
	int64_t pipeline_id;	/* 0: a one-shot load */
	int priority;		/* small goes first; 0: the usual 100 */
	int64_t delay_ms;	/* not before that long from now */
	int max_attempts;	/* 0: 1 */
	bool is_quiet;		/* do not wake engines: the caller runs it itself */
};
enum err_code job_add(struct db *db, const struct job_request *in, int64_t *job,
		      struct err *err) MUST_USE;

/*
 * A waiting job is cancelled at once (*state JOB_CANCELLED), a running one is
 * asked to stop (*state JOB_RUNNING; its engine is woken). ERR_NOT_FOUND;
 * ERR_CONFLICT when it has already ended.
 */
enum err_code job_cancel(struct db *db, int64_t job, enum job_state *state,
			 struct err *err) MUST_USE;

/* Failed, dead or cancelled -> queued with all its attempts again. is_quiet as in job_request. */
enum err_code job_retry(struct db *db, int64_t job, bool is_quiet, struct err *err) MUST_USE;

/* ---- looking ------------------------------------------------------------------- */

struct job_row {
	int64_t id;
	enum job_state state;
	const char *kind;
	const char *pipeline;	/* name; "" for a one-shot load */
	int64_t pipeline_id;
	const char *source, *target;	/* "connection:stream" or "stream" */
	const char *mode;	/* NULL: the preset */
	int priority;
	int attempt, max_attempts, lost;
	int64_t run;
	int64_t committed_run;	/* 0: nothing is committed */
	bool is_cancel_asked;
	struct job_counts counts;
	int64_t total_bytes;	/* -1: unknown */
	const char *phase;	/* NULL: none */
	const char *engine;	/* that has or had it; NULL: none */
	const char *created_at, *run_after, *started_at, *finished_at;	/* ISO, UTC, or NULL */
	double seconds;		/* of the last attempt, running or ended; -1: never started */
	const char *error_code, *error, *hint, *sqlstate;	/* of the last failure, or NULL */
	const char *result;	/* JSON or NULL */
	const char *body;	/* JSON; only from job_get() */
};
struct job_rows {
	int n;
	struct job_row *j;
};

struct job_filter {
	int state;		/* enum job_state; -1: any */
	const char *pipeline;	/* name; NULL: any */
	const char *kind;	/* NULL: all but messages (alert.h); "": all */
	int64_t since_us;	/* created since, wall clock; 0: any */
	int64_t before;		/* ids below it: the next page; 0: from the newest */
	int limit;		/* 0: 50 */
};

/* Newest first. */
enum err_code job_list(struct arena *mem, struct db *db, const struct job_filter *f,
		       struct job_rows *out, struct err *err) MUST_USE;
enum err_code job_get(struct arena *mem, struct db *db, int64_t job, struct job_row *out,
		      struct err *err) MUST_USE;

struct job_attempt {
	int64_t run;
	int attempt;
	const char *outcome;	/* "running", "succeeded", "failed",
				 * "lost", "handed back", "cancelled" */
	const char *engine;
	const char *started_at, *finished_at;
	const char *error_code, *error, *hint, *sqlstate;
};
struct job_attempts {
	int n;
	struct job_attempt *a;
};
enum err_code job_attempts(struct arena *mem, struct db *db, int64_t job, struct job_attempts *out,
			   struct err *err) MUST_USE;

#endif

/*
 * core/meta/job.h
 *	The books of the queue as people see them: ask, look, cancel, retry.
 *
 *	queued -> running -> succeeded | failed | dead | cancelled
 *	running -> queued (tried again later, handed back, taken over)
 *	waiting -> queued (the jobs it waited for have ended)
 *	queued, waiting, running -> paused -> queued
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
#include "core/meta/list.h"

struct arena;
struct db;
struct terms;

/* Numbers are stored: never renumber. */
enum job_state {
	JOB_QUEUED = 0,
	JOB_RUNNING = 1,
	JOB_SUCCEEDED = 2,
	JOB_FAILED = 3,		/* trying again would not help, or was not wanted */
	JOB_DEAD = 4,		/* every attempt was used up */
	JOB_CANCELLED = 5,
	JOB_PAUSED = 6,		/* until somebody resumes it */
	JOB_WAITING = 7,	/* for other jobs to end */
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
	int64_t lane;		/* where its row is; from the claim */
};

/* Rows: read = written + unchanged + filtered + rejected. */
struct job_counts {
	int64_t read, written, unchanged, filtered, rejected;
	int64_t bytes;		/* of the source */
};

/* ---- asking for work ----------------------------------------------------- */

/* What to do when a job with the same key has not ended (or not started). */
enum job_clash {
	JOB_CLASH_KEEP,		/* the one there is will do */
	JOB_CLASH_REFUSE,	/* ERR_CONFLICT */
	JOB_CLASH_REPLACE	/* cancel it, unless it runs: then keep it */
};

/* What a job that waits for others does when one of them does not succeed. */
enum job_on_fail {
	JOB_ON_FAIL_CANCEL,	/* is cancelled */
	JOB_ON_FAIL_RUN,	/* runs all the same */
	JOB_ON_FAIL_WAIT	/* waits until that one was retried and succeeded */
};

struct job_request {
	const char *kind;	/* "load", "run", "alert", "replay" */
	const char *body;	/* JSON: the whole pipeline, as it is now */
	int64_t pipeline_id;	/* 0: a one-shot load */
	const char *queue;	/* NULL: "default" */
	int priority;		/* small goes first; 0: the usual 100; a point is 10 s of age */
	int64_t delay_ms;	/* not before that long from now */
	int max_attempts;	/* 0: 1 */
	int64_t time_limit_ms;	/* of one attempt; 0: none */
	const char *key;	/* one job of that key at a time; NULL: any number */
	bool key_until_start;	/* the key is free again when the job starts, not when it ends */
	enum job_clash on_clash;
	const int64_t *parents;	/* jobs to wait for; the same organization's */
	int nparents;
	enum job_on_fail on_fail;
	bool is_paused;		/* waits for job_resume() first */
	bool is_quiet;		/* do not wake engines: the caller runs it itself */
};

/* Sets what t is about, with the same texts; what t does not say is the usual again. */
void job_request_terms(struct job_request *in, const struct terms *t);

/*
 * One job. With JOB_CLASH_KEEP or _REPLACE *job may be the one there was: is_new
 * (may be NULL) tells. ERR_NOT_FOUND: a parent; ERR_CONFLICT: the key, or a parent
 * that did not succeed. In the caller's transaction, if there is one.
 */
enum err_code job_add(struct db *db, const struct job_request *in, int64_t *job, bool *is_new,
		      struct err *err) MUST_USE;

/* n jobs that differ in their bodies only, all or none; in->body and key are not looked at. */
enum err_code job_add_many(struct db *db, const struct job_request *in, const char *const *bodies,
			   int n, int64_t *jobs, struct err *err) MUST_USE;

/*
 * A waiting job is cancelled at once (*state JOB_CANCELLED), a running one is
 * asked to stop (*state JOB_RUNNING; its engine is woken). ERR_NOT_FOUND;
 * ERR_CONFLICT when it has already ended.
 */
enum err_code job_cancel(struct db *db, int64_t job, enum job_state *state,
			 struct err *err) MUST_USE;

/* Failed, dead or cancelled -> queued with all its attempts again. is_quiet as in job_request. */
enum err_code job_retry(struct db *db, int64_t job, bool is_quiet, struct err *err) MUST_USE;

/*
 * A waiting job is paused at once (*state JOB_PAUSED), a running one is asked to give way
 * and is paused then (*state JOB_RUNNING). ERR_NOT_FOUND; ERR_CONFLICT when it has ended.
 */
enum err_code job_pause(struct db *db, int64_t job, enum job_state *state,
			struct err *err) MUST_USE;
enum err_code job_resume(struct db *db, int64_t job, struct err *err) MUST_USE;

/* ---- looking ------------------------------------------------------------------- */

struct job_row {
	int64_t id;
	enum job_state state;
	const char *kind;
	const char *pipeline;	/* name; "" for a one-shot load */
	int64_t pipeline_id;
	const char *source, *target;	/* "connection:stream" or "stream" */
	const char *mode;	/* NULL: the preset */
	const char *queue;
	int priority;
	int attempt, max_attempts, lost;
	int64_t time_limit_ms;	/* 0: none */
	int pending;		/* jobs it waits for */
	int64_t run;
	int64_t committed_run;	/* 0: nothing is committed */
	bool is_cancel_asked, is_pause_asked;
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
	unsigned states;	/* bits 1u << enum job_state; 0: any */
	unsigned usual;		/* states when neither that nor ask.filter says which; 0: any */
	const char *pipeline;	/* name; NULL: any */
	const char *error;	/* part of the error's text or its code, any case; NULL: any */
	const char *queue;	/* NULL: any */
	const char *kind;	/* NULL: all but messages (alert.h); "": all */
	int64_t since_us;	/* created since, wall clock; 0: any */
	struct list_ask ask;	/* and that; keys are numbers of jobs; limit 0: 50 */
	int look_ms;		/* rows that no index finds are looked for so long; 0: to the end */
};

/* Columns of ask.filter and ask.sort. */
extern const struct filter_col job_cols[];

/* Beside them, of ask.sort: what failed before the rest, both by number; "-": turned round. */
#define JOB_SORT_FAILED "failed"

/* Newest first, unless ask says otherwise. */
enum err_code job_list(struct arena *mem, struct db *db, const struct job_filter *f,
		       struct job_rows *out, struct err *err) MUST_USE;

struct job_count {
	int64_t n;
	bool is_exact;		/* else it is an estimate */
};
/* How many match, in some milliseconds however many there are. */
enum err_code job_count(struct arena *mem, struct db *db, const struct job_filter *f,
			struct job_count *out, struct err *err) MUST_USE;
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

/*
 * core/meta/job_run.h
 *	The engine's side of the books: claim, heartbeat, settle, take over.
 *
 * Every claim raises the job's run number, in a transaction of its own and
 * before anything is done; every later write carries it. A writer whose run is
 * no longer the job's gets ERR_FENCED and has changed nothing. Never do two
 * jobs of one pipeline run at once, and the oldest waiting one goes first.
 *
 * What the target has committed is told by the target (struct commit_note of
 * core/flow); job_settle() only writes it down here. Until then rejects and
 * loaded files of a run are there but count for nothing.
 *
 * Runs as META_ENGINE: all organizations, no organization set.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_JOB_RUN_H
#define CORE_META_JOB_RUN_H

#include "core/meta/job.h"

#define JOB_LEASE_MS     30000	/* a heartbeat every third of it */
#define JOB_MAX_LOST     5	/* attempts that just vanished before the job is dead */
#define JOB_BACKOFF_MS   2000	/* first retry; doubles */
#define JOB_BACKOFF_CAP_MS 3600000

struct job_claimed {
	struct job_lease lease;
	const char *kind;
	const char *body;	/* JSON */
	int64_t pipeline_id;	/* 0: none */
	int attempt;		/* this one, from 1 */
	int max_attempts;
	int lost;		/* earlier attempts that vanished */
	bool is_cancelled;	/* only the target is asked whether it was done before */
};
struct job_claims {
	int n;
	struct job_claimed *c;
};

/* Up to max due jobs of any organization. n = 0: there is nothing to do now. */
enum err_code job_claim(struct arena *mem, struct db *db, const char *engine, int max, int lease_ms,
			struct job_claims *out, struct err *err) MUST_USE;

/*
 * That one, due or not. ERR_NOT_FOUND; ERR_CONFLICT when it is not waiting or
 * another job of its pipeline runs (the message names it).
 */
enum err_code job_claim_one(struct arena *mem, struct db *db, int64_t org_id, int64_t job,
			    const char *engine, int lease_ms, struct job_claimed *out,
			    struct err *err) MUST_USE;

/* Milliseconds until the next waiting job is due; -1: none waits for a moment. */
enum err_code job_next_due(struct db *db, int64_t *ms, struct err *err) MUST_USE;

struct job_progress {
	struct job_counts counts;
	int64_t total_bytes;	/* -1: unknown */
	const char *phase;	/* "reading", "merging", "committing"; at most 20 bytes */
};

/* Renews the lease and writes progress (may be NULL). *cancel: somebody asked to stop. */
enum err_code job_heartbeat(struct db *db, const struct job_lease *l, int lease_ms,
			    const struct job_progress *p, bool *cancel,
			    struct err *err) MUST_USE;

/* What is known about the target when an attempt ends without success. */
enum job_trace {
	JOB_TRACE_NONE,		/* the target was asked: no run of this job is committed */
	JOB_TRACE_AS_BEFORE,	/* the target was not reached: what was unknown stays unknown */
	JOB_TRACE_UNSURE	/* a COMMIT was sent and its answer lost */
};

struct job_done {
	int64_t committed_run;	/* the run whose commit stands; not always lease.run */
	struct job_counts counts;
	const char *bookmark;	/* JSON; NULL: leave it */
	const char *result;	/* JSON object of the answer; NULL: none */
	bool is_failed;		/* rows are committed but the job is not green (ledger, ...) */
	const char *error_code, *error, *hint;	/* of is_failed */
};

/*
 * In one transaction: state, counts, bookmark, result; rejects and files of
 * committed_run begin to count, those of other runs go. Called again with the
 * same lease after it succeeded: ERR_OK, nothing changes.
 */
enum err_code job_settle(struct db *db, const struct job_lease *l, const struct job_done *d,
			 struct err *err) MUST_USE;

/*
 * The attempt failed with e. Retryable codes go back to the queue with
 * backoff while attempts are left, then dead; ERR_CANCELLED makes it
 * cancelled; everything else failed. *state (may be NULL) says which.
 */
enum err_code job_fail(struct db *db, const struct job_lease *l, const struct err *e,
		       enum job_trace trace, enum job_state *state, struct err *err) MUST_USE;

/* Back to the queue at once, the attempt not counted: the engine stops. Wakes others. */
enum err_code job_hand_back(struct db *db, const struct job_lease *l, enum job_trace trace,
			    struct err *err) MUST_USE;

/* ---- what others left behind ------------------------------------------------ */

struct job_lost {
	struct job_lease lease;	/* run: of the attempt that vanished */
	enum job_state state;	/* now: queued or dead */
};
struct job_losts {
	int n;
	struct job_lost *j;
};

/* Takes running jobs whose lease has run out away from whoever had them. */
enum err_code job_rescue(struct arena *mem, struct db *db, struct job_losts *out,
			 struct err *err) MUST_USE;

struct job_holders {
	int n;
	const char **engine;
};
/* Engines that hold jobs and whose name begins with prefix. */
enum err_code job_holders(struct arena *mem, struct db *db, const char *prefix,
			  struct job_holders *out, struct err *err) MUST_USE;
/* That engine's process is known to be gone: job_rescue() takes its jobs at once. */
enum err_code job_let_go(struct db *db, const char *engine, struct err *err) MUST_USE;

/* Milliseconds until the first lease of others runs out; -1: nobody runs anything. */
enum err_code job_next_expiry(struct db *db, int64_t *ms, struct err *err) MUST_USE;

/* An earlier job of the same pipeline that may have committed without being settled. */
struct job_unsettled {
	struct job_lease lease;	/* for job_settle_found(), job_clear_found() */
	const char *body;	/* JSON: where its target was */
};
struct job_unsettleds {
	int n;
	struct job_unsettled *j;
};

/* Oldest first; to be looked at before a run of the pipeline reads its bookmark. */
enum err_code job_unsettled(struct arena *mem, struct db *db, int64_t org_id, int64_t pipeline_id,
			    struct job_unsettleds *out, struct err *err) MUST_USE;

/* The target says it is committed: as job_settle() for a job that nobody runs. */
enum err_code job_settle_found(struct db *db, const struct job_lease *l, const struct job_done *d,
			       struct err *err) MUST_USE;
/* The target says it is not, and never will be: nothing to settle any more. */
enum err_code job_clear_found(struct db *db, const struct job_lease *l, struct err *err) MUST_USE;
#endif

/*
 * core/meta/job_run.h
 *	The engine's side of the books: claim, heartbeat, settle, take over.
 *
 * Every claim raises the job's run number, in a transaction of its own and
 * before anything is done; every later write carries it. A writer whose run is
 * no longer the job's gets ERR_FENCED and has changed nothing. Never do two
 * jobs of one pipeline run at once, and the oldest waiting one goes first;
 * never do more run, or start a second, than a limit allows.
 *
 * What the target has committed is told by the target (struct commit_note of
 * core/flow); job_settle() only writes it down here. Until then rejects and
 * loaded files of a run are there but count for nothing.
 *
 * Runs as META_ENGINE: all organizations, no organization set. Who runs what
 * when an engine is gone is engine_row.h.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_JOB_RUN_H
#define CORE_META_JOB_RUN_H

#include "core/meta/job.h"

#define JOB_MAX_LOST     3	/* attempts that just vanished before the job is dead */
#define JOB_BACKOFF_MS   2000	/* first retry; doubles */
#define JOB_BACKOFF_CAP_MS 3600000
#define JOB_CLAIM_MAX    2000	/* jobs in one claim */
#define JOB_HINTS        32

struct job_claimed {
	struct job_lease lease;
	const char *kind;
	const char *body;	/* JSON */
	int64_t pipeline_id;	/* 0: none */
	int attempt;		/* this one, from 1 */
	int max_attempts;
	int64_t time_limit_ms;	/* 0: none */
	int lost;		/* earlier attempts that vanished */
	bool is_cancelled;	/* only the target is asked whether it was done before */
};
struct job_claims {
	int n;
	struct job_claimed *c;
	int64_t wait_ms;	/* until there is a token for what a rate holds back; -1: nothing */
};

/*
 * Who claims, and what its last claims left to know: the organization whose turn
 * it was, and for each lane the first job number that can still be there. Begins
 * with engine and queues set and the rest zero; never shared between threads.
 */
struct job_claimer {
	int engine;		/* id, from engine_row_start() */
	const char *queues;	/* '{"a","b"}'; NULL: all */
	int64_t after_org;
	int nhints;
	int64_t lane[JOB_HINTS], floor[JOB_HINTS];
	int64_t hints_us;	/* since when; monotonic */
	int64_t full_us;	/* what the last claim without hints took */
};

/* Up to max jobs that may start. n = 0: nothing to do now. ERR_FENCED: the engine was buried. */
enum err_code job_claim(struct arena *mem, struct db *db, struct job_claimer *who, int max,
			struct job_claims *out, struct err *err) MUST_USE;

/*
 * That one, due or not. ERR_NOT_FOUND; ERR_CONFLICT when it is not waiting or
 * another job of its pipeline runs (the message names it) or has held it; ERR_TRANSIENT when a
 * limit has no place for it just now.
 */
enum err_code job_claim_one(struct arena *mem, struct db *db, int engine, int64_t org_id,
			    int64_t job, struct job_claimed *out, struct err *err) MUST_USE;

/* Lets start what is due; milliseconds until the next job is; -1: none waits for a moment. */
enum err_code job_promote(struct db *db, int64_t *ms, struct err *err) MUST_USE;
/* The same of one job; -1: it does not wait for a moment. */
enum err_code job_due(struct db *db, int64_t org_id, int64_t job, int64_t *ms,
		      struct err *err) MUST_USE;

/*
 * Before sleeping: whoever adds work, or frees a place, from now on sends a wake-up.
 * *armed false: somebody is adding work right now, try again in a few milliseconds.
 * Once armed, claim again; only when that finds nothing, sleep.
 */
enum err_code job_arm(struct db *db, const char *queues, bool *armed, struct err *err) MUST_USE;

struct job_progress {
	struct job_counts counts;
	int64_t total_bytes;	/* -1: unknown */
	const char *phase;	/* "reading", "merging", "committing"; at most 20 bytes */
};

/* What is known about the target when an attempt ends without success. */
enum job_trace {
	JOB_TRACE_NONE,		/* the target was asked: no run of this job is committed */
	JOB_TRACE_AS_BEFORE,	/* the target was not reached: what was unknown stays unknown */
	JOB_TRACE_UNSURE	/* a COMMIT was sent and its answer lost */
};

/* What an attempt without success leaves in the target. */
struct job_left {
	enum job_trace trace;
	int64_t standing;	/* rows of a parallel load that stay; told with TRACE_NONE */
	int64_t retry_after_ms;	/* not tried again before that, within JOB_BACKOFF_CAP_MS */
	const struct job_counts *seen;	/* read and rejected; NULL: as progress told them last */
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
 * committed_run begin to count, those of other runs go; a result that says so (job_over.h)
 * pauses the pipeline. Called again with the
 * same lease after it succeeded: ERR_OK, nothing changes.
 */
enum err_code job_settle(struct db *db, const struct job_lease *l, const struct job_done *d,
			 struct err *err) MUST_USE;

/*
 * The attempt failed with e. Retryable codes go back to the queue with
 * backoff while attempts are left, then dead; ERR_CANCELLED makes it
 * cancelled; everything else failed. *state (may be NULL) says which. The rejects of the
 * attempt go, unless it failed with ERR_BUDGET: then they can be looked at, and no more.
 */
enum err_code job_fail(struct db *db, const struct job_lease *l, const struct err *e,
		       const struct job_left *left, enum job_state *state,
		       struct err *err) MUST_USE;

/*
 * n jobs that have no target of their own ended well: lease and result (JSON, may
 * be NULL; also the whole array) of each. *held: of how many that was so.
 */
enum err_code job_finish(struct db *db, const struct job_lease *l, const char *const *results,
			 int n, int64_t *held, struct err *err) MUST_USE;

/* As job_finish() of n jobs, then as job_claim() of up to max. */
struct job_turn {
	int n, max;
	const struct job_lease *lease;
	const char *const *results;	/* of each; NULL: none has one */
};

/*
 * Both in one transaction, which is one wait for the disk instead of two. Others see the places
 * that were left when both are done: where limits hold, finish and claim apart. ERR_FENCED:
 * the engine was buried, and nothing has ended.
 */
enum err_code job_turn(struct arena *mem, struct db *db, struct job_claimer *who,
		       const struct job_turn *in, struct job_claims *out, int64_t *held,
		       struct err *err) MUST_USE;

/*
 * Back to the queue at once, the attempt not counted: the engine stops, or the job
 * was paused, and then it waits for job_resume().
 */
enum err_code job_hand_back(struct db *db, const struct job_lease *l, enum job_trace trace,
			    struct err *err) MUST_USE;

/*
 * Once in a while, by whichever engine comes first: history older than that many days
 * goes, and the other engines are told that this was done.
 */
enum err_code job_sweep(struct db *db, int keep_days, struct err *err) MUST_USE;

/* ---- what others left behind ------------------------------------------------ */

/* An earlier job of the same pipeline that may have committed without being settled. */
struct job_unsettled {
	struct job_lease lease;	/* for job_settle_found(), job_clear_found() */
	const char *kind;
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

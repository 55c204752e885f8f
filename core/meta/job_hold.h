/*
 * core/meta/job_hold.h
 *	Why a job has not started yet.
 *
 * One look, in the session's snapshot: what holds it back may be over when the
 * answer is read. Runs as META_APP.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_JOB_HOLD_H
#define CORE_META_JOB_HOLD_H

#include "core/meta/job.h"

enum job_hold_kind {
	JOB_HOLD_PARENT,	/* job has to end first */
	JOB_HOLD_KEY,		/* no obstacle: the key that it holds */
	JOB_HOLD_QUEUE,		/* its queue is paused */
	JOB_HOLD_PIPELINE,	/* its pipeline is paused */
	JOB_HOLD_LIMIT,		/* a limit leaves no room */
	JOB_HOLD_ENGINE		/* no engine serves its queue */
};

struct job_hold {
	enum job_hold_kind kind;
	const char *scope;	/* LIMIT: "organization", "queue", "connection", "pipeline" */
	const char *name;	/* of what it is; NULL: of nothing with a name */
	const char *why;	/* PIPELINE: held, "job 7: ..."; NULL: paused by somebody */
	int64_t job;		/* PARENT: its number, */
	enum job_state state;	/* where it stands, */
	enum job_on_fail on_fail;	/* and what it means when it does not succeed */
	int64_t max_running;	/* LIMIT: so many are allowed, -1: any number; */
	int64_t running;	/* so many run; */
	double wait_ms;		/* until there is a token, -1: there is one */
};
struct job_holds {
	int n;
	struct job_hold *h;
};

/* 100 parents at most. A job that is not there is held back by nothing. */
enum err_code job_hold(struct arena *mem, struct db *db, int64_t job, struct job_holds *out,
		       struct err *err) MUST_USE;
#endif

/*
 * core/engine/beat.h
 *	An engine's pulse: one thread and one session, which say that it lives.
 *
 * The session holds the engine's lock, listens to what engines tell each other,
 * and carries the heartbeat, apart from all work. While jobs run here it renews
 * the engine's lease, writes progress once a second, calls the face at most ten
 * times a second, writes and sends what the herald has, and passes a cancel, a pause, a time
 * limit, a fencing or the process's stop on to the load. While jobs run in other
 * engines it looks twice a second whether those engines live, and buries the dead.
 * With nothing running anywhere it sleeps and sends nothing.
 *
 * Memory:  entries belong to their workers until beat_leave() returned.
 * Threads: beat_* from any thread; face callbacks come from the beat's own.
 */
#ifndef CORE_ENGINE_BEAT_H
#define CORE_ENGINE_BEAT_H

#include <pthread.h>

#include "core/engine/engine.h"
#include "core/engine/herald.h"
#include "core/engine/meter.h"
#include "core/meta/job_run.h"
#include "core/meta/job_spent.h"

struct beat;

/* One running job; filled by its worker before beat_join(). */
struct beat_entry {
	struct job_lease lease;
	struct flow *flow;	/* whose stop is set; may be NULL: no load */
	struct conn *source;	/* interrupted on stop; may be NULL */
	struct conn *target;
	int stop_fd;		/* an eventfd, written on stop; -1: none */
	const struct engine_hooks *hooks;
	int64_t time_limit_ms;	/* 0: none */
	/* The rest is the beat's own, under its lock. */
	struct flow_progress now;
	bool is_new;		/* `now` was not sent yet */
	bool is_unsaved;	/* nor written down */
	bool is_fenced;		/* another run took the job: write nothing more */
	bool is_overdue;	/* its time limit was reached */
	struct meter meter;
	int64_t event_us, since_us;
	int64_t told_us;	/* when `now` came */
	struct stall *stall;	/* asks who blocks the target; NULL: none does */
	int64_t stall_us;	/* when that began to be asked last; 0: not since it stands still */
	char *blocked_by, *blocked_hint;	/* what was found; NULL: nobody blocks it */
	int64_t asked_us;	/* when the load was first told to stop; 0: never */
	enum flow_stop how;
	struct beat_entry *next;
};

/* What the engine's loop hears from others; it may be NULL. */
struct beat_ear {
	int slots;		/* for the engine's row */
	const char *queues;	/* '{"a","b"}'; NULL: all */
	int wake_fd;		/* an eventfd: written when there may be work; -1: none */
	atomic_int *drain;	/* set when somebody asked this engine to stop */
	atomic_int *swept;	/* set when another engine has just swept the queue */
	atomic_int *buried;	/* set when jobs were taken from the dead: look at their ends */
};

/* Registers the engine. ear is borrowed; NULL: it only runs what it is given. */
enum err_code beat_start(const struct engine_env *env, const struct beat_ear *ear,
			 struct beat **out, struct err *err) MUST_USE;
void beat_stop(struct beat *b);	/* NULL is fine; no entries may be left */

/*
 * The engine's number; another one once it was buried while cut off. 0: it is cut off
 * now, and starts nothing.
 */
int beat_engine(struct beat *b);

/* Tells for all jobs of this engine; lives as long as the beat. */
struct herald *beat_herald(struct beat *b);

/* A claim was told that the engine is buried: a new number, as soon as the session allows. */
void beat_renew(struct beat *b);

void beat_join(struct beat *b, struct beat_entry *e);
void beat_leave(struct beat *b, struct beat_entry *e);

/* What is to be interrupted on a stop, from now on; NULL: nothing. Waits while that happens. */
void beat_ends(struct beat *b, struct beat_entry *e, struct conn *source, struct conn *target);

/* Nobody could write down how that run ended: it goes back to the queue, unsure, when it can. */
void beat_orphan(struct beat *b, const struct job_lease *lease);

/* From the load's thread, after each batch; cheap. */
void beat_progress(struct beat *b, struct beat_entry *e, const struct flow_progress *p);

/*
 * Looks for dead engines at once, in the caller's session and time: half a second if
 * there are any, five if the server was started after they were. *jobs: how many jobs
 * went back to the queue; *left: how many the dead still hold, to be looked at again soon.
 */
enum err_code beat_bury(struct beat *b, struct db *books, int *jobs, int *left,
			struct err *err) MUST_USE;

/* What the lease length is: env, LEAT_LEASE_MS, or the default. */
int beat_lease_ms(const struct engine_env *env);

struct job_counts beat_counts(const struct ledger *l);
struct job_spent beat_spent(const struct flow_spent *s);
#endif

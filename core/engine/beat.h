/*
 * core/engine/beat.h
 *	The heartbeat: one thread and one connection for all jobs of a process.
 *
 * For each job that runs here it renews the lease, writes progress once a
 * second, sends progress events and calls the face at most ten times a
 * second, and passes a cancel, a fencing or the process's stop on to the
 * load. With no job running it sleeps and sends nothing.
 *
 * Memory:  entries belong to their workers until beat_leave() returned.
 * Threads: beat_* from any thread; face callbacks come from the beat's own.
 */
#ifndef CORE_ENGINE_BEAT_H
#define CORE_ENGINE_BEAT_H

#include <pthread.h>

#include "core/engine/engine.h"
#include "core/engine/meter.h"
#include "core/meta/job_run.h"

struct beat;

/* One running job; filled by its worker before beat_join(). */
struct beat_entry {
	struct job_lease lease;
	struct flow *flow;	/* whose stop is set */
	struct conn *source;	/* interrupted on stop; may be NULL */
	struct conn *target;
	const struct engine_hooks *hooks;
	/* The rest is the beat's own, under its lock. */
	struct flow_progress now;
	bool is_new;		/* `now` was not sent yet */
	bool is_fenced;		/* another run took the job: write nothing more */
	struct meter meter;
	int64_t event_us, heartbeat_us;
	struct beat_entry *next;
};

enum err_code beat_start(const struct engine_env *env, struct beat **out, struct err *err) MUST_USE;
void beat_stop(struct beat *b);	/* NULL is fine; no entries may be left */

void beat_join(struct beat *b, struct beat_entry *e);
void beat_leave(struct beat *b, struct beat_entry *e);

/* From the load's thread, after each batch; cheap. */
void beat_progress(struct beat *b, struct beat_entry *e, const struct flow_progress *p);

/* What the lease length is: env, LEAT_LEASE_MS, or the default. */
int beat_lease_ms(const struct engine_env *env);

struct job_counts beat_counts(const struct ledger *l);
#endif

/*
 * core/engine/halt.h
 *	Ends a run without a job when its caller is told to stop.
 *
 * A job has a heart that watches for a stop (beat.h); a dry run has this: it sets the flow's
 * stop and interrupts its ends, which may be waiting for a server.
 *
 * Memory:  a heap object.
 * Threads: one of its own; the flow's ends outlive it.
 */
#ifndef CORE_ENGINE_HALT_H
#define CORE_ENGINE_HALT_H

struct engine_env;
struct flow;
struct halt;

/* env and flow are borrowed until halt_end(). NULL: nobody can tell it to stop. */
struct halt *halt_begin(const struct engine_env *env, struct flow *flow);
void halt_end(struct halt *h);	/* NULL is fine */
#endif

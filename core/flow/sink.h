/*
 * core/flow/sink.h
 *	Where rejected rows of a load go, whichever thread refused them.
 *
 * Memory:  a sink is a small value; it borrows everything.
 * Threads: sinks of one load share a lock; each is used by one thread.
 */
#ifndef CORE_FLOW_SINK_H
#define CORE_FLOW_SINK_H

#include <pthread.h>

#include "core/flow/flow.h"

struct sink {
	struct flow *flow;
	pthread_mutex_t *lock;
	struct ledger *ledger;	/* where they are counted */
	bool stores_at_once;	/* a commit is under way: the reject must be stored before it */
};

/* A reject_fn; ctx is the struct sink. */
enum err_code sink_reject(void *ctx, const struct reject *r, struct err *err);

/* Hands every problem of a mapped batch on, the problems of one row together. */
enum err_code sink_batch(struct sink *s, struct batch *b, struct err *err) MUST_USE;

/* Everything given so far is stored. */
enum err_code sink_store(struct sink *s, struct err *err) MUST_USE;
#endif

/*
 * core/flow/senders.h
 *	Several connections that write one load, chunk by chunk.
 *
 * The caller maps batches in order, as ever; whoever of the senders is free
 * takes the next one. A sender commits what it has taken after some
 * ten thousand rows, with the numbers of those rows, so that after a crash
 * the next attempt passes over just the rows that are there.
 *
 * Memory:  as many mapped batches as can be under way.
 * Threads: the functions are called by the load's thread; one more a sender.
 */
#ifndef CORE_FLOW_SENDERS_H
#define CORE_FLOW_SENDERS_H

#include "core/flow/lane.h"
#include "core/flow/rows.h"
#include "core/flow/sink.h"

struct senders;

#define SENDERS_MAX PIPELINE_PARALLEL_MAX

struct senders_setup {
	struct flow *flow;	/* its target and more[] are the connections */
	const struct write_spec *spec;	/* refuse is set here, by sender */
	const struct schema *fields;	/* of mapped batches */
	uint32_t cap_rows;
	struct lane *lane;	/* where source batches go back to */
	pthread_mutex_t *lock;	/* of the load's sinks */
};

/* Batches under way at most: the lane needs as many more. */
int senders_batches(const struct flow *f);

/*
 * Asks the target, which was claimed, for the chunks of earlier attempts: done
 * (empty) gets the rows they hold, and *before their sum.
 */
enum err_code senders_before(struct arena *mem, struct flow *f, struct chunk_list *chunks,
			     struct rows *done, struct ledger *before, struct err *err) MUST_USE;

/* The load goes on behind these rows: the rejects of others are forgotten. */
enum err_code senders_resume(struct flow *f, const struct rows *done, struct err *err) MUST_USE;

/* Opens the target on every connection and starts the threads. */
enum err_code senders_start(struct arena *mem, const struct senders_setup *setup,
			    struct senders **out, struct err *err) MUST_USE;

/* An empty mapped batch; waits for one. NULL: a sender failed or the load was stopped. */
struct batch *senders_spare(struct senders *s, enum err_code *rc, struct err *err);

/*
 * Gives a batch away: rows is `in` itself or `spare`. l, the row numbers in
 * *rows_of and the mark of `in` are what it adds to its chunk; all are copied.
 */
void senders_push(struct senders *s, struct batch *in, struct batch *spare, struct batch *rows,
		  const struct ledger *l, const struct rows *rows_of);

/* Nothing to write in it after all: both go back. */
void senders_return(struct senders *s, struct batch *in, struct batch *spare);

/* All batches were pushed: waits until every chunk is committed. *sum gets their ledgers. */
enum err_code senders_finish(struct senders *s, struct ledger *sum, struct err *err) MUST_USE;

/*
 * Stops and joins the threads; chunks that are not committed are undone. *sum gets
 * what these senders have committed. True: a chunk's COMMIT may have gone through.
 */
bool senders_stop(struct senders *s, struct ledger *sum);

/* Stops them first. NULL is fine. */
void senders_free(struct senders *s);

/* a += b */
void ledger_add(struct ledger *a, const struct ledger *b);
#endif

/*
 * core/flow/lane.h
 *	A bounded lane of batches between the thread that reads and the one that writes.
 *
 * A fixed number of batches circulates: taken empty by the reader, given full
 * to the writer, handed back empty. The slower side sets the pace and memory
 * stays flat. The reader's last word is an end, with an error or without.
 *
 * Memory:  the lane owns its batches.
 * Threads: one reader, one writer; lane_stop() from any.
 */
#ifndef CORE_FLOW_LANE_H
#define CORE_FLOW_LANE_H

#include "core/flow/batch.h"

struct lane;

struct lane *lane_new(const struct schema *schema, int nbatches);
void lane_free(struct lane *l);		/* NULL is fine; both threads must have left */

/* Reader: waits for an empty batch; NULL when the lane was stopped. */
struct batch *lane_take_empty(struct lane *l);
/* Reader: hands a filled batch over. */
void lane_give_full(struct lane *l, struct batch *b);
/* Reader: no more batches; rc and err say whether that is good news. */
void lane_end(struct lane *l, enum err_code rc, const struct err *err);

/* Writer: waits for a full batch; NULL at the end, *rc and err then say how it ended. */
struct batch *lane_take_full(struct lane *l, enum err_code *rc, struct err *err);
/* Writer: the batch is empty again. */
void lane_give_empty(struct lane *l, struct batch *b);

/* Wakes both; the reader's next lane_take_empty() returns NULL. */
void lane_stop(struct lane *l);
#endif

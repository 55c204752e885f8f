/*
 * core/flow/widen.h
 *	When a later row disagrees with the types that a sample suggested.
 *
 * A table that a load makes gets its types from a sample. A row that does not
 * fit shows that the guess was too narrow: the load starts over with the
 * narrowest type that holds both, so that no value is changed or refused for
 * a guess of ours. Rows stay rejects where the source cannot be read twice.
 *
 * Memory:  what is learned lives in the arena given.
 * Threads: one.
 */
#ifndef CORE_FLOW_WIDEN_H
#define CORE_FLOW_WIDEN_H

#include "core/flow/flow.h"

/* Whether the source of f can be read again from its start. */
bool widen_can(const struct flow *f);

/* Puts what earlier runs have learned into the fields of the source. */
void widen_apply(const struct flow *f, struct schema *source);

/*
 * Looks at the fields marked in broken (and clears the marks) with the values
 * of this batch, and notes wider types in f. True when there is a new one.
 */
bool widen(struct arena *mem, struct flow *f, const struct schema *source, uint8_t *broken,
	   const struct batch *in);
#endif

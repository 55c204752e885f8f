/*
 * core/engine/stall.h
 *	Who keeps a load waiting whose target does not go on.
 *
 * The load waits and the heartbeat must not: so a thread asks the target, over a
 * connection of its own, once. Whoever watches a load begins another one as long as that
 * stands still, and none while everything moves.
 *
 * Memory:  a heap object; what it found is read before it ends.
 * Threads: one watches it; the connections that it was given outlive it.
 */
#ifndef CORE_ENGINE_STALL_H
#define CORE_ENGINE_STALL_H

#include <stdbool.h>

#include "core/flow/connector.h"

struct stall;

/*
 * About a target and n further connections to it: the first that somebody blocks is told.
 * NULL: it cannot be asked, or no thread could be started.
 */
struct stall *stall_begin(struct conn *target, struct conn *const *more, int n);
/* Whether stall_found() may be asked. */
bool stall_is_done(struct stall *s);
/* NULLs: nobody blocks it, or the target could not be asked. Valid until stall_end(). */
struct conn_block stall_found(struct stall *s);
/* Does not wait for an answer any more. NULL is fine. */
void stall_end(struct stall *s);
#endif

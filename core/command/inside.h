/*
 * core/command/inside.h
 *	The engine inside a face: workers in threads of this process.
 *
 * Memory:  a heap object.
 * Threads: start and stop from one; the engine has threads of its own.
 */
#ifndef CORE_COMMAND_INSIDE_H
#define CORE_COMMAND_INSIDE_H

#include "core/base/err.h"

struct inside;
struct meta_place;

/* slots workers for that place; errors of the engine go to the log. It starts again by itself. */
struct inside *inside_start(struct meta_place *place, const char *org, int slots);

/*
 * drain_ms > 0: running jobs may end first, so long. 0: they are handed back at once. Returns
 * when that is done, or after limit_ms: then the lease tells others. NULL is fine.
 */
void inside_stop(struct inside *in, int drain_ms, int limit_ms);
#endif

/*
 * core/command/inside.h
 *	The engine inside a face: workers in threads of this process.
 *
 * Memory:  a heap object.
 * Threads: start and stop from one; the engine has threads of its own.
 */
#ifndef CORE_COMMAND_INSIDE_H
#define CORE_COMMAND_INSIDE_H

#include <stdbool.h>

struct inside;
struct meta_place;

/*
 * slots workers for that place (borrowed); errors of the engine go to the log. After a lost
 * database it starts again by itself, with growing pauses; after `engine drain` it stays away.
 * NULL: no thread could be started; the log says so.
 */
struct inside *inside_start(struct meta_place *place, const char *org, int slots);

/*
 * drain_ms > 0: running jobs may end first, so long. Then, or with 0 at once, they are handed
 * back, which may take limit_ms. false: it took longer; the lease tells others, and the
 * threads are left to the end of the process. NULL is fine.
 */
bool inside_stop(struct inside *in, int drain_ms, int limit_ms);
#endif

/*
 * core/engine/holder.h
 *	Who holds jobs on this machine, and who of them is dead.
 *
 * An engine is called HOST:PID-XXXX in the books; XXXX tells apart process
 * namespaces that share a host name, and boots of the same machine. A holder
 * of our own host and mark whose process is gone has its leases ended at
 * once instead of when they run out. A wrong guess costs a repetition, never
 * a row: the fence keeps whoever was taken over from writing.
 *
 * Memory:  in the arena given.
 * Threads: the caller's session.
 */
#ifndef CORE_ENGINE_HOLDER_H
#define CORE_ENGINE_HOLDER_H

#include "core/base/err.h"

struct arena;
struct db;

/* The name of this process. */
const char *holder_name(struct arena *mem);

/*
 * Ends the leases of dead processes of this machine, then takes what is overdue. books:
 * META_ENGINE.
 */
enum err_code holder_rescue(struct arena *mem, struct db *books, int *taken,
			    struct err *err) MUST_USE;
#endif

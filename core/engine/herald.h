/*
 * core/engine/herald.h
 *	What an engine has to tell: events for whoever listens, lines for logs.
 *
 * All jobs of an engine hand theirs over here, without waiting. Twenty times a
 * second at most one thread takes everything that came to the database: lines
 * in one statement, events behind them in another, apart from every transaction
 * that carries data or books. The newest progress of a run replaces the one
 * before it; a change of state is never left out nor overtaken. What could not
 * be sent becomes "read again" for its organization: nothing here ever fails a
 * job, and what waits is bounded.
 *
 * Of a run's log the first lines are written as they come, and the last ones
 * when it ends; what lay between is counted, and the log says how much it was.
 *
 * Memory:  copies what it is given. A log is the caller's until herald_log_close().
 * Threads: any; herald_flush() from one at a time.
 */
#ifndef CORE_ENGINE_HERALD_H
#define CORE_ENGINE_HERALD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/meta/event.h"

struct herald;
struct herald_log;

/* Of each end of a run's log. */
struct herald_bounds {
	int lines;
	size_t bytes;
};

/* wake_fd: an eventfd, written when there is something to flush; -1: none. */
struct herald *herald_new(int wake_fd);
void herald_free(struct herald *h);	/* NULL is fine; no log may be open */

/* Sends it with the next flush. */
void herald_tell(struct herald *h, const struct event *e);

/* bounds NULL: 5000 lines and 1 MB. */
struct herald_log *herald_log_open(struct herald *h, const struct job_lease *lease,
				   const struct herald_bounds *bounds);
void herald_log_say(struct herald_log *log, int level, const char *line);
/*
 * Before the run's end is written: all that was said is in the table when this
 * returns, written through `books` as far as it was not; false: it could not be,
 * and the herald goes on trying. books NULL or broken: the same.
 */
bool herald_log_end(struct herald_log *log, struct db *books);
/* Says the rest in the same way, and gives the log up. NULL is fine. */
void herald_log_close(struct herald_log *log, struct db *books);

/* Until the next flush is due, ms; -1: nothing waits. */
int herald_due_ms(struct herald *h);
/* Writes and sends all that waits. db: META_ENGINE, no transaction. */
void herald_flush(struct herald *h, struct db *db);
#endif

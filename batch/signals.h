/*
 * batch/signals.h
 *	Ctrl-C and its kin: one flag, one descriptor, and a second chance to insist.
 *
 * SIGINT, SIGTERM and SIGHUP set the stop flag and make the descriptor
 * readable; nothing else happens in the handler. A watcher thread, while one
 * runs, passes the stop on (to a statement that runs) and ends the process
 * with 130 when a second Ctrl-C comes within two seconds, or when what was told
 * STOP_NOW is still there SIGNALS_LEAVE_MS later (in a shell a single Ctrl-C
 * waits on), after the terminal is as it was found.
 *
 * Memory:  static.
 * Threads: the flag is for all; install and watch from the main thread.
 */
#ifndef BATCH_SIGNALS_H
#define BATCH_SIGNALS_H

#include <stdatomic.h>
#include <stdbool.h>

/* Handlers, SIGPIPE ignored; standard descriptors that are closed become /dev/null. */
void signals_install(void);

atomic_int *signals_stop(void);	/* 0, STOP_NOW, STOP_DRAIN, or SIGNALS_CLOSED */
int signals_fd(void);	/* readable while the flag is set */

/* Whether the first signal means STOP_DRAIN; the second one is STOP_NOW then. */
void signals_drain_first(bool yes);

/*
 * More than what runs needs to be undone and handed back where the database answers:
 * a statement that is cancelled has three seconds, and so have the last words.
 */
#define SIGNALS_LEAVE_MS 8000

/* From now on the process is a shell, which a single Ctrl-C never ends. */
void signals_in_shell(void);

/* For the next line of a shell: the flag is down again. */
void signals_clear(void);

/* Whether it was SIGTERM or SIGHUP: a shell ends, too. */
bool signals_must_leave(void);

/* Value of the flag when nobody reads the results any more. */
#define SIGNALS_CLOSED 1000

/* fn runs in the watcher's thread at the first stop. */
void signals_watch(void (*fn)(void *ctx), void *ctx);
void signals_unwatch(void);
#endif

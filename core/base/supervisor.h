/*
 * core/base/supervisor.h
 *	What a service manager is told: that we are ready, alive, about to stop.
 *
 * The protocol of sd_notify(3): datagrams to the socket that NOTIFY_SOCKET
 * names. Without it every call does nothing. Being alive is to be said by the
 * loop that would hang, never by a thread beside it.
 *
 * Memory:  none.
 * Threads: any; nothing here waits.
 */
#ifndef CORE_BASE_SUPERVISOR_H
#define CORE_BASE_SUPERVISOR_H

/* "READY=1", "STOPPING=1", ... */
void supervisor_tell(const char *state);

/* How often supervisor_alive() is to be called at least, ms; -1: nobody minds. */
int supervisor_watch_ms(void);

/* "WATCHDOG=1", when the manager asked for it. */
void supervisor_alive(void);
#endif

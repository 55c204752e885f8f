/*
 * tui/pool.h
 *	Threads that run commands for the screen, each with a session of its own.
 *
 * Looks (what a view shows) have threads of their own, so that a load that takes an
 * hour never keeps a list waiting. Threads are started when they are needed.
 *
 * Memory:  the pool owns its sessions; words are copied.
 * Threads: from the screen's thread; answers come through the mailbox.
 */
#ifndef TUI_POOL_H
#define TUI_POOL_H

#include <stdbool.h>
#include <stdint.h>

struct mailbox;
struct pool;

struct pool_options {
	const char *place;	/* --db; NULL: as always */
	const char *org;
	bool is_read_only;	/* sessions may only read: the database sees to it */
	struct mailbox *mailbox;
};

enum pool_flag {
	POOL_LOOK = 1 << 0,		/* for a view: answers soon or not at all */
	POOL_CONFIRMED = 1 << 1,	/* the user said yes */
};

struct pool *pool_new(const struct pool_options *o);
/* Stops what runs, waits at most limit_ms, and leaves the rest to the end of the process. */
void pool_free(struct pool *p, int limit_ms);

/* The answer comes with that token, in parts if the command streams. */
void pool_run(struct pool *p, int64_t token, int nwords, const char *const *words,
	      unsigned flags);
/* Ends it: a statement is cancelled, a job handed back. Its answer still comes. */
void pool_stop(struct pool *p, int64_t token);
int pool_running(const struct pool *p);	/* calls that are not looks */

/* The place, once one of its sessions opened it; NULL before. */
struct meta_place *pool_place(struct pool *p);
#endif

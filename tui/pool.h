/*
 * tui/pool.h
 *	Threads that run commands for the screen, each with a session of its own.
 *
 * Looks (what a view shows) have threads of their own, so that a load that takes an
 * hour never keeps a list waiting. Threads are started when they are needed; one that had
 * nothing to do for minutes gives its connection back and sleeps.
 *
 * Memory:  the pool owns its sessions; words are copied.
 * Threads: from the screen's thread; answers come through the mailbox.
 */
#ifndef TUI_POOL_H
#define TUI_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mailbox;
struct pool;
struct session_share;

struct pool_options {
	struct session_share *share;	/* the place; borrowed, outlives the pool */
	const char *org;	/* copied; NULL: the default */
	bool is_read_only;	/* sessions may only read: the database sees to it */
	struct mailbox *mailbox;
	bool is_held;		/* no thread before pool_warm(), no answer before pool_go() */
	int idle_ms;		/* 0: POOL_IDLE_MS */
};

enum pool_flag {
	POOL_LOOK = 1 << 0,		/* for a view: answers soon or not at all */
	POOL_CONFIRMED = 1 << 1	/* the user said yes */
};

#define POOL_LOOKS   2	/* threads for looks */
#define POOL_OTHERS  4	/* and for the others */
#define POOL_IDLE_MS 180000

struct pool *pool_new(const struct pool_options *o);
/* Threads for what waits start now, and connect; what is asked for waits for pool_go(). */
void pool_warm(struct pool *p);
/* Ends the holding. */
void pool_go(struct pool *p);
/* The first half of pool_free(), which then has less to wait for. */
void pool_shut(struct pool *p);
/*
 * Shuts the mailbox, stops what runs and waits at most limit_ms. false: a thread did not
 * end; it and its place are left to the end of the process. NULL is fine.
 */
bool pool_free(struct pool *p, int limit_ms);

/* The answer comes with that token, in parts if the command streams. */
void pool_run(struct pool *p, int64_t token, int nwords, const char *const *words,
	      unsigned flags);
/* Ends it: a statement is cancelled, a job handed back. Its answer still comes. */
void pool_stop(struct pool *p, int64_t token);
int pool_running(struct pool *p);	/* calls that are not looks, waiting ones as well */

/* MAIL_OFFER: what may stand at byte `at` of the line. One that waits is superseded. */
void pool_complete(struct pool *p, const char *text, size_t at);
#endif

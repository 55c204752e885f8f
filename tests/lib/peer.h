/*
 * tests/lib/peer.h
 *	The other side of a connection over loopback, as good or bad as a test wants.
 *
 * A real listening socket with a thread behind it: it takes one connection
 * after the other, hears what comes and answers by the script.
 *
 * Memory:  the caller owns struct peer from peer_start() to peer_stop().
 * Threads: the fields marked so are read after peer_stop() only.
 */
#ifndef TESTS_LIB_PEER_H
#define TESTS_LIB_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct peer {
	/* What to do, set before peer_start(). */
	bool is_mail;		/* speaks SMTP as the script says, else HTTP */
	const char *answer;	/* HTTP: the whole answer; SMTP: see peer.c */
	size_t flood_bytes;	/* HTTP: so many more behind it */
	int drip_ms;		/* HTTP: a byte every so many */
	const char *refuse;	/* SMTP: "MAIL 451 later": what is said to that command */
	/* What came of it. */
	int port;
	atomic_int connects;
	char heard[65536];	/* of the last connection; after peer_stop() */
	size_t nheard;
	/* Its own. */
	int fd;
	atomic_bool is_ending;
	pthread_t thread;
};

void peer_start(struct peer *p);
void peer_stop(struct peer *p);
#endif

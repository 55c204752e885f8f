/*
 * core/command/session.h
 *	What the commands of one face share: place, organization, one connection.
 *
 * Nothing is opened before a command asks. A connection that broke is opened
 * anew by the next command; the place stays open until the session ends, so
 * that a private cluster is not stopped and started between two lines. Sessions of
 * several threads share one place.
 *
 * Memory:  the session owns what it opened; texts given to it are borrowed.
 * Threads: a session has one, but for session_interrupt(); a share is for all.
 */
#ifndef CORE_COMMAND_SESSION_H
#define CORE_COMMAND_SESSION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "core/base/err.h"

struct db;
struct meta_place;

/* A place that several sessions use: opened by the first of them that needs it, left once. */
struct session_share {
	const char *place_name;	/* as in struct session; borrowed */
	struct meta_place *place;	/* under the lock; NULL until it is open */
	pthread_mutex_t lock;
};

void session_share_init(struct session_share *s, const char *place_name);
/* NULL: nobody has opened it yet. Borrowed. */
struct meta_place *session_share_place(struct session_share *s);
/* After the last session that uses it. */
void session_share_release(struct session_share *s);

struct session {
	const char *place_name;	/* --db; NULL: as the environment and the config file say */
	const char *org;	/* --org; NULL: the default */
	bool is_read_only;	/* as a role that may change nothing */
	int stop_fd;		/* readable once the stop flag is set; -1: none */
	struct meta_place *place;	/* NULL until asked for */
	struct session_share *share;	/* whose place it is; NULL: its own */
	struct db *db;			/* NULL until asked for */
	const char *db_org;		/* that db was opened for */
	pthread_mutex_t lock;		/* of db, against session_interrupt() */
};

void session_init(struct session *s, const char *place_name, const char *org);
/* One of several sessions of a process, each with a connection of its own. share is borrowed. */
void session_init_shared(struct session *s, struct session_share *share, const char *org);
void session_release(struct session *s);

/* leat's own database as leat_app, or as leat_reader. */
enum err_code session_db(struct session *s, struct db **out, struct err *err) MUST_USE;
enum err_code session_place(struct session *s, struct meta_place **out, struct err *err) MUST_USE;

/* Ends the statement that runs, from any thread. */
void session_interrupt(struct session *s);

/* After an interrupt: the next statement opens a connection of its own. */
void session_drop_db(struct session *s);
#endif

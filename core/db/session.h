/*
 * core/db/session.h
 *	What the files of this room share about one connection; nobody else includes it.
 *
 * A call into the room is: session_begin() (is it usable, was it interrupted,
 * when is it late), sending, session_result() until NULL, session_fail() when
 * something went wrong. A session that cannot go on is broken: its PGconn is
 * finished at once, so that the server lets go of its locks.
 *
 * Memory:  struct db owns everything in it.
 * Threads: the owner's thread, but for the fields marked any.
 */
#ifndef CORE_DB_SESSION_H
#define CORE_DB_SESSION_H

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>

#include "core/db/db.h"
#include "core/db/hosts.h"

enum session_copy { COPY_NONE, COPY_IN, COPY_OUT };
enum session_asked { ASKED_NOTHING, ASKED, ASKED_AS_ORG };

#define SESSION_CHANNELS 16
#define SESSION_FAULTS   9	/* texts in struct db_fault */

struct db {
	PGconn *pg;	/* NULL: broken */
	struct db_options opt;	/* own copies */
	char *target;	/* "database x on host y", for messages */
	int version;

	int64_t until_us;	/* of the running call; INT64_MAX: none */
	int deadline_ms;
	int hurry_fd, hurry_ms;	/* db_set_hurry(); -1: none */
	bool is_hurried;	/* the running call has the shorter time */
	int64_t org;

	atomic_int is_interrupted;	/* any thread */
	int wake;	/* eventfd, any thread writes */
	bool is_quiet;	/* the running call goes through whatever db_interrupt() says */
	int64_t cancel_until_us;	/* 0: the server was not asked to cancel */
	bool has_canceller;	/* the thread that asks may still run */
	pthread_t canceller;
	bool is_old;	/* the server does not know our newer settings */

	enum session_copy copy;
	bool copy_in_tx;
	enum session_asked asked;	/* db_ask(), whose answer nobody has taken */
	bool asked_in_tx;
	struct buf staged;	/* small pieces of a COPY in, waiting to be worth sending */
	char *copied;	/* last piece of a COPY out; libpq's */
	unsigned nnotices;	/* notices seen, ever */

	int nchannels;
	char *channel[SESSION_CHANNELS];

	bool has_fault;
	struct db_fault fault;
	char *fault_text[SESSION_FAULTS];
};

struct db_result {
	PGresult *res;
};

/* Usable, not interrupted; starts the deadline. name says what is about to happen. */
enum err_code session_begin(struct db *db, const char *name, struct err *err) MUST_USE;
/* As session_begin() for calls that must go through after an interrupt. */
enum err_code session_begin_quiet(struct db *db, const char *name, struct err *err) MUST_USE;

/* Until the socket can be read (or written). Handles interrupt and deadline. */
enum err_code session_wait(struct db *db, bool to_write, struct err *err) MUST_USE;

/* Whether bytes came, or come within ms. */
bool session_can_read(const struct db *db, int ms);
/* What waits to be read begins with an error message; false where that cannot be told (TLS). */
bool session_sees_error(const struct db *db);

/* Sends all that libpq holds. */
enum err_code session_flush(struct db *db, struct err *err) MUST_USE;

/* The next result, *out NULL after the last one of a statement. */
enum err_code session_result(struct db *db, PGresult **out, struct err *err) MUST_USE;

/* err from an error result, remembered as the last fault. Does not clear res. */
enum err_code session_refused(struct db *db, const PGresult *res, struct err *err);

/* Marks the session broken: ERR_UNREACHABLE with what libpq says. */
enum err_code session_lost(struct db *db, struct err *err);

/* Ends the PGconn; the session is broken from now on. */
void session_drop(struct db *db);

/* Asks the server to cancel, in a thread of its own; returns at once. */
void session_cancel(struct db *db);

/*
 * A cancel that is still on its way would hit the next statement (a server
 * sends its signal twice: to the process and to its group): waits for it, and
 * drops the session when it does not come to an end.
 */
void session_settle(struct db *db);

void session_clear_fault(struct db *db);

/* A statement without the organization's wrapping. out may be NULL. */
enum err_code session_send(struct db *db, const char *sql, const struct db_param *params,
			   int nparams, struct err *err) MUST_USE;
/* Reads the answer to db_ask(). */
enum err_code session_answer(struct db *db, PGresult **out, struct err *err) MUST_USE;
/* Reads all results of what was sent; the last good one goes to *out (may be NULL). */
enum err_code session_collect(struct db *db, PGresult **out, struct err *err) MUST_USE;
enum err_code session_simple(struct db *db, const char *sql, struct err *err) MUST_USE;

/* What people wrote, taken apart and checked; only allowed keywords. For PQconninfoFree(). */
enum err_code session_parse(const char *conninfo, PQconninfoOption **out, struct err *err) MUST_USE;
/* NULL when it was not said. Borrowed. */
const char *session_keyword(const PQconninfoOption *all, const char *name);

/*
 * The whole conninfo for libpq with our settings; in a buffer to be wiped.
 * hosts: the places found (NULL: as written). is_old leaves out what servers
 * before 14 do not know.
 */
enum err_code session_conninfo(const struct db_options *opt, const struct hosts *hosts, bool is_old,
			       struct buf *out, struct err *err) MUST_USE;
#define SESSION_APP_NAME "leat"
/* Leaves a running COPY behind, whichever way it goes; never fails. */
void session_end_copy(struct db *db);

/* LISTEN on one channel, without remembering it. */
enum err_code session_listen(struct db *db, const char *channel, struct err *err) MUST_USE;

/* The application_name that the server must answer with. */
void session_app_name(const struct db_options *opt, char *out, size_t size);
#endif

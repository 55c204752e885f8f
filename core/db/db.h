/*
 * core/db/db.h
 *	One connection to PostgreSQL that never waits longer than it was told.
 *
 * libpq in non-blocking mode under a poll loop with a deadline for every
 * call. Sessions are opened with client and server keepalives, a fixed
 * search_path, client_connection_check_interval, and in one role from their
 * first statement to their last. Values travel as parameters; names go
 * through quote.h; nothing else builds SQL. PG* environment variables are
 * ignored.
 *
 * Names of hosts are resolved here, within the time of the connection; a name
 * with several addresses has them tried in order, each with its share of what
 * is left of it.
 *
 * After ERR_UNREACHABLE or ERR_TIMEOUT the connection is broken
 * (db_is_broken()) and can only be closed or reopened by db_reconnect().
 *
 * Memory:  results and connections are heap objects with a _free/_close.
 * Threads: one connection, one thread; db_interrupt() from any.
 * Errors:  a server's error keeps its SQLSTATE; classes map as in
 *	db_code_of_sqlstate().
 */
#ifndef CORE_DB_DB_H
#define CORE_DB_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

struct db;
struct db_result;
struct arena;

struct db_options {
	const char *conninfo;	/* keyword list or URI; allow-listed keywords only */
	const char *role;	/* SET ROLE at start-up; NULL: the login itself */
	const char *app_name;	/* "leat", "leat engine", ... */
	/* NULL: pg_catalog, leat for leat's own sessions, and jit off; "" : server's */
	const char *search_path;
	int connect_ms;		/* 0: 10 s */
	int statement_ms;	/* default deadline of a call; 0: 60 s; -1: none */
	bool is_listener;	/* no statement or idle timeouts */
	/* Opening ends with ERR_INTERRUPTED once it is readable; it is not read. 0: none */
	int stop_fd;
};

/* For main(), before any thread: takes libpq's PG* variables out of the environment. */
void db_ignore_environment(void);

enum err_code db_open(const struct db_options *opt, struct db **out, struct err *err) MUST_USE;
void db_close(struct db *db);	/* NULL is fine */
bool db_is_broken(const struct db *db);

/*
 * Tries again with capped backoff and full jitter until give_up_ms has passed.
 * Channels are listened to again; what came meanwhile must be looked up.
 */
enum err_code db_reconnect(struct db *db, int give_up_ms, struct err *err) MUST_USE;

/*
 * Makes the running call fail with ERR_INTERRUPTED; asks the server to cancel.
 * Between calls, or when the server was quicker, the next call fails so. Never
 * touches a COMMIT on its way, nor db_rollback(). A COPY in must then be given
 * up (db_copy_abort or db_rollback). May be called in a signal handler.
 */
void db_interrupt(struct db *db);

/* Deadline of the calls that follow, ms; -1: none; 0: the default again. */
void db_set_deadline(struct db *db, int ms);

/*
 * While fd is readable (it is not read), no call takes longer than ms, whatever its
 * deadline; one that runs when it becomes so has ms left. fd -1: none.
 */
void db_set_hurry(struct db *db, int fd, int ms);

/* Server version, e.g. 150020. */
int db_server_version(const struct db *db);

/* Where it is, without secrets: "host:5432/database", "local/database" for a socket. */
void db_where(const struct db *db, char *buf, size_t size);

/*
 * The server's process as it was told at the start. When pg_backend_pid() says
 * another, a pooler stands in between and gives the session away between two
 * transactions, or may do so.
 */
int db_backend_pid(const struct db *db);
#define DB_POOLER_HINT "A connection pooler stands in between. leat needs a session of its own: " \
	"give host and port of the server itself (often 5432 where the pooler has 6432); " \
	"a pooler's pool_mode does not change that."

/* ---- statements -------------------------------------------------------- */

enum db_param_kind { DB_PARAM_NULL, DB_PARAM_TEXT, DB_PARAM_INT8, DB_PARAM_BOOL, DB_PARAM_FLOAT8,
		     DB_PARAM_BYTES };
struct db_param {
	enum db_param_kind kind;
	const char *text;	/* TEXT (terminated), BYTES */
	size_t n;		/* BYTES */
	int64_t i;		/* INT8, BOOL */
	double f;
};
#define DB_NULL      ((struct db_param){ .kind = DB_PARAM_NULL })
#define DB_TEXT(s)   db_param_text(s)
#define DB_INT8(v)   ((struct db_param){ .kind = DB_PARAM_INT8, .i = (v) })
#define DB_BOOL(v)   ((struct db_param){ .kind = DB_PARAM_BOOL, .i = (v) })
#define DB_FLOAT8(v) ((struct db_param){ .kind = DB_PARAM_FLOAT8, .f = (v) })
#define DB_BYTES(p_, n_) ((struct db_param){ .kind = DB_PARAM_BYTES, .text = (p_), .n = (n_) })

/* NULL becomes an SQL null. */
static inline struct db_param db_param_text(const char *s)
{
	return (struct db_param){ .kind = s != NULL ? DB_PARAM_TEXT : DB_PARAM_NULL, .text = s };
}

/*
 * One statement with parameters, text results. When the connection has an
 * organization (db_set_org) and no transaction is open, it runs in one of its
 * own with leat.org set locally, in a single round trip.
 * out may be NULL.
 */
enum err_code db_query(struct db *db, const char *sql, const struct db_param *params, int nparams,
		       struct db_result **out, struct err *err) MUST_USE;

/*
 * db_query() in two halves, so that the server works while its caller does. A call for anything
 * else in between gives the answer up.
 */
enum err_code db_ask(struct db *db, const char *sql, const struct db_param *params, int nparams,
		     struct err *err) MUST_USE;
enum err_code db_answer(struct db *db, struct db_result **out, struct err *err) MUST_USE;

/* Several statements without parameters or results. */
enum err_code db_exec(struct db *db, const char *sql, struct err *err) MUST_USE;

/* Organization of the transactions that follow; 0: none. No round trip. */
void db_set_org(struct db *db, int64_t org_id);

enum err_code db_begin(struct db *db, struct err *err) MUST_USE;
/*
 * ERR_FAILED: it had failed and was rolled back. ERR_UNREACHABLE, ERR_TIMEOUT:
 * nobody knows; look at what it should have written.
 */
enum err_code db_commit(struct db *db, struct err *err) MUST_USE;
/* Never fails: a connection that cannot roll back is broken. No-op outside a transaction. */
void db_rollback(struct db *db);
bool db_in_transaction(const struct db *db);

int db_result_rows(const struct db_result *r);
int db_result_cols(const struct db_result *r);
const char *db_result_name(const struct db_result *r, int col);
/* Rows that an INSERT, UPDATE or DELETE touched. */
int64_t db_result_affected(const struct db_result *r);
/* By column name; a name that is not there aborts (a bug). NULL for SQL null. */
const char *db_result_text(const struct db_result *r, int row, const char *col);
int64_t db_result_int8(const struct db_result *r, int row, const char *col);	/* null: 0 */
bool db_result_bool(const struct db_result *r, int row, const char *col);
double db_result_float8(const struct db_result *r, int row, const char *col);
/* By index. */
const char *db_result_at(const struct db_result *r, int row, int col);
size_t db_result_len(const struct db_result *r, int row, int col);
uint32_t db_result_type(const struct db_result *r, int col);	/* OID */
void db_result_free(struct db_result *r);	/* NULL is fine */

/*
 * What the server said about the last failed call; borrowed until the next call. "" when nothing.
 */
struct db_fault {
	const char *sqlstate, *message, *detail, *hint, *context;
	const char *schema, *table, *column, *constraint;
};
const struct db_fault *db_last_fault(const struct db *db);

/* ERR_* for a SQLSTATE: 08/57P -> UNREACHABLE, 40/55P03/53 -> TRANSIENT, 28/42501 -> DENIED, ... */
enum err_code db_code_of_sqlstate(const char *sqlstate);

/* ---- COPY --------------------------------------------------------------- */

/* sql may begin with statements that answer no rows: one round trip less. */
enum err_code db_copy_in(struct db *db, const char *sql, struct err *err) MUST_USE;
/* Queues bytes; waits only when the server is slower. Sees a server's error early. */
enum err_code db_copy_put(struct db *db, const void *p, size_t n, struct err *err) MUST_USE;
/* Ends the COPY; rows stored (may be NULL). On failure the transaction is aborted. */
enum err_code db_copy_end(struct db *db, int64_t *rows, struct err *err) MUST_USE;
/* Gives a COPY in up; never fails. */
void db_copy_abort(struct db *db, const char *reason);

enum err_code db_copy_out(struct db *db, const char *sql, struct err *err) MUST_USE;
/*
 * The next message of a COPY out, without its framing. *p is valid until the
 * next call; *eof is set after the last one.
 */
enum err_code db_copy_get(struct db *db, const char **p, size_t *n, bool *eof,
			  struct err *err) MUST_USE;

/* ---- LISTEN -------------------------------------------------------------- */

struct db_notice {
	char channel[64];
	char payload[8000];
	int pid;
};

enum err_code db_listen(struct db *db, const char *channel, struct err *err) MUST_USE;
enum err_code db_notify(struct db *db, const char *channel, const char *payload,
			struct err *err) MUST_USE;
/*
 * Sleeps until a notice came (*got = true), wake_fd became readable, or
 * timeout_ms passed (-1: for ever). Sends nothing. wake_fd -1: none.
 */
enum err_code db_wait(struct db *db, int wake_fd, int timeout_ms, struct db_notice *out, bool *got,
		      struct err *err) MUST_USE;
#endif

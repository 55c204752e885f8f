/*
 * core/db/server.h
 *	One PostgreSQL server over one data directory: made, started, looked at, stopped.
 *
 * The mechanics below cluster.h; nobody but cluster.c includes it. Whoever
 * makes, starts or stops must hold the cluster's lock. Whether the server
 * runs is told by postmaster.pid and checked against the process itself:
 * alive, no zombie, working in this data directory. Started by root the
 * programs run under the account `postgres`.
 *
 * Memory:  everything belongs to the arena given to server_init().
 * Threads: one.
 */
#ifndef CORE_DB_SERVER_H
#define CORE_DB_SERVER_H

#include <sys/types.h>

#include "core/base/err.h"

struct arena;

struct server {
	struct arena *mem;
	const char *base;	/* the cluster's home: locks and marks */
	const char *room;	/* base/pg: owned by the server's account */
	const char *data;	/* base/pg/data */
	const char *socket;	/* directory of the socket */
	const char *log;
	const char *bin;	/* directory of the programs; NULL until server_find() */
	int version;	/* major of the data directory; 0: there is none */
	uid_t uid;	/* account of the server */
	gid_t gid;
	bool is_other;	/* uid is not ours: we are root */
};

enum server_state { SERVER_DOWN, SERVER_STARTING, SERVER_READY, SERVER_STOPPING };

/* Names only; touches nothing. */
enum err_code server_init(struct arena *mem, struct server *out, struct err *err) MUST_USE;

/* Makes base, room and the socket's directory with their owners and modes. */
enum err_code server_prepare(struct server *s, struct err *err) MUST_USE;

/* Reads the version and finds programs that fit it (or the newest, when there is no data). */
enum err_code server_find(struct server *s, struct err *err) MUST_USE;

/* Whether it was told to stop the last time, and did; else it has died, or runs. */
bool server_was_stopped(const struct server *s);

/* A new data directory, complete before it gets its name. Half-made ones go first. */
enum err_code server_make(struct server *s, struct err *err) MUST_USE;

enum server_state server_look(const struct server *s, pid_t *pid);

/* Until it answers. What an earlier server left behind is ended and cleared first. */
enum err_code server_start(struct server *s, struct err *err) MUST_USE;

/* Until the server that process pid is starting answers. */
enum err_code server_wait(const struct server *s, pid_t pid, struct err *err) MUST_USE;

/* Fast mode. ERR_TIMEOUT: still stopping after wait_ms, and it will. */
enum err_code server_stop(const struct server *s, int wait_ms, struct err *err) MUST_USE;
#endif

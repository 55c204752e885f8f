/*
 * core/meta/queue.h
 *	Queues as people see them: what stands in them, pauses, limits.
 *
 * A queue is a name that jobs were added under; nothing has to be made before.
 * What loosens something (a queue goes on, a limit rises or goes) wakes engines
 * that sleep, for the queues in which work waits, in the transaction of the change.
 * Every change adds its audit row. Runs as META_APP.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_QUEUE_H
#define CORE_META_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/terms.h"

struct arena;
struct db;
struct list_ask;

#define QUEUE_COUNT_MAX 1000000	/* no count goes further, so that none takes long */
#define QUEUE_NAME_MAX  TERMS_QUEUE_MAX

struct queue_row {
	const char *name;
	int64_t queued;		/* may start now */
	int64_t scheduled;	/* may start at a certain moment */
	int64_t held;		/* paused, or waiting for other jobs */
	int64_t running;
	int64_t max_running;	/* -1: no limit */
	double rate_per_s;	/* 0: no limit */
	double burst;
	bool is_paused;
	bool is_capped;		/* a count is QUEUE_COUNT_MAX or more */
	const char *oldest_at;	/* since when the first of queued may start; ISO, UTC; or NULL */
};
struct queue_rows {
	int n;
	struct queue_row *q;
};

/* By name; each count is of this organization's jobs. */
enum err_code queue_list(struct arena *mem, struct db *db,
			 const struct list_ask *ask, struct queue_rows *out,
			 struct err *err) MUST_USE;

struct queue_stats {
	int64_t queued, scheduled, waiting, paused, running;
	int64_t failed, dead, cancelled;	/* of all that history holds */
	int64_t oldest_job;	/* of those that may start; 0: none */
	const char *oldest_at;	/* NULL: none */
	int64_t hour_ended, hour_failed;	/* in the last hour; failed and dead */
	int64_t day_ended, day_failed;
	double wait_p50, wait_p95;	/* seconds from asked for to started; -1: unknown */
	bool is_capped;
};
enum err_code queue_stats(struct arena *mem, struct db *db, struct queue_stats *out,
			  struct err *err) MUST_USE;

/*
 * No job of the queue may start, or they may again. *changed: it was not so before.
 * ERR_NOT_FOUND: to go on with a queue that never was.
 */
enum err_code queue_pause(struct db *db, const char *name, bool is_paused, bool *changed,
			  struct err *err) MUST_USE;

/* How many may run at once, and start a second. */
struct queue_limit {
	const char *scope;	/* "organization", "queue", "connection" */
	const char *name;	/* "" for the organization */
	int64_t max_running;	/* -1: any number */
	double rate_per_s;	/* 0: any */
	double burst;		/* tokens that can be saved up; 0 without a rate */
	/* only read */
	int64_t running;
	int64_t room;		/* how many more may start now; -1: any number */
	double wait_ms;		/* until there is a token; -1: there is one */
	const char *updated_at;
};
struct queue_limits {
	int n;
	struct queue_limit *l;
};
enum err_code queue_limits(struct arena *mem, struct db *db, struct queue_limits *out,
			   struct err *err) MUST_USE;

/* As a whole: what it does not say is not limited. */
enum err_code queue_limit_set(struct db *db, const struct queue_limit *in,
			      struct err *err) MUST_USE;
/* ERR_NOT_FOUND: there is none. */
enum err_code queue_limit_remove(struct db *db, const char *scope, const char *name,
				 struct err *err) MUST_USE;

/*
 * For changes that let jobs start: begins a transaction, and ends it. In between
 * no engine lies down unaware; with done, those that sleep hear of the work that
 * waits in queue, of pipeline, over connection (NULL and 0: any).
 */
enum err_code queue_open(struct db *db, struct err *err) MUST_USE;
enum err_code queue_close(struct db *db, enum err_code done, const char *queue, int64_t pipeline,
			  const char *connection, struct err *err) MUST_USE;
#endif

/*
 * core/meta/engine_row.h
 *	Which engines there are, which of them live, and what the dead have left.
 *
 * An engine has a row, and a session that holds an advisory lock for as long
 * as it lives: the server lets go of it milliseconds after a crash. While it
 * runs jobs it also renews a lease, for the case that its machine cannot be
 * reached. Whoever sees a lock free twice, or a lease run out, buries the
 * engine: its jobs go back to the queue, and the run number keeps it from
 * them should it come back. A wrong guess costs a repetition, never a row.
 *
 * All times are the database's clock. Runs as META_ENGINE, but for
 * engine_row_list() and engine_row_drain(), which are META_APP's.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_ENGINE_ROW_H
#define CORE_META_ENGINE_ROW_H

#include "core/meta/job_run.h"
#include "core/meta/job_spent.h"

struct list_ask;

struct engine_self {
	const char *name;	/* HOST:PID */
	const char *version;
	int slots;
	const char *queues;	/* '{"a","b"}'; NULL: all */
};

/* A new engine; db is the session that holds its lock, until it is closed. */
enum err_code engine_row_start(struct db *db, const struct engine_self *self, int *id,
			       struct err *err) MUST_USE;
/* The lock again, in a new session. ERR_FENCED: it was buried meanwhile. */
enum err_code engine_row_lock(struct db *db, int id, struct err *err) MUST_USE;
/* Lets go of the lock of one that was buried while its session lived. */
enum err_code engine_row_unlock(struct db *db, int id, struct err *err) MUST_USE;
/* It ends, and runs nothing any more. */
enum err_code engine_row_stop(struct db *db, int id, struct err *err) MUST_USE;
/* It runs nothing for now: its lease ends. ERR_FENCED: it was buried meanwhile. */
enum err_code engine_row_rest(struct db *db, int id, struct err *err) MUST_USE;

/*
 * After a claim whose answer was lost: what the engine has in the books but for these
 * n jobs goes back to the queue, as if it had never begun. *jobs: how many.
 */
enum err_code engine_row_strays(struct db *db, int id, const int64_t *held, int n, int *jobs,
				struct err *err) MUST_USE;

/* One running job in a heartbeat. */
struct engine_pulse {
	struct job_lease lease;
	bool is_new;		/* progress holds something new */
	struct job_counts counts;
	struct job_spent spent;
	int64_t total_bytes;	/* -1: unknown */
	const char *phase;	/* "reading", "merging", "committing"; at most 20 bytes */
	/* out */
	bool is_held;		/* false: another run has the job */
	bool is_cancelled, is_paused;	/* somebody asked */
};

/*
 * Renews the lease, writes progress, brings back what was asked of its jobs.
 * ERR_FENCED: the engine was buried. *drain: somebody asked it to stop.
 */
enum err_code engine_row_beat(struct db *db, int id, int lease_ms, struct engine_pulse *p, int n,
			      bool *drain, struct err *err) MUST_USE;

/* Another engine that runs something. */
struct engine_other {
	int id;
	int64_t lease_ms;	/* until it runs out; below 0: it has */
	bool is_gone;		/* nobody holds its lock */
	int64_t doubt_ms;	/* so long that may only mean that the server was started anew */
};
struct engine_others {
	int n;
	struct engine_other *e;
};
enum err_code engine_row_others(struct arena *mem, struct db *db, int self,
				struct engine_others *out, struct err *err) MUST_USE;

/*
 * Takes its jobs when it is dead. *jobs: how many; -1: it lives, or somebody else does this.
 * *left: jobs it still holds, such as those that a session of the dead has still locked;
 * worth another look soon.
 */
enum err_code engine_row_bury(struct db *db, int id, int *jobs, int *left,
			      struct err *err) MUST_USE;
/* Takes jobs that should have been stopped by their time limit long ago. */
enum err_code engine_row_overdue(struct db *db, int *jobs, struct err *err) MUST_USE;

struct engine_row {
	int id;
	const char *name, *version;
	int slots;
	const char *queues;	/* "a,b"; NULL: all */
	bool is_draining;
	/*
	 * "idle", "busy", "draining"; "silent": its lease ran out, "gone": nobody holds
	 * its lock, both until somebody buries it; "ended".
	 */
	const char *state;
	const char *lease_until;	/* NULL: it runs nothing */
	int jobs;		/* of this organization, running */
	const char *ids;	/* "12 14"; NULL: none */
	const char *started_at, *stopped_at;	/* ISO, UTC, or NULL */
};
struct engine_rows {
	int n;
	struct engine_row *e;
};
enum err_code engine_row_list(struct arena *mem, struct db *db,
			      const struct list_ask *ask, bool with_stopped,
			      struct engine_rows *out, struct err *err) MUST_USE;
/* ERR_NOT_FOUND when it does not live. */
enum err_code engine_row_drain(struct db *db, int id, struct err *err) MUST_USE;
#endif

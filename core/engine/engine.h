/*
 * core/engine/engine.h
 *	Whoever runs jobs: one given job to its end, or all that come.
 *
 * A run of a job is: claim it (a new run number), open its source and
 * target, settle what an earlier attempt may have committed, let the data
 * path load, settle. While it runs, a heartbeat on a connection of its own
 * (beat.h) says that the engine lives and learns of a cancel, a pause or of
 * having been fenced. An idle engine sends nothing: it sleeps in LISTEN until
 * a notice, a due time it knows of, or the sweep (minutes apart).
 *
 * Memory:  everything of a run lives in an arena that ends with it.
 * Threads: engine_run_job() and engine_work() block their caller; `stop` may
 *	be set from any thread or signal handler.
 */
#ifndef CORE_ENGINE_ENGINE_H
#define CORE_ENGINE_ENGINE_H

#include <stdatomic.h>

#include "core/flow/flow.h"

struct meta_place;

/* Values of *stop; 0 is "go on". */
#define ENGINE_HAND_BACK 1	/* give running jobs back to the queue now */
/*
 * engine_work(): finish what runs, take nothing new. When drain_ms is over it raises *stop to
 * ENGINE_HAND_BACK itself.
 */
#define ENGINE_DRAIN     2

#define ENGINE_KEEP_DAYS 90

struct engine_env {
	struct meta_place *place;	/* borrowed, open */
	const char *org;	/* name; NULL: default */
	atomic_int *stop;	/* set from outside; the call then returns ERR_INTERRUPTED */
	/* readable once stop is set; -1: none, stop is looked at 5 times a second */
	int stop_fd;
	int lease_ms;		/* 0: LEAT_LEASE_MS or 15 s */
	const char *queues;	/* engine_work(): '{"a","b"}'; NULL: all */
	int drain_ms;		/* how long running jobs may take to end; 0: a minute */
	int keep_days;		/* engine_work(): of history; 0: ENGINE_KEEP_DAYS */
	int64_t sweep_ms;	/* how often history is looked at; 0: every ten minutes */
	bool has_stdin;		/* a job may read this process's standard input */
};

struct engine_progress {
	int64_t job;
	const char *phase;
	struct ledger ledger;
	int64_t total_bytes;	/* -1: unknown */
	double rows_per_s;
	int64_t eta_ms;		/* -1: unknown */
	bool is_last;
};

struct engine_outcome {
	int64_t job;
	const char *state;	/* of the job afterwards: "succeeded", "failed", "dead", ... */
	const char *source;	/* what was read, for people */
	const char *target;
	struct ledger ledger;
	double seconds;
	const char *over;	/* more rows were rejected than allowed, in words; NULL: no */
	bool is_held;		/* and its pipeline was paused for that */
};

typedef void (*engine_progress_fn)(void *ctx, const struct engine_progress *p);
typedef void (*engine_note_fn)(void *ctx, int level, const char *line);

struct job_log_line;
typedef void (*engine_line_fn)(void *ctx, const struct job_log_line *line);

struct engine_hooks {
	void *ctx;
	/* at most 10 a second, from a thread of the engine; may be NULL */
	engine_progress_fn progress;
	engine_note_fn note;	/* log lines of the job; may be NULL */
	/* engine_watch(): the same as they are in the table; those up to log_after are known */
	engine_line_fn line;
	int64_t log_after;
};

/*
 * Claims job `id` and runs it here, retrying what may be retried within its
 * attempts. ERR_CONFLICT when someone else runs it, ERR_INTERRUPTED when
 * stopped (the job was handed back), else the job's own error; out is filled
 * whenever the job ended. Texts in mem.
 */
enum err_code engine_run_job(struct arena *mem, const struct engine_env *env, int64_t id,
			     const struct engine_hooks *hooks, struct engine_outcome *out,
			     struct err *err) MUST_USE;

/*
 * Reads, maps and checks as the pipeline says, and writes nothing anywhere.
 * sample (may be NULL) gets the first mapped batches, rejected rows included.
 */
typedef void (*engine_sample_fn)(void *ctx, const struct schema *fields, const struct batch *rows);
enum err_code engine_dry_run(struct arena *mem, const struct engine_env *env,
			     const struct pipeline *p, engine_sample_fn sample, void *ctx,
			     const struct engine_hooks *hooks, struct engine_outcome *out,
			     struct err *err) MUST_USE;

/* An engine without a face: runs what comes in `slots` workers until stopped, then drains. */
enum err_code engine_work(const struct engine_env *env, int slots, bool until_idle,
			  const struct engine_hooks *hooks, struct err *err) MUST_USE;

/*
 * Follows a job from its events until it ends: progress and state changes
 * as they come, the present state first. Sends no statements in between. After
 * a lost connection it listens again and reads what it shows, so that it misses
 * nothing and tells no line twice. timeout_ms -1: none (ERR_TIMEOUT). out as in engine_run_job().
 */
enum err_code engine_watch(struct arena *mem, const struct engine_env *env, int64_t id,
			   int64_t timeout_ms, const struct engine_hooks *hooks,
			   struct engine_outcome *out, struct err *err) MUST_USE;

/*
 * Opens a connection by name: a stored one of the organization, or the
 * built-in "local" (people's tables in leat's own database) and "files".
 * connector NULL: any. The conn lives in mem.
 */
enum err_code engine_open_connection(struct arena *mem, const struct engine_env *env,
				     const char *name, const char *connector, struct conn **out,
				     struct err *err) MUST_USE;

/*
 * The fields of a source as they are now; no rows are read but those that show types.
 * ERR_TIMEOUT: the other side has not answered within limit_ms. Nothing that can be read only
 * once (standard input, a pipe) is looked at: ERR_CONFIG.
 */
enum err_code engine_describe(struct arena *mem, const struct engine_env *env,
			      const struct pipeline_end *source, int limit_ms, struct schema *out,
			      struct err *err) MUST_USE;
#endif

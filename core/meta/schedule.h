/*
 * core/meta/schedule.h
 *	Schedules: kept for people, and turned into jobs by engines.
 *
 * A slot (core/meta/slot.h) becomes at most one job, whoever looks and however
 * often: its row in leat.tick is written in the transaction that adds the job
 * and moves the schedule on. Times are the database's clock throughout.
 *
 * What came while nobody looked is `missed`: skip leaves out what is more than
 * SCHEDULE_GRACE_US late, one makes one job of the newest slot, all makes one of
 * each, of the newest SCHEDULE_CATCH_UP at most. A slot whose earlier job still
 * waits or runs is an `overlap`: skip, queue it anyway, or cancel the earlier one.
 * A pipeline that is unique leaves a slot out while a job of its key has not ended,
 * unless that one is to be replaced.
 *
 * schedule_run_due() runs as META_ENGINE, everything else as META_APP.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_SCHEDULE_H
#define CORE_META_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

struct arena;
struct db;
struct list_ask;
struct job_request;
struct slot_local;

#define SCHEDULE_GRACE_US  INT64_C(60000000)
#define SCHEDULE_CATCH_UP  100
#define SCHEDULE_SOON_MS   1000	/* until the next look when a slot was due and not made */
#define SCHEDULE_ATTEMPTS  3	/* of a job that a schedule makes, when nobody said */

struct schedule_row {
	int64_t id;
	const char *name;
	const char *pipeline;	/* name */
	int64_t pipeline_id;
	const char *spec, *tz;
	const char *overlap;	/* "skip", "queue", "cancel" */
	const char *missed;	/* "skip", "one", "all" */
	int priority, max_attempts;	/* 0: as the pipeline says */
	bool is_paused;
	const char *next_at;	/* ISO, UTC; NULL: paused */
	int64_t next_us;	/* the same; 0: paused */
	const char *problem;	/* why the last look of an engine failed; NULL: it did not */
	int64_t version;
	const char *created_at, *updated_at;
	const char *last_at;	/* newest slot that came; NULL: none yet */
	const char *last_outcome;	/* "made", "skipped", "missed" */
	int64_t last_job;	/* 0: none */
};
struct schedule_rows {
	int n;
	struct schedule_row *s;
};

/* What a schedule is to be. NULLs stand for the usual, zeroes for what the pipeline says. */
struct schedule_request {
	const char *name;
	const char *pipeline;	/* name */
	const char *spec;
	const char *tz;		/* NULL: UTC */
	const char *known_tz;	/* one that needs no look; may be NULL */
	const char *overlap, *missed;
	int priority, max_attempts;
	bool is_paused;
};

/*
 * Checks all of it, fills what is missing, and spells the zone as the server
 * does. ERR_CONFIG and ERR_NOT_FOUND say what is wrong; nothing is stored.
 */
enum err_code schedule_check(struct arena *mem, struct db *db, struct schedule_request *in,
			     struct err *err) MUST_USE;

/*
 * Stores what schedule_check() let pass; slots count from now. is_new:
 * ERR_CONFLICT when there is one of that name. changed (may be NULL): false when
 * it was the same already. Engines sleep on until schedule_wake().
 */
enum err_code schedule_put(struct arena *mem, struct db *db, const struct schedule_request *in,
			   bool is_new, bool *changed, struct err *err) MUST_USE;
enum err_code schedule_get(struct arena *mem, struct db *db, const char *name,
			   struct schedule_row *out, struct err *err) MUST_USE;
/* By name; pipeline NULL: of all. */
enum err_code schedule_list(struct arena *mem, struct db *db, const char *pipeline,
			    const struct list_ask *ask, struct schedule_rows *out,
			    struct err *err) MUST_USE;
/* Resumed, it goes on with the next slot from now. *changed: it was not so before. */
enum err_code schedule_pause(struct arena *mem, struct db *db, const char *name, bool is_paused,
			     bool *changed, struct err *err) MUST_USE;
/* Soft: its slots and jobs stay. */
enum err_code schedule_remove(struct db *db, const char *name, struct err *err) MUST_USE;

/* After a commit: sleeping engines look again. */
enum err_code schedule_wake(struct db *db, struct err *err) MUST_USE;

struct schedule_tick {
	const char *due_at;	/* the slot; ISO, UTC */
	const char *outcome;	/* "made", "skipped", "missed" */
	int64_t job;		/* 0: none */
	const char *reason;	/* NULL: none */
	const char *at;		/* when it was written down */
};
struct schedule_ticks {
	int n;
	struct schedule_tick *t;
};
/* Newest first. */
enum err_code schedule_ticks(struct arena *mem, struct db *db, int64_t schedule, int limit,
			     struct schedule_ticks *out, struct err *err) MUST_USE;

/*
 * body (a pipeline in JSON) with the span from at[0] to at[1] as its slot, and without
 * its terms; local is what the clocks of tz show then: what a job for it is made of,
 * by schedule or by hand.
 */
enum err_code schedule_body(struct arena *mem, const char *body, const char *tz,
			    const int64_t *at, const struct slot_local *local,
			    const char **out, struct err *err) MUST_USE;

/* How a job of a schedule stands in the queue: as the schedule says, then as body does. */
enum err_code schedule_terms(struct arena *mem, const char *body, int priority, int max_attempts,
			     struct job_request *out, struct err *err) MUST_USE;

/*
 * Makes the jobs of all slots that are due, in all organizations; *made of
 * them. *next_ms: until the next look, -1: there is nothing to come. One
 * statement when nothing is due. A schedule that cannot be looked at (its
 * pipeline is gone) says so in its problem, and is tried again later.
 */
enum err_code schedule_run_due(struct db *db, int *made, int64_t *next_ms,
			       struct err *err) MUST_USE;
#endif

/*
 * core/meta/pulse.h
 *	How an organization is doing: what ended lately, and how old its data is.
 *
 * Each is one statement whose cost does not grow with history. Runs as META_APP.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_PULSE_H
#define CORE_META_PULSE_H

#include "core/meta/job.h"

#define PULSE_MINUTES  60
#define PULSE_JOBS_MAX 1000000	/* of the last hour, at most so many are counted */
#define PULSE_LOOK     1000	/* newest jobs among which a last success is looked for */

struct pulse_minute {
	const char *at;		/* its beginning; ISO, UTC */
	int64_t ended, failed;	/* failed: those of ended that failed or were given up */
	int64_t rows;		/* written */
};
struct pulse_minutes {
	int n;			/* PULSE_MINUTES, oldest first; the last one is still going on */
	struct pulse_minute *m;
	bool is_capped;
};
enum err_code pulse_minutes(struct arena *mem, struct db *db, struct pulse_minutes *out,
			    struct err *err) MUST_USE;

struct pulse_age {
	const char *pipeline;
	bool is_paused;
	int64_t succeeded_job;	/* 0: none */
	const char *succeeded_at;	/* ISO, UTC; NULL: never, as far as was looked */
	double age;		/* seconds since then; -1: never */
	int64_t last_job;	/* 0: none */
	enum job_state last_state;
	const char *due_at;	/* first slot since then that brought nothing; NULL: none */
	const char *next_at;	/* the slot that comes; NULL: none */
};
struct pulse_ages {
	int n;
	struct pulse_age *a;
};
/* Those that are due first, and of these those of which no job is on its way. */
enum err_code pulse_ages(struct arena *mem, struct db *db, struct pulse_ages *out,
			 struct err *err) MUST_USE;
#endif

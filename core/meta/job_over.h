/*
 * core/meta/job_over.h
 *	That a job rejected more rows than its budget allows, as its row keeps it.
 *
 * Such a job succeeded, and its result has, beside what job_spent.h puts there, the text
 * "over_rejects" and, when the pipeline was paused in the same transaction, "held": true.
 * Settling reads them (leat.job_settle), and so do alerts and whoever shows the job.
 *
 * Memory:  texts live in the arena given.
 * Threads: any.
 */
#ifndef CORE_META_JOB_OVER_H
#define CORE_META_JOB_OVER_H

#include <stdbool.h>

struct arena;

struct job_over {
	const char *why;	/* "12 of 100 rows were rejected, ..."; NULL: no */
	bool is_held;
};

/* result, NULL included, with what o says. */
const char *job_over_json(struct arena *mem, const char *result, const struct job_over *o);

/* Of a job's result, NULL included; what is not of that form is within its budget. */
struct job_over job_over_read(struct arena *mem, const char *result);
#endif

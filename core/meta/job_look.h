/*
 * core/meta/job_look.h
 *	Where the jobs of a filter are to be looked for: by which index, from which number on.
 *
 * A list has three steps: job_scope_open() takes from the filter what an index knows,
 * job_scope_sql() names candidates in the order of their numbers, and what is left of the
 * filter is asked of them. For job_list.c and job_count.c.
 *
 * Memory:  in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_JOB_LOOK_H
#define CORE_META_JOB_LOOK_H

#include "core/base/buf.h"
#include "core/db/db.h"
#include "core/meta/job.h"

#define JOB_SCOPE_PARAMS 8
#define JOB_STATES_ALL	  ((1u << JOB_STATE_COUNT) - 1)
#define JOB_STATES_FAILED (1u << JOB_FAILED | 1u << JOB_DEAD)

struct job_scope {
	struct arena *mem;
	struct filter *filter;	/* without what the scope sees to */
	unsigned states;	/* bits; 0: any */
	unsigned kinds;		/* bits of load, run, alert */
	const char *queue, *pipelines;	/* pipelines: '{1,2}' */
	const char *lanes;	/* '{1,2}'; all that match, where is_all says so all there are */
	const char *others;	/* lanes of other kinds; NULL: none */
	bool is_all;		/* neither queue nor pipeline matters, nor a kind by itself */
	bool is_none;		/* no job can match */
	bool has_failed;	/* only jobs with an attempt behind them can match */
	bool has_rest;		/* something of the filter is left */
	int64_t since_us, until_us;	/* 0: any */
	int64_t lo, hi;		/* numbers between, both outside */
	const char *error_like;	/* of struct job_filter, or NULL */
};

/* among: bits of states; jobs in others do not match, whatever f says. */
enum err_code job_scope_open(struct arena *mem, struct db *db, const struct job_filter *f,
			     unsigned among, struct job_scope *out, struct err *err) MUST_USE;

/*
 * A select of column id: numbers between lo and hi, $1 and $2, at most $3 of them; from the
 * greatest when is_down. is_whole: without order and limit, for the planner's estimate.
 * params has room for JOB_SCOPE_PARAMS.
 */
void job_scope_sql(const struct job_scope *s, bool is_down, bool is_whole, int64_t limit,
		   struct buf *sql, struct db_param *params, int *nparams);

/* What is left, over a job t, as a condition from parameter `first` on. */
enum err_code job_scope_rest(const struct job_scope *s, int first, const char **sql,
			     struct db_param *params, int *nparams, struct err *err) MUST_USE;

/* A row of job_list.sql or job_get.sql. */
void job_read(struct arena *mem, const struct db_result *res, int i, struct job_row *out);
#endif

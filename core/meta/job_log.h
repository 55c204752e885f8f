/*
 * core/meta/job_log.h
 *	The lines that jobs write, in the order they were written down.
 *
 * Lines hold foreign text: text_clean() before they are shown.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_JOB_LOG_H
#define CORE_META_JOB_LOG_H

#include "core/meta/job.h"

struct job_log_line {
	int64_t id;		/* given by the table; grows within a job */
	int64_t run;
	int level;		/* enum log_level */
	int64_t at_us;		/* wall clock; when adding, 0: now */
	const char *line;
};
struct job_log_lines {
	int n;
	struct job_log_line *l;
};

/*
 * As META_ENGINE. Any number at once; run and id of the lines are ignored.
 * Not fenced: what a late attempt has to say is worth keeping. last_id (may
 * be NULL) gets the id of the last line, for EVENT_LOG.
 */
enum err_code job_log_add(struct db *db, const struct job_lease *l,
			  const struct job_log_line *lines, int n, int64_t *last_id,
			  struct err *err) MUST_USE;

/* Behind id `after` (0: from the start), oldest first. limit 0: 1000. */
enum err_code job_log_list(struct arena *mem, struct db *db, int64_t job, int64_t after, int limit,
			   struct job_log_lines *out, struct err *err) MUST_USE;
/* The newest n, oldest first. */
enum err_code job_log_tail(struct arena *mem, struct db *db, int64_t job, int n,
			   struct job_log_lines *out, struct err *err) MUST_USE;
#endif

/*
 * core/meta/log_page.h
 *	Lines of the log by pages: of one job, or of all jobs of the organization.
 *
 * Numbers of lines grow in the order in which they are written. Those of one job are seen in
 * that order; those of different jobs may be seen a moment later than ones behind them, so
 * that whoever follows all jobs looks again where news tells of a line it does not have.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_LOG_PAGE_H
#define CORE_META_LOG_PAGE_H

#include "core/meta/job_log.h"

#define LOG_PAGE_MAX 100000

struct log_ask {
	int64_t job;	/* 0: of all */
	int64_t after;	/* behind that line; 0: the newest ones */
	int64_t before;	/* before that line; 0: up to the newest */
	int64_t since_us;	/* from that moment on, wall clock; 0: not asked */
	int level;	/* enum log_level: that and what is worse */
	int limit;
	const char *filter;	/* filter.h, over list_lines; NULL: every line */
	bool from_start;	/* without after, before and since_us: the oldest ones */
	struct list_said *said;	/* may be NULL */
};

/* A line with the job that said it. */
struct log_row {
	int64_t job;
	struct job_log_line line;
};
struct log_rows {
	int n;
	struct log_row *r;
};

/*
 * In their order. after, before and since_us: one of them at most. The cost is that of the
 * page, however long the log is; with a filter that of LIST_LOOK_ROWS lines at most.
 */
enum err_code log_page(struct arena *mem, struct db *db, const struct log_ask *ask,
		       struct log_rows *out, struct err *err) MUST_USE;
#endif

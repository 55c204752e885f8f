/*
 * core/meta/job_log.h
 *	The lines that jobs write, in the order they were written down.
 *
 * Within a job ids grow as lines become visible, whoever writes them: a reader
 * that asks for what is behind the last id it saw gets each line once and
 * misses none. Lines hold foreign text: text_clean() before they are shown.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_JOB_LOG_H
#define CORE_META_JOB_LOG_H

#include "core/meta/job.h"

#define JOB_LOG_LINE_BYTES 8192	/* what is longer is cut */

struct job_log_line {
	int64_t id;		/* given by the table */
	int64_t run;
	int n;			/* of the run's lines, from 1 */
	int level;		/* enum log_level */
	int64_t at_us;		/* on the database's clock */
	int64_t said_us;	/* when adding: clock_mono_us() then; 0: now */
	const char *line;
};
struct job_log_lines {
	int n;
	struct job_log_line *l;
};

/* Lines of one run on their way into the table. */
struct job_log_batch {
	struct job_lease lease;
	const struct job_log_line *lines;	/* run, id and at_us are ignored */
	int n;
	int done;		/* how many are in the table; what failed goes on there */
	int64_t last_id;	/* of the last of them, for EVENT_LOG; 0: none is new */
};

/*
 * As META_ENGINE, outside a transaction: batches of any number of runs, a
 * thousand lines a statement. again: some of the lines may be there already (an
 * earlier call lost its connection); those are passed over by their n. Not
 * fenced: what a late attempt has to say is worth keeping.
 */
enum err_code job_log_add(struct db *db, struct job_log_batch *batch, int n, bool again,
			  struct err *err) MUST_USE;

struct job_log_filter {
	int64_t after;		/* behind that id; 0: from the start */
	int64_t since_ms;	/* not older; < 0: however old */
	int level;		/* that and what is worse */
};

/* Oldest first. limit 0: 1000. */
enum err_code job_log_list(struct arena *mem, struct db *db, int64_t job,
			   const struct job_log_filter *f, int limit, struct job_log_lines *out,
			   struct err *err) MUST_USE;
/* The newest n (`after` is not looked at), oldest first. */
enum err_code job_log_tail(struct arena *mem, struct db *db, int64_t job,
			   const struct job_log_filter *f, int n, struct job_log_lines *out,
			   struct err *err) MUST_USE;

/* Row i of a result with the columns of a line. */
struct db_result;
void job_log_read(struct arena *mem, const struct db_result *res, int i, struct job_log_line *out);
#endif

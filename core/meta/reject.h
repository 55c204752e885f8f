/*
 * core/meta/reject.h
 *	Rows that failed, kept with every reason.
 *
 * The writer adds them as pending under (job, run); readers see only those of
 * the run that the job's row calls committed, or of one that failed over its
 * budget. raw is the row as it stood, byte for byte; a value is cut at
 * REJECT_VALUE_MAX and made valid UTF-8.
 * What readers get is foreign text: text_clean() before it is shown.
 *
 * Memory:  the writer is a heap object that holds at most REJECT_FLUSH_BYTES
 *	plus one row; what is read lives in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_REJECT_H
#define CORE_META_REJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/meta/list.h"

struct arena;
struct db;
struct job_lease;
struct reject_writer;

#define REJECT_VALUE_MAX   2000		/* bytes of one offending value */
#define REJECT_FLUSH_ROWS  2000
#define REJECT_FLUSH_BYTES (4u << 20)

struct reject_problem {
	const char *field;	/* "": the row as a whole */
	struct slice value;
	const char *rule;	/* "type", "required", ... */
	const char *reason;
	const char *sqlstate;	/* of a server that refused the row; NULL or "": none */
};

/* ---- writing: META_ENGINE ------------------------------------------------ */

struct reject_in {
	const char *part;	/* file or table */
	int64_t row, line, offset;
	struct slice raw;
	int nproblems;
	const struct reject_problem *problem;
};

/* ERR_FENCED when the lease is not the job's any more. db is borrowed. */
enum err_code reject_writer_open(struct db *db, const struct job_lease *l,
				 struct reject_writer **out, struct err *err) MUST_USE;
/*
 * Before a parallel load goes on: rejects that earlier runs stored for these
 * rows (a multirange, "{[1,2049)}") become this run's, all others go.
 */
enum err_code reject_resume(struct db *db, const struct job_lease *l, const char *rows,
			    struct err *err) MUST_USE;
/* The load starts over: what w was given, shapes too, and the job has stored is forgotten. */
enum err_code reject_writer_forget(struct reject_writer *w, struct err *err) MUST_USE;
/* How raw rows of that part are read (raw_rows.h); once for each part, before its rejects. */
enum err_code reject_writer_shape(struct reject_writer *w, const char *part, const char *shape,
				  struct err *err) MUST_USE;
/* Copies r; sends a statement when enough is there. ERR_FENCED: another run took over. */
enum err_code reject_writer_add(struct reject_writer *w, const struct reject_in *r,
				struct err *err) MUST_USE;
/* Everything given so far is in the table. */
enum err_code reject_writer_flush(struct reject_writer *w, struct err *err) MUST_USE;
/*
 * What is wrong with most of the rows that run l->job's `run` refused, at most three things:
 * "amount type (10), customer required (4)"; "" when it refused none. Run counts or not.
 */
enum err_code reject_causes(struct arena *mem, struct db *db, const struct job_lease *l,
			    int64_t run, const char **out, struct err *err) MUST_USE;
int64_t reject_writer_rows(const struct reject_writer *w);	/* given so far */
void reject_writer_close(struct reject_writer *w);	/* sends nothing; NULL is fine */

/* ---- reading: META_APP ----------------------------------------------------- */

/* Numbers are stored: never renumber. */
enum reject_state {
	REJECT_OPEN, REJECT_STAGED, REJECT_REPLAYED, REJECT_DISCARDED,
	/* Its load failed over its budget, and stored nothing: only to be looked at. */
	REJECT_VOID
};
const char *reject_state_name(enum reject_state s);

#define REJECT_ALIVE (1u << REJECT_OPEN | 1u << REJECT_STAGED)
#define REJECT_ALL   (REJECT_ALIVE | 1u << REJECT_REPLAYED | 1u << REJECT_DISCARDED)

struct reject_filter {
	int64_t job;		/* 0: every job */
	const char *field, *rule;	/* NULL: any */
	unsigned states;	/* bits; 0: REJECT_ALIVE, unless ask.filter speaks of states */
	bool with_void;		/* and REJECT_VOID */
	int64_t after;		/* ids above it: the next page; 0: from the start */
	int limit;		/* 0: 100; of reject_ids(): all */
	int raw_bytes;		/* at most so much of each row as it stood; 0: all of it */
	struct list_ask ask;	/* a page as people ask for it; its keys are ids */
};

struct reject_row {
	int64_t id;
	int64_t job;
	const char *part;
	int64_t row, line, offset;
	struct slice raw;
	int64_t raw_size;	/* of all of it, in bytes */
	int nproblems;
	struct reject_problem *problem;
	const char *at;		/* ISO, UTC */
	enum reject_state state;
	int64_t version;	/* grows with every change; 0: nobody has touched it */
	const char *fix;	/* JSON, {"field": "text" or null}; NULL: none */
	int64_t act;		/* that made it what it is; 0: none */
	int64_t replay_job;	/* that has it, or had it last; 0: none */
	const char *discarded_at;	/* NULL: not */
	const char *discard_reason;
};
struct reject_rows {
	int n;
	struct reject_row *r;
};

enum err_code reject_count(struct db *db, const struct reject_filter *f, int64_t *rows,
			   struct err *err) MUST_USE;
enum err_code reject_list(struct arena *mem, struct db *db, const struct reject_filter *f,
			  struct reject_rows *out, struct err *err) MUST_USE;
enum err_code reject_get(struct arena *mem, struct db *db, int64_t id, struct reject_row *out,
			 struct err *err) MUST_USE;

/* Those of id, in ascending order; ERR_NOT_FOUND unless all of them are there. */
enum err_code reject_some(struct arena *mem, struct db *db, const int64_t *id, int n,
			  struct reject_rows *out, struct err *err) MUST_USE;

/* Problems that are the same but for their numbers and quoted parts; most frequent first. */
struct reject_group {
	int64_t job;
	const char *field, *rule, *reason;
	const char *sqlstate;	/* "": not the server's */
	int64_t rows;
	int64_t first_row, last_row;
	const char *sample;	/* one offending value */
	int64_t sample_id;	/* its reject */
	const char *first_at, *last_at;	/* when it was met */
};
struct reject_groups {
	int n;
	struct reject_group *g;
};
enum err_code reject_groups(struct arena *mem, struct db *db, const struct reject_filter *f,
			    struct reject_groups *out, struct err *err) MUST_USE;

/* Ids of all that the filter names, in order, and whose they are. ERR_LIMIT: too many. */
#define REJECT_IDS_MAX 1000000
enum err_code reject_ids(struct arena *mem, struct db *db, const struct reject_filter *f,
			 int64_t **id, int64_t **job, int *n, struct err *err) MUST_USE;

/* How raw rows of a part are read, as the writer was told; NULL: nobody knows. */
enum err_code reject_shape(struct arena *mem, struct db *db, int64_t job, const char *part,
			   const char **out, struct err *err) MUST_USE;

/* Every reject of the filter in order of id, page by page: for exports. fn's error ends it. */
typedef enum err_code (*reject_row_fn)(void *ctx, const struct reject_row *r, struct err *err);
enum err_code reject_each(struct db *db, const struct reject_filter *f, reject_row_fn fn, void *ctx,
			  struct err *err) MUST_USE;
#endif

/*
 * core/meta/list.h
 *	One page of a list: which rows, in which order, before or behind which one.
 *
 * Pages go by the key of a row, never by counting: "after" are the rows that come behind
 * it in the order asked for, "before" those that come before it; both are answered in
 * that order. list_query() orders the whole list, which suits lists of hundreds or
 * thousands; jobs, rejects and log lines find their pages by an index.
 *
 * Memory:  results are the caller's; texts of struct list_said live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_LIST_H
#define CORE_META_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/meta/filter.h"

#define LIST_FILTER_MS 5000	/* a statement with a filter takes no longer */

struct arena;
struct db;
struct db_param;
struct db_result;

/* What was done otherwise than asked for, for whoever reads the page. */
struct list_said {
	const char *unfinished;	/* part of the filter that was left out; NULL: none */
	int64_t looked;		/* only at so many rows; 0: at all that there are */
	bool is_sorted_part;	/* the order is that of the newest which match */
	int64_t go_on;		/* key from which a next look begins; 0: none */
	/* Jobs only: whether any may be left, and the key behind which they are. */
	bool has_more;
	int64_t next;
};

/* All zeroes: everything, as the list orders it. */
struct list_ask {
	const char *filter;	/* filter.h; NULL: every row */
	const char *sort;	/* a column, or -column: from the greatest; NULL: the list's own */
	const char *after, *before;	/* keys; NULL: from the beginning; never both */
	int limit;		/* 0: the list's own */
	struct list_said *said;	/* may be NULL */
};

struct list_def {
	const char *what;	/* "pipeline" */
	const struct filter_col *cols;	/* over the row t; the first is the key */
	const char *order;	/* of ours: "t.name" */
};

/*
 * sql: a select whose rows are called t in the columns of def. Its result has one column
 * more, which nobody asks for. ask NULL: sql as it stands. ERR_NOT_FOUND: a key is not there.
 */
enum err_code list_query(struct arena *mem, struct db *db, const struct list_def *def,
			 const char *sql, const struct db_param *params, int nparams,
			 const struct list_ask *ask, struct db_result **out,
			 struct err *err) MUST_USE;

/* list_cols.c has them. */
extern const struct list_def list_pipelines, list_schedules, list_connections, list_engines,
	list_alerts, list_bookmarks, list_queues, list_groups, list_rejects, list_lines;

/* *col: the column to sort by; NULL: the list's own order. */
enum err_code list_sort(const struct filter_col *cols, const char *sort,
			const struct filter_col **col, bool *is_down, struct err *err) MUST_USE;

#define LIST_LOOK_ROWS 200000	/* that a filter looks at for one page of rows by id */

/* A list whose rows go by id, however many there are. */
struct list_ids {
	const char *sql;	/* of ours: rows t with a column id between two parameters */
	const char *show;	/* of ours: what is answered of t; NULL: all that the filter sees */
	int lo, hi;		/* their numbers; the page narrows them */
	struct db_param *param;	/* of sql; room for FILTER_PARAMS_MAX and 2 more */
	int nparams;
	bool is_down;		/* the order of the page */
	int limit;
};

/* The page that ask describes of it, by id. ERR_USAGE: a key that is no number. */
enum err_code list_by_id(struct arena *mem, struct db *db, const struct list_ids *ids,
			 const struct filter *f, const struct list_ask *ask,
			 struct db_result **out, struct err *err) MUST_USE;

/* A statement that is stopped after ms, in a transaction of its own when there is none. */
enum err_code list_run(struct db *db, int ms, const char *sql, const struct db_param *params,
		       int nparams, struct db_result **out, struct err *err) MUST_USE;

bool list_is_plain(const struct list_ask *ask);
#endif

/*
 * core/command/fixing.h
 *	New cells for rejects: texts, or what expressions over the cells make of them.
 *
 * Memory:  of one pass in st.mem, as in staging.h.
 * Threads: one.
 */
#ifndef CORE_COMMAND_FIXING_H
#define CORE_COMMAND_FIXING_H

#include "core/command/staging.h"

#define FIXING_SETS_MAX 50

struct expr;

/* One cell that is to change: to a text, or to what an expression gives. */
struct cell_set {
	const char *field;
	const char *text;	/* NULL: expr */
	const char *expr;
	int column;	/* of the source */
	struct expr *compiled;
};

/* A row that was looked at; slices with p NULL are null. */
struct fixing_row {
	int64_t id;
	struct slice before, after;	/* the first cell that is set */
	const char *problem;	/* the expression breaks on it; NULL: it does not */
};

struct fixing {
	struct staging st;
	struct replay_set asked;
	int nsets;
	struct cell_set set[FIXING_SETS_MAX];
	int64_t failed;	/* rows that the expression breaks on */
	const char *first_failure;
	/* May be NULL: each row, until the next; ctx is st.own. */
	void (*saw)(void *ctx, const struct fixing_row *row);
};

/* FIELD=VALUE or FIELD=EXPR; option: where it stood, for messages. */
enum err_code fixing_set(struct fixing *f, const char *word, const char *option, bool is_expr,
			 struct err *err) MUST_USE;
/* A cell that is set, as the rows call it. ERR_USAGE: they have no such field. */
enum err_code fixing_find(struct staging *st, struct err *err) MUST_USE;
#endif

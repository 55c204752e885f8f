/*
 * core/command/answer.h
 *	What one call of a command answered, held as a whole so that it can be handed over.
 *
 * A face whose screen must not wait runs commands on other threads; an answer is
 * the message that comes back: rows, notes, the error, how long it took. Commands that
 * stream give several answers in parts, the last one with is_last.
 *
 * Memory:  an answer owns its arena; answer_free() ends it with everything.
 * Threads: one owner at a time; handed over whole.
 */
#ifndef CORE_COMMAND_ANSWER_H
#define CORE_COMMAND_ANSWER_H

#include "core/command/command.h"

struct answer {
	struct arena *mem;
	const struct cmd_spec *spec;	/* NULL: the words named no command */
	enum err_code code;
	struct err err;
	int ncols;
	const struct val_spec *cols;	/* declared and dynamic */
	int nrows;
	struct reply_value **row;	/* nrows of ncols values */
	int nnotes;
	const char **note;	/* lines for people */
	const char *asks;	/* what it wanted a yes for and had none; NULL: nothing */
	int64_t took_us;
	int64_t at_us;		/* wall clock when it was complete */
	bool is_many;		/* a list, whatever the command usually answers */
	bool is_last;		/* no more parts */
	bool is_cut;		/* there were more rows than ANSWER_MAX_ROWS or _BYTES */
};

#define ANSWER_MAX_ROWS  100000
#define ANSWER_MAX_BYTES (64u << 20)
#define ANSWER_PART_MS   100	/* streams: a part at most that often */

void answer_free(struct answer *a);	/* NULL is fine */

/* Place of a column; -1: it has none of that name. */
int answer_col(const struct answer *a, const char *name);
/* NULL: null, or no such column. */
const struct reply_value *answer_value(const struct answer *a, int row, const char *name);
/* "" when null; numbers are 0. */
const char *answer_text(const struct answer *a, int row, const char *name);
int64_t answer_int(const struct answer *a, int row, const char *name);
double answer_float(const struct answer *a, int row, const char *name);
bool answer_bool(const struct answer *a, int row, const char *name);
bool answer_is_null(const struct answer *a, int row, const char *name);

/* How a call is made. */
struct answer_call {
	int nwords;
	char *const *words;	/* "job", "list", "--limit", "50"; global options as well */
	struct session *session;
	atomic_int *stop;
	bool is_confirmed;	/* the user has said yes to what it destroys or changes */
	/*
	 * Parts of commands that stream, every ANSWER_PART_MS, from a thread of the call; the
	 * callee owns them. NULL: all rows come at the end.
	 */
	void (*part)(void *ctx, struct answer *part);
	void (*progress)(void *ctx, const struct cmd_progress *p);	/* may be NULL */
	void *ctx;
};

/*
 * Runs it; never NULL. The error is in the answer. What destroys and is not confirmed
 * (nor says --yes) is ERR_USAGE, and asks says what it is about. What wants the terminal or
 * standard input for itself is refused, and so is what changes things in a session that
 * only looks (ERR_DENIED).
 */
struct answer *answer_run(const struct answer_call *call);

/* What a value looks like for people: as in a table of the batch face. Appends. */
void answer_show(struct buf *out, const struct val_spec *col, const struct reply_value *v);
#endif

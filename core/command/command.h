/*
 * core/command/command.h
 *	One entry per thing that leat can do; every face is a loop over the table.
 *
 * A command is a const struct in its own file and one line in list.h. From
 * that entry come parsing, help, completion, the manual's command pages, and
 * later routes and tools. run() fills typed rows and never prints; the face
 * renders. No face has a power of its own.
 *
 * Memory:  specs are static; replies belong to the caller's arena, row by row.
 * Threads: run() uses only its ctx; ctx->stop may be set by any thread.
 */
#ifndef CORE_COMMAND_COMMAND_H
#define CORE_COMMAND_COMMAND_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

struct arena;
struct db;
struct session;

enum val_kind {
	VAL_TEXT,
	VAL_NAME,	/* text that completes from the database */
	VAL_FILE,	/* text that completes from the file system */
	VAL_INT8,
	VAL_BOOL,	/* an option without a value */
	VAL_FLOAT8,
	VAL_DURATION,	/* "30s", "5m", "2h", "1d" -> milliseconds */
	VAL_COUNT_OR_PERCENT,	/* "100" or "2%" */
	VAL_CHOICE,	/* one of .choices */
	VAL_TIME,	/* a moment: microseconds since 1970 UTC, or the ISO text of one */
	VAL_BYTES,	/* a size, shown as 1.2 MB in tables */
	VAL_SECONDS,	/* a float, shown as 1.2 s or 3 min in tables */
	VAL_JSON
};

enum val_flag {
	ARG_POSITIONAL = 1 << 0,	/* given by place, not by --name */
	ARG_REPEAT     = 1 << 1,	/* may be given more than once */
	ARG_REQUIRED   = 1 << 2,
	ARG_HIDDEN     = 1 << 3,
	COL_WIDE       = 1 << 4,	/* reply column left out of narrow tables first */
	COL_WRAP       = 1 << 5,	/* folded in a table instead of cut */
	COL_DECIMAL    = 1 << 6,	/* a text that is an exact number */
	COL_MOMENT     = 1 << 7,	/* a text that is an ISO date or moment */
};

struct val_spec {
	const char *name;	/* NULL ends the list; "max-rejects", replies: "rows_read" */
	enum val_kind kind;
	unsigned flags;
	const char *preset;	/* default as text; NULL: none */
	const char *choices;	/* VAL_CHOICE: "a|b|c"; VAL_NAME: "job|pipeline|connection|..." */
	const char *help;	/* a sentence */
	char letter;		/* -x, or 0 */
};
#define VAL_END { .name = NULL }

enum cmd_flag {
	CMD_WRITES     = 1 << 0,
	CMD_DESTROYS   = 1 << 1,	/* every face asks again (--yes answers) */
	CMD_IDEMPOTENT = 1 << 2,
	CMD_LOCAL      = 1 << 3,	/* this machine only: never over a network */
	CMD_NO_DB      = 1 << 4,	/* runs without leat's database */
	CMD_STREAMS    = 1 << 5,	/* rows appear while it runs */
	CMD_ONE        = 1 << 6,	/* answers one object, not a list */
	CMD_PLAIN      = 1 << 7,	/* one text column whose lines stand for themselves */
	CMD_DYNAMIC    = 1 << 8,	/* more columns come from the data: reply_columns() */
	CMD_HIDDEN     = 1 << 9,	/* not in lists, help or manual */
	CMD_DRAINS     = 1 << 10,	/* the first stop asks it to finish what runs: STOP_DRAIN */
	CMD_CSV        = 1 << 11,	/* CSV unless another form is asked for */
	CMD_OUTSIDE    = 1 << 12,	/* wants the terminal for itself: not in a console */
	CMD_PLANS      = 1 << 13,	/* unconfirmed it answers its plan, and is ERR_USAGE */
};

struct cmd_example {
	const char *line;	/* "leat job list --state failed"; NULL ends the list */
	const char *what;
};

struct cmd_ctx;
struct cmd_args;
struct reply;

struct cmd_spec {
	const char *name;	/* words of the command line: "job cancel" */
	const char *since;
	const char *summary;	/* a sentence */
	const char *text;	/* paragraphs for help and manual; NULL: none */
	unsigned flags;
	const struct val_spec *args;
	const struct val_spec *reply;
	const struct cmd_example *examples;	/* may be NULL */
	enum err_code (*run)(struct cmd_ctx *ctx, const struct cmd_args *in, struct reply *out,
			     struct err *err);
};

/* ---- what run() gets ----------------------------------------------------- */

/* A progress line for the face to draw; texts are borrowed for the call. */
struct cmd_progress {
	int64_t job;
	const char *phase;
	int64_t rows, rejected, bytes, total_bytes;	/* total -1: unknown */
	double rows_per_s;
	int64_t eta_ms;		/* -1: unknown */
	bool is_last;
};

/* Values of *stop; 0 is "go on". They are the engine's own. */
#define STOP_NOW   1	/* hand back what runs, return ERR_INTERRUPTED */
#define STOP_DRAIN 2	/* finish what runs, begin nothing new */

struct cmd_ctx {
	struct arena *mem;	/* of this call */
	struct session *session;	/* database, organization, options; opened on demand */
	atomic_int *stop;	/* not 0: the user pressed Ctrl-C (or the face closes) */
	bool is_confirmed;	/* --yes, or the face asked */
	void (*progress)(void *face, const struct cmd_progress *p);	/* may be NULL */
	/* asks people whether to go on with `what`; false: no, or nobody is there; may be NULL */
	bool (*ask)(void *face, const char *what);
	bool is_talking;	/* somebody sits there and answers ask() at once */
	void (*note)(void *face, const char *line);	/* a line for people; may be NULL */
	void *face;
};

/* leat's own database as leat_app with the organization set; opened at the first call. */
enum err_code cmd_db(struct cmd_ctx *ctx, struct db **out, struct err *err) MUST_USE;

/* leat's place without a session, and what the engine wants to know of us. */
struct meta_place;
struct engine_env;
enum err_code cmd_place(struct cmd_ctx *ctx, struct meta_place **out, struct err *err) MUST_USE;
enum err_code cmd_engine_env(struct cmd_ctx *ctx, struct engine_env *out, struct err *err) MUST_USE;

/* printf to the face's note(); nothing without one. */
void cmd_note(struct cmd_ctx *ctx, const char *fmt, ...) PRINTF(2, 3);

/* Values by name; a name the spec does not have aborts (a bug). */
bool arg_given(const struct cmd_args *in, const char *name);
/* NULL: not given, no preset */
const char *arg_text(const struct cmd_args *in, const char *name);
int64_t arg_int8(const struct cmd_args *in, const char *name);
bool arg_bool(const struct cmd_args *in, const char *name);
int64_t arg_ms(const struct cmd_args *in, const char *name);
int64_t arg_time_us(const struct cmd_args *in, const char *name);
/* VAL_COUNT_OR_PERCENT: *rows or *percent is set, the other one is -1; both when not given. */
void arg_share(const struct cmd_args *in, const char *name, int64_t *rows, double *percent);
/* ARG_REPEAT: how many, and the i-th. */
int arg_count(const struct cmd_args *in, const char *name);
const char *arg_nth(const struct cmd_args *in, const char *name, int i);

/* ---- replies -------------------------------------------------------------- */

/* Sets column `name` of the row being built. Unset columns are null. */
void reply_text(struct reply *r, const char *name, const char *v);
void reply_slice(struct reply *r, const char *name, struct slice v);
void reply_int8(struct reply *r, const char *name, int64_t v);
void reply_float8(struct reply *r, const char *name, double v);
void reply_bool(struct reply *r, const char *name, bool v);
void reply_json(struct reply *r, const char *name, const char *json_text);
/* Ends the row; with CMD_STREAMS the face shows it at once. */
void reply_end_row(struct reply *r);
/* CMD_PLAIN: one line, or each line of a text. */
void reply_line(struct reply *r, const char *line);
void reply_lines(struct reply *r, const char *text);
/* CMD_DYNAMIC: n columns behind the declared ones, before the first row; names are copied. */
void reply_columns(struct reply *r, int n, const struct val_spec *cols);
int64_t reply_rows(const struct reply *r);
/* Before the first row: a CMD_ONE command answers a list this time. */
void reply_many(struct reply *r);
bool reply_is_many(const struct reply *r);
/* Instead of rows: what there is to say was noted, and a list would only be an empty one. */
void reply_none(struct reply *r);
bool reply_is_none(const struct reply *r);

/* ---- the table -------------------------------------------------------------- */

/* All commands in the order of list.h; *n of them. */
const struct cmd_spec *const *cmd_all(int *n);

/* The command whose name is the longest prefix of words; *used words of it. NULL: none. */
const struct cmd_spec *cmd_find(int nwords, char *const *words, int *used);

/* Nearest command name for a typo, or NULL. */
const char *cmd_nearest(const char *typed);

/*
 * Reads words behind the command's name into args (in mem). ERR_USAGE names
 * the argument and what it takes.
 */
enum err_code cmd_parse(struct arena *mem, const struct cmd_spec *spec, int nwords,
			char *const *words, struct cmd_args **out, struct err *err) MUST_USE;

/* The options that every command takes. */
const struct val_spec *cmd_global_list(void);
struct cmd_args *cmd_globals_new(struct arena *mem, const struct cmd_args *preset);

/* Reads global options up to the first word that is none; *used words were read. */
enum err_code cmd_parse_globals(struct arena *mem, int nwords, char *const *words,
				struct cmd_args *globals, int *used, struct err *err) MUST_USE;

/* As cmd_parse(); global options among the words go to globals. With --help nothing is required. */
enum err_code cmd_parse_both(struct arena *mem, const struct cmd_spec *spec, int nwords,
			     char *const *words, struct cmd_args *globals, struct cmd_args **out,
			     struct err *err) MUST_USE;

/*
 * All the words of a call: the command, its arguments, global options (to globals) anywhere.
 * With --help it becomes the command help. ERR_USAGE says what is wrong, and what may have been
 * meant; *spec is then NULL unless the command is known.
 */
enum err_code cmd_read(struct arena *mem, int nwords, char *const *words, struct cmd_args *globals,
		       const struct cmd_spec **spec, struct cmd_args **out,
		       struct err *err) MUST_USE;

/* Reply being filled; rows go to the receiver one by one. */
struct reply_value {
	bool is_set;
	const char *text;	/* TEXT, NAME, JSON, and TIME when it came as text */
	size_t len;		/* of text, which may hold any byte */
	int64_t i;
	double f;
};
/* cols: n columns, declared and dynamic; all is borrowed for the call. */
typedef void (*reply_row_fn)(void *ctx, int n, const struct val_spec *cols,
			     const struct reply_value *row);
/* Its columns so far; borrowed. */
const struct val_spec *reply_cols(const struct reply *r, int *n);
struct reply *reply_new(struct arena *mem, const struct cmd_spec *spec, reply_row_fn fn, void *ctx);
#endif

/*
 * core/flow/connector.h
 *	The contract between the data path and whatever rows come from or go to.
 *
 * A connector is a table of functions over one open connection. The path
 * calls it from one thread at a time, in the order
 *	open, test?, streams?, describe?,
 *	read_open, read..., position?            (a source)
 *	write_open, write..., finish, commit      (a target)
 *	close
 * A conn is used either to read or to write, not both. read() and write()
 * return whole batches; write() may hand rows back through refuse() at any
 * time until finish() has returned. Nothing that write() did is visible to
 * others before commit() (CONN_ATOMIC), and close() without commit() undoes.
 *
 * To add one: its folder, a line in connectors/registry.c, a line in its
 * room's build fragment, a row in the contract test.
 *
 * Memory:  what comes out belongs to the arena passed in.
 * Threads: one at a time, but for interrupt(), which any thread may call.
 */
#ifndef CORE_FLOW_CONNECTOR_H
#define CORE_FLOW_CONNECTOR_H

#include "core/flow/batch.h"

struct arena;
struct json_t;

enum conn_cap {
	CONN_READ   = 1 << 0,
	CONN_WRITE  = 1 << 1,
	CONN_RESUME = 1 << 2,	/* read can start behind a cursor value */
	CONN_ATOMIC = 1 << 3,	/* nothing is visible before commit() */
	CONN_FILES  = 1 << 4,	/* streams are files with size and hash: parts() is there */
	CONN_PARALLEL = 1 << 5,	/* several writers of one load, each chunk committed by itself */
	CONN_LOOKUP = 1 << 6,	/* exists() is there */
};

/* ---- settings ---------------------------------------------------------- */

enum param_kind { PARAM_TEXT, PARAM_INT, PARAM_BOOL, PARAM_CHOICE, PARAM_SECRET };

struct param_spec {
	const char *name;	/* NULL ends the list */
	enum param_kind kind;
	const char *preset;	/* default; NULL: none. "!" : must be given */
	const char *choices;	/* "a|b|c" for PARAM_CHOICE */
	const char *help;	/* one sentence */
};

/* Values by name, all as text. Unknown names are refused by params_check(). */
struct param {
	const char *name;
	const char *value;
};
struct params {
	int n;
	struct param *p;
	/* open() may end with ERR_INTERRUPTED once it is readable; it is not read. 0: none */
	int stop_fd;
};

/* Value, else the spec's preset (spec NULL: of none), else NULL. */
const char *params_get(const struct params *in, const struct param_spec *spec, const char *name);
int64_t params_int(const struct params *in, const struct param_spec *spec, const char *name);
bool params_bool(const struct params *in, const struct param_spec *spec, const char *name);

/* Unknown name, missing one, not a number, not a choice: ERR_CONFIG naming it and what fits. */
enum err_code params_check(const struct params *in, const struct param_spec *spec,
			   const char *where, struct err *err) MUST_USE;

/* ---- reading ----------------------------------------------------------- */

struct part_list;

struct read_spec {
	const char *stream;	/* "sales.csv", "public.sales", or "-"; several files: one a line */
	const char *query;	/* instead of a stream, where the connector can; else NULL */
	const struct params *options;	/* the stream's own: delimiter, encoding... */
	const char *cursor_field;	/* incremental: NULL when not */
	const char *cursor_after;	/* start behind this value; NULL: from the start. Rows
					 * that have none come in any case */
	bool cursor_inclusive;	/* start at cursor_after itself: writing a row twice does no harm */
	/*
	 * CONN_FILES: just these parts of the stream, as parts() found them (one that
	 * has changed since is ERR_TRANSIENT); NULL: all. Stays valid while reading.
	 */
	const struct part_list *only;
	int64_t limit_rows;	/* 0: all */
	bool marks;	/* CONN_FILES, with `only`: every batch carries a mark of what was read */
	bool unhashed;	/* parts(): nobody asks for hashes, only for what a look at names tells */
};

struct stream_info {
	const char *name;
	const char *kind;	/* "table", "view", "file" */
	int64_t rows;		/* estimate; -1: unknown */
	int64_t bytes;		/* -1: unknown */
	const char *note;	/* "csv, comma, UTF-8 (sure)"; may be NULL */
};
struct stream_list {
	int n;
	struct stream_info *s;
};

/* One thing that was recognised. */
struct finding {
	const char *option;	/* that sets it: "delimiter" */
	const char *value;	/* as the option takes it: "semicolon" */
	const char *sure;	/* guess, likely, sure, set */
	const char *why;	/* a sentence part: "98 % of the rows have 7 cells" */
};

struct finding_list {
	int n;
	const struct finding *f;
};

/* A file that a reader took part in: the same (path, size, hash) is not loaded twice. */
struct part_info {
	const char *path;	/* absolute */
	int64_t size_bytes;	/* -1: no file but a pipe (only where unhashed) */
	char hash[33];		/* 128 bits in hex over the content; "" where unhashed */
	int64_t changed_ns;	/* its last change before it was hashed */
	/* Where all numbers here are the same, so is the content, unless status_ns is 0. */
	int64_t inode;
	int64_t status_ns;
};
struct part_list {
	int n;
	struct part_info *p;
};

/* ---- writing ----------------------------------------------------------- */

enum write_mode { MODE_APPEND, MODE_UPSERT, MODE_REPLACE };
enum drift_policy { DRIFT_FAIL, DRIFT_ADD, DRIFT_IGNORE };

/*
 * Who writes, so that a target can tell a second or late attempt from the
 * one that counts. origin names this leat installation; (origin, job) is the
 * key of the job's row in the target's commit log; run grows with each claim.
 */
struct fence {
	const char *origin;
	int64_t job;
	int64_t run;
};

/* A row that was refused, wherever that happened. Borrowed for the call. */
struct reject {
	const char *part;
	struct row_at at;
	int nproblems;
	const struct problem *problem;
};
typedef enum err_code (*reject_fn)(void *ctx, const struct reject *r, struct err *err);

struct write_spec {
	const char *stream;	/* "schema.table" */
	const struct schema *fields;	/* of the batches to come, target's names */
	enum write_mode mode;
	int nkeys;
	const char *const *key;
	bool may_create;	/* make the stream when there is none */
	bool create_schema;	/* and the schema it stands in */
	enum drift_policy drift;	/* a field that the target does not have */
	bool allow_shrink;	/* replace: also when far fewer rows than before */
	struct fence fence;
	/*
	 * A field of an upsert that tells which of two rows is newer: a row of the target where it
	 * is greater stays as it is, and the one given counts as filtered. NULL: the one given is.
	 */
	const char *newer;
	reject_fn refuse;	/* rows that only the other side refuses */
	void *refuse_ctx;
	bool by_chunk;	/* CONN_PARALLEL, append: see chunk_commit() */
};

/* The ledger: read = written + unchanged + filtered + rejected. Rows. */
struct ledger {
	int64_t read;
	int64_t written;
	int64_t unchanged;
	int64_t filtered;
	int64_t rejected;
	int64_t bytes;	/* of the source */
};

/* What an earlier attempt of the same job left in the target's commit log. */
struct commit_note {
	bool is_committed;
	int64_t run;		/* the attempt that committed */
	struct ledger ledger;
	const char *bookmark;	/* JSON text or NULL */
};

/* CONN_PARALLEL: a chunk of the load that some attempt has committed. */
struct chunk_note {
	int64_t first_row;
	const char *rows;	/* the numbers of its rows, text form of rows.h */
	struct read_mark mark;	/* its rows come from what was read up to here */
	struct ledger ledger;
};
struct chunk_list {
	int n;
	struct chunk_note *c;	/* by first_row */
	const char *source;	/* as chunk_source() noted it last; NULL: never */
	const char *where;	/* a sentence for whoever has to find the rows in the target */
};

/* Who keeps a call waiting at the other side. */
struct conn_block {
	const char *by;		/* "process 4711 (psql, user bob): the lock on ..."; NULL: nobody */
	const char *hint;	/* a sentence */
};

/* ---- the table of functions ------------------------------------------- */

struct conn;

struct conn_ops {
	const char *type;	/* "file"; stored in connections, never renamed */
	const char *summary;	/* one sentence */
	unsigned caps;		/* enum conn_cap */
	const struct param_spec *params;	/* of a connection */
	const struct param_spec *read_options;	/* of a stream that is read */

	/* *out is set only on ERR_OK, and then lives in mem until close(). */
	enum err_code (*open)(struct arena *mem, const struct params *in, struct conn **out,
			      struct err *err);
	/* Reaches the other side and says in *note (in mem) what answered. */
	enum err_code (*test)(struct conn *c, struct arena *mem, const char **note,
			      struct err *err);
	enum err_code (*streams)(struct conn *c, struct arena *mem, struct stream_list *out,
				 struct err *err);
	/*
	 * Fields of what read_spec names, or (spec->options NULL and CONN_WRITE)
	 * of a target. ERR_NOT_FOUND when there is no such stream. note may be
	 * NULL; else says how the format was recognised and how sure that is.
	 */
	enum err_code (*describe)(struct conn *c, struct arena *mem, const struct read_spec *spec,
				  struct schema *out, const char **note, struct err *err);

	/* Optional: how the stream of the last describe() was recognised, into mem. */
	void (*findings)(struct conn *c, struct arena *mem, struct finding_list *out);

	/* CONN_READ. Afterwards read_schema() tells the columns of the batches. */
	enum err_code (*read_open)(struct conn *c, const struct read_spec *spec, struct err *err);
	const struct schema *(*read_schema)(struct conn *c);
	/* Resets and fills `into`. *eof is set, with no rows, after the last batch. */
	enum err_code (*read)(struct conn *c, struct batch *into, bool *eof, struct err *err);
	/*
	 * Optional. How the raw rows of a part are to be read again: a new reference, in the
	 * words of core/flow/raw_rows.h; without it they are JSON objects. Any thread, once a
	 * row of that part has been read.
	 */
	struct json_t *(*raw_format)(struct conn *c, const char *part);
	/* Optional: bytes in all parts together, -1 when unknown; for progress. */
	int64_t (*read_total_bytes)(struct conn *c);
	/* CONN_FILES: the parts read_spec names, in the order in which they are read. */
	enum err_code (*parts)(struct conn *c, struct arena *mem, const struct read_spec *spec,
			       struct part_list *out, struct err *err);
	/* CONN_FILES: the mark of the first bytes of these parts as they are now; fewer: all. */
	enum err_code (*parts_mark)(struct conn *c, const struct part_list *parts, int64_t bytes,
				    struct read_mark *out, struct err *err);

	/*
	 * Optional, CONN_WRITE. Whether write_open() could make the stream that
	 * describe() has not found, asked before anything is read: ERR_NOT_FOUND
	 * when its schema is not there and create_schema does not allow it.
	 */
	enum err_code (*can_make)(struct conn *c, struct arena *mem, const char *stream,
				  bool create_schema, struct err *err);
	/*
	 * CONN_WRITE. Takes the job's row in the target's commit log for this
	 * run: ERR_FENCED when a later run has it. When an attempt of this job
	 * has already committed, *earlier says so; the caller then settles from
	 * it and writes nothing.
	 */
	enum err_code (*claim)(struct conn *c, struct arena *mem, const struct fence *f,
			       struct commit_note *earlier, struct err *err);
	enum err_code (*write_open)(struct conn *c, const struct write_spec *spec, struct err *err);
	/* Takes the ROW_LIVE rows; the batch is the caller's again on return. */
	enum err_code (*write)(struct conn *c, const struct batch *rows, struct err *err);
	/*
	 * All rows were given: merges, builds indexes, refuses what cannot be
	 * stored. Fills written, unchanged and filtered (superseded by a later
	 * row of the same key) of the ledger. Nothing is visible yet.
	 */
	enum err_code (*finish)(struct conn *c, struct ledger *out, struct err *err);
	/*
	 * The one point of decision: rows, ledger, bookmark and the fence in one
	 * transaction. ERR_FENCED: another run took over, nothing was written.
	 * A lost connection is resolved here by asking the commit log; only if
	 * that stays impossible is the answer ERR_UNREACHABLE.
	 */
	enum err_code (*commit)(struct conn *c, const struct ledger *ledger, const char *bookmark,
				struct err *err);

	/*
	 * CONN_PARALLEL: several conns write one load (append only), each opened
	 * with write_spec.by_chunk. A chunk is whatever rows one conn has taken
	 * since its last chunk_commit(), told by their numbers. One conn calls
	 * claim(), chunks() (what earlier attempts committed: pass over those
	 * rows), chunk_source() (what is read, in words that only the caller
	 * understands) and, alone, write_open(), which commits what it had to make; then
	 * the others call claim() with the same fence and write_open(). Each conn
	 * repeats write()..., chunk_commit(). At the end one conn calls finish()
	 * and commit() with the ledger of all chunks.
	 *
	 * chunk_commit() stores what is pending, calling refuse() as needed, and
	 * only then reads *ledger (the caller's refuse() may count into it), sets
	 * its `written`, and commits rows and ledger under the fence; a lost
	 * connection is resolved as in commit(). first_row names the chunk. After
	 * any error the conn can only be closed, and the chunk is as if never begun.
	 */
	enum err_code (*chunks)(struct conn *c, struct arena *mem, const struct fence *f,
				struct chunk_list *out, struct err *err);
	enum err_code (*chunk_source)(struct conn *c, const char *source, struct err *err);
	enum err_code (*chunk_commit)(struct conn *c, int64_t first_row, const char *rows,
				      const struct read_mark *mark, struct ledger *ledger,
				      struct err *err);

	/* CONN_LOOKUP: found[i] = 1 when value i of col exists in stream.field. */
	enum err_code (*exists)(struct conn *c, const char *stream, const char *field,
				const struct column *col, uint32_t nrows, uint8_t *found,
				struct err *err);

	/*
	 * Optional, CONN_WRITE. Who blocks the call that runs, asked over a connection of its
	 * own that takes some seconds at most, and ends when stop_fd is readable. Any thread,
	 * until close(). Texts in mem.
	 */
	enum err_code (*blocked)(struct conn *c, struct arena *mem, int stop_fd,
				 struct conn_block *out, struct err *err);
	/* Optional. Makes a running call return ERR_INTERRUPTED soon; any thread. */
	void (*interrupt)(struct conn *c);
	/* Never fails. */
	void (*close)(struct conn *c);
};

struct conn {
	const struct conn_ops *ops;	/* first member of each kind */
};

/* The list is connectors/registry.c; main() installs it before anything runs. */
void connector_install(const struct conn_ops *const *list);
/* NULL when there is none of that type. NULL-terminated list by connector_all(). */
const struct conn_ops *connector_find(const char *type);
const struct conn_ops *const *connector_all(void);

static inline void conn_close(struct conn *c)
{
	if (c != NULL)
		c->ops->close(c);
}
#endif

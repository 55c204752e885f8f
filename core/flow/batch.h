/*
 * core/flow/batch.h
 *	A few thousand rows on their way, column after column.
 *
 * A batch is made once by whoever owns the loop, filled by a reader, mapped
 * into a second batch, written, reset and filled again. Cells point into the
 * batch's arena or into input bytes that the reader keeps valid until the
 * next read into the same batch. A row that fails stays in its place, marked
 * ROW_REJECTED, with its problems in the batch's list; nobody moves rows.
 *
 * Memory:  arrays live as long as the batch; mem is reset with it.
 * Threads: one at a time; whole batches are handed over through a queue.
 */
#ifndef CORE_FLOW_BATCH_H
#define CORE_FLOW_BATCH_H

#include "core/flow/types.h"

#define BATCH_ROWS 2048	/* measured: cells of 12 columns stay in the second-level cache */

struct column {
	enum type type;
	uint8_t *null;		/* one byte a row, 1: null */
	union {
		int64_t *i64;	/* BOOL INT DATE TIME TIMESTAMP TIMESTAMPTZ */
		double *f64;	/* FLOAT */
		struct decimal *dec;	/* DECIMAL */
		struct slice *text;	/* TEXT BYTES JSON UUID */
		void *any;
	} v;
	/*
	 * Not 0: text[] holds each value as PostgreSQL's binary send format of
	 * this type OID, whatever `type` is, still undecoded. pgbin_decode()
	 * turns the column into plain values in place when somebody looks.
	 */
	uint32_t pg_oid;
	struct slice *store_text;	/* room for cap slices; v may point here */
	void *store_wide;		/* room for cap of the widest other value */
};

enum row_state { ROW_LIVE, ROW_REJECTED, ROW_FILTERED };

/*
 * What was read until these rows were there: the first bytes of all parts of a
 * source, one behind the other, and their hash. It may be a little ahead of the rows.
 */
struct read_mark {
	int64_t bytes;
	char hash[33];	/* "": none */
};

/* Where a row came from. */
struct row_at {
	int64_t row;	/* 1-based over the whole stream, header not counted */
	int64_t line;	/* 1-based physical line in its file where it starts; 0: no lines */
	int64_t offset;	/* byte offset in the (uncompressed) file; -1: none */
	struct slice raw;	/* the row as it stood; n = 0: nobody kept it */
};

/* One thing wrong with one row. All texts live in the batch's arena. */
struct problem {
	uint32_t row;		/* index in the batch */
	const char *field;	/* field's name; "" for the row as a whole */
	struct slice value;	/* the offending value as it stood */
	const char *rule;	/* "type", "required", "min", "pattern", "format", ... */
	const char *reason;	/* a sentence part for people: "is not a date" */
	const char *sqlstate;	/* of a server that refused the row; NULL: none did */
};

/* Makes text of a raw row that is not text itself: a JSON object, in mem. */
typedef struct slice (*raw_text_fn)(void *ctx, struct arena *mem, struct slice raw);

struct batch {
	struct arena *mem;
	uint32_t nrows;
	uint32_t cap;
	int ncols;
	struct column *col;
	struct row_at *at;
	uint8_t *state;		/* enum row_state */
	const char *part;	/* name of the file or table these rows came from */
	struct problem *problem;
	uint32_t nproblems;
	uint32_t problem_cap;
	int64_t input_bytes;	/* bytes of the source consumed for this batch */
	struct read_mark mark;	/* only where read_spec asks for marks */
	/*
	 * Not NULL: at[].raw is not text; batch_raw() makes text of it when a row
	 * is rejected. Copied with at[]; lives as long as the reader's conn.
	 */
	raw_text_fn raw_text;
	void *raw_ctx;
	/*
	 * at[].raw is the row as a tuple of PostgreSQL's binary COPY over exactly
	 * these columns, so that a writer may pass it on as it is. Only a reader
	 * sets it; a mapped batch never has it.
	 */
	bool is_tuple;
	void *store[3];		/* batch.c's own: what the columns point into */
};

/* The raw row as text, in mem or borrowed from the batch. */
static inline struct slice batch_raw(const struct batch *b, uint32_t row, struct arena *mem)
{
	if (b->raw_text == NULL || b->at[row].raw.n == 0)
		return b->at[row].raw;
	return b->raw_text(b->raw_ctx, mem, b->at[row].raw);
}

/*
 * Rows that keep a batch of ncols columns small (at most BATCH_ROWS). Whoever
 * maps one batch into another gives both the smaller of the two answers.
 */
uint32_t batch_rows_fit(int ncols);

/* Columns are typed by schema; NULL gives ncols TEXT columns. Exactly cap_rows rows fit. */
struct batch *batch_new(const struct schema *schema, int ncols, uint32_t cap_rows);
void batch_free(struct batch *b);

/*
 * Empty again: no rows, no problems, arena reset, all states ROW_LIVE. Types
 * and nulls stay as they are: whoever fills a column sets both.
 */
void batch_reset(struct batch *b);

/* Points column c's values at the store that fits type. */
void batch_retype(struct batch *b, int c, enum type type);

/* Marks row rejected and notes why. value is copied. */
void batch_reject(struct batch *b, uint32_t row, const char *field, struct slice value,
		  const char *rule, const char *fmt, ...) PRINTF(6, 7);

/* Rows in the given state. */
uint32_t batch_count(const struct batch *b, enum row_state state);
#endif

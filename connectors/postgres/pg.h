/*
 * connectors/postgres/pg.h
 *	What the files of the postgres connector share; nobody else includes it.
 *
 * A load writes in one transaction. Rows are encoded into a chunk that stays
 * in memory until its COPY has ended under a savepoint; when the server
 * refuses a row, the chunk is stored again in parts without that row.
 * Where COPY cannot go straight into the target (views, row-level security,
 * upsert) it goes into a temporary table and SQL moves it on.
 *
 * Memory:  everything hangs on the arena given to open(), but for chunks and
 *	connections, which close() gives back.
 * Threads: as connector.h says.
 */
#ifndef CONNECTORS_POSTGRES_PG_H
#define CONNECTORS_POSTGRES_PG_H

#include <stdatomic.h>

#include "core/base/arena.h"
#include "core/db/db.h"
#include "core/db/quote.h"
#include "core/flow/connector.h"
#include "core/flow/pgbin.h"

/* Bytes in front of the part's name and the raw row in a staging row's origin. */
#define PG_SRC_HEAD 28u

/* ---- relations (pg_catalog.c) ------------------------------------------- */

struct pg_col {
	const char *name;
	const char *quoted;
	uint32_t base_oid;	/* behind domains; enums: text, which their binary form is */
	int32_t typmod;		/* of the base type */
	const char *native;	/* "numeric(10,2)", or the domain's or enum's name */
	const char *stage_type;	/* type of a staging column that holds the same values */
	const char *loose_type;	/* as stage_type, without length or precision */
	bool is_portable;	/* the type's binary form may travel as it is */
	bool has_nulls;		/* may hold some */
	bool is_required;	/* not null and nothing fills it */
	bool refuses_null;	/* and no trigger can fill it before */
	bool has_default;
	bool is_generated;
	bool is_identity;	/* by default or always */
	bool is_always;		/* generated always as identity */
	bool is_key;
	bool has_equal;		/* the type has an equality that joins can use */
	bool is_loose;		/* by which values that read differently may be equal */
};

struct pg_rel {
	uint32_t oid;
	const char *schema, *name;
	const char *quoted;	/* "schema"."name" */
	char kind;		/* pg_class.relkind */
	bool has_policies;	/* row-level security applies to this session */
	bool has_children;	/* others inherit from it */
	bool is_partition;
	bool can_insert;	/* a view may refuse */
	double rows;		/* estimate, below 0: unknown */
	int ncols;
	struct pg_col *col;
};

/* ERR_NOT_FOUND when there is no such relation. */
enum err_code pg_rel_load(struct db *db, struct arena *mem, const char *stream,
			  struct pg_rel *out, struct err *err) MUST_USE;
struct pg_col *pg_rel_find(const struct pg_rel *rel, const char *name);
/* The type a column of that OID and typmod has inside leat. */
struct type_spec pg_type_of(uint32_t oid, int32_t typmod);
/* SQL name of the type that a field without a column gets. */
const char *pg_type_sql(struct arena *mem, const struct type_spec *t);
/* Columns of a query, found without running it to its end. */
enum err_code pg_query_cols(struct db *db, struct arena *mem, const char *query,
			    struct pg_rel *out, struct err *err) MUST_USE;
/* The fields a reader of rel delivers, in order of its columns. */
void pg_schema_of(struct arena *mem, const struct pg_rel *rel, struct schema *out);

/* ---- refusals (pg_refuse.c) ---------------------------------------------- */

/* What the server said about one row; texts live in an arena. */
struct pg_fault {
	char sqlstate[6];
	const char *message, *detail, *constraint, *column;
	int64_t copy_line;	/* row within its COPY, from 1; 0: not told */
};

/* Where a row came from, kept while the server may still refuse it. */
struct pg_origin {
	int64_t row, line, offset;
	const char *part;
	struct slice raw;
};

/* Whether a SQLSTATE blames a row rather than the statement or the server. */
bool pg_is_row_fault(const struct pg_rel *rel, const char *sqlstate);
/* The same as a condition over a plpgsql variable. */
const char *pg_row_fault_sql(const struct pg_rel *rel);

/* ---- chunks (pg_chunk.c) -------------------------------------------------- */

struct pg_rec {
	int64_t row, line, offset;
	const char *part;
	uint32_t tuple;		/* offset of its encoding in the chunk */
	uint32_t raw, raw_len;	/* in the chunk's raw bytes */
};

struct pg_chunk {
	struct buf enc;		/* rows in COPY format, one behind the other */
	struct buf raw;
	struct pg_rec *rec;
	uint32_t n, cap;
	size_t sent;		/* bytes of enc that an open COPY has taken */
	bool is_open;		/* a COPY for it is under way */
};

/* ---- the connection -------------------------------------------------------- */

enum pg_way {
	WAY_DIRECT,	/* COPY into the target */
	WAY_STAGE,	/* COPY chunk by chunk into a temporary table, INSERT from there */
	WAY_MERGE,	/* COPY everything into a temporary table, merged by finish() */
};

enum pg_swap { SWAP_NONE, SWAP_ASIDE, SWAP_TRUNCATE, SWAP_DELETE };

/* How a field's cells become bytes of a COPY. */
struct pg_out {
	const struct pg_col *col;
	int field;		/* index in the batch */
};

/* A batch on its way out: its columns decoded where they have to be. */
struct pg_block {
	struct batch rows;	/* shallow; col is the writer's own array */
	pgbin_put_fn *put;	/* one an out */
	bool is_tuple;		/* raw rows can be sent as they are */
};

enum pg_peek_state { PEEK_OFF, PEEK_READY, PEEK_ON };

/* Where the peek at the target's rows stands (pg_peek.c). */
struct pg_peek {
	enum pg_peek_state state;
	const char *tuple;	/* the target's row at hand */
	size_t n;
	int64_t key;		/* its key */
	bool seen_header, at_end;
	int64_t asked, same, passed;
};

struct pg_reader {
	const char *part;
	struct schema schema;
	int64_t row;
	int64_t limit;
	bool is_open;
	bool seen_header;
	bool at_end;
	bool keeps_tuples;
};

struct pg_writer {
	struct write_spec spec;
	struct pg_rel rel;
	enum pg_way way;
	enum pg_swap swap;
	bool is_text;		/* COPY in text format: some type has no binary form here */
	int nouts;
	struct pg_out *out;
	const char *dest;	/* where COPY goes, quoted */
	const char *real;	/* where rows end: the target, or the table built aside */
	const char *cols;	/* "a", "b": what is written */
	const char *dest_cols;	/* the same with what staging adds in front */
	struct pg_chunk chunk;
	struct buf row_text;	/* scratch for COPY text */
	bool is_dense;		/* the last chunk was full of refused rows */
	bool has_iso;		/* the trial table of pg_isolate.c is made */
	bool iso_kept;		/* and was before the savepoint */
	bool is_open;
	bool is_begun;		/* the transaction of a load or chunk is open */
	raw_text_fn raw_text;
	void *raw_ctx;
	const char *last_part;
	struct arena *scratch;	/* reset after each refused chunk */
	struct arena *cells;	/* of one row in COPY text */
	struct column *cols_buf;	/* room for pg_block */
	pgbin_put_fn *put_buf;
	bool has_savepoint;
	bool has_no_temp;	/* temporary tables are not allowed */
	struct pg_names *names;	/* columns of constraints seen so far */
	int64_t taken;		/* rows that write() was given */
	int64_t stored;		/* rows that the target or staging has */
	int64_t refused;
	int64_t skipped;	/* a trigger of the target dropped them silently */
	/* upsert */
	int64_t ord;
	int64_t written, unchanged, superseded;
	bool keys_ascend;	/* so far each key was above the one before: no duplicates */
	bool has_last_key;
	int64_t last_key;
	int nkeys;
	const struct pg_out **key;
	struct pg_peek peek;
	bool is_altered;	/* this load added columns */
	bool has_unique;	/* the target has a unique index over exactly the key */
	/* replace */
	int64_t rows_before;
	bool is_new;		/* this load made the table */
};

struct pg_conn {
	struct conn base;	/* first: struct conn * converts back */
	struct arena *mem;
	const char *conninfo;
	int stop_fd;	/* of the params; 0: none */
	int pid;	/* the server's process as it was at open(), for any thread */
	struct db *db;
	struct db *lookup;	/* of exists(); NULL until needed */
	_Atomic(struct db *) peek;	/* of pg_peek.c; NULL until needed */
	atomic_bool stop;
	struct fence fence;
	bool has_claim;
	struct pg_reader r;
	struct pg_writer w;
	struct pg_look *look;	/* exists(): what was asked before */
};

static inline struct pg_conn *pg_of(struct conn *c)
{
	return (struct pg_conn *)c;
}

/* postgres.c */
enum err_code pg_connect(struct pg_conn *c, struct db **out, struct err *err) MUST_USE;
enum err_code pg_run(struct pg_conn *c, struct err *err, const char *fmt, ...)
	PRINTF(3, 4) MUST_USE;
/* One number that a query answers; SQL made by printf. */
enum err_code pg_count(struct pg_conn *c, int64_t *out, struct err *err, const char *fmt, ...)
	PRINTF(4, 5) MUST_USE;

/* pg_catalog.c */
enum err_code pg_streams(struct conn *c, struct arena *mem, struct stream_list *out,
			 struct err *err);
enum err_code pg_describe(struct conn *c, struct arena *mem, const struct read_spec *spec,
			  struct schema *out, const char **note, struct err *err);

/* pg_read.c */
enum err_code pg_read_open(struct conn *c, const struct read_spec *spec, struct err *err);
const struct schema *pg_read_schema(struct conn *c);
enum err_code pg_read(struct conn *c, struct batch *into, bool *eof, struct err *err);

/* pg_json.c: a tuple of these fields as a JSON object; ctx is the struct schema. */
struct slice pg_tuple_json(void *ctx, struct arena *mem, struct slice raw);

/* pg_blocked.c */
enum err_code pg_blocked(struct conn *c, struct arena *mem, int stop_fd,
			 struct conn_block *out, struct err *err);

/* pg_fence.c */
enum err_code pg_claim(struct conn *c, struct arena *mem, const struct fence *f,
		       struct commit_note *earlier, struct err *err);
enum err_code pg_commit(struct conn *c, const struct ledger *ledger, const char *bookmark,
			struct err *err);

/* Whether what was to be committed is there, read under the lock of the job's row. */
typedef enum err_code (*pg_look_fn)(struct pg_conn *c, void *ctx, bool *is_there,
				    struct err *err);
/*
 * After a COMMIT whose answer was lost: reaches the server again and looks,
 * for half a minute at most; ERR_UNREACHABLE when nobody answered.
 */
enum err_code pg_resolve(struct pg_conn *c, pg_look_fn look, void *ctx, bool *is_there,
			 struct err *err) MUST_USE;

/* pg_parallel.c */
enum err_code pg_chunks(struct conn *c, struct arena *mem, const struct fence *f,
			struct chunk_list *out, struct err *err);
enum err_code pg_chunk_source(struct conn *c, const char *source, struct err *err);
enum err_code pg_chunk_commit(struct conn *c, int64_t first_row, const char *rows,
			      const struct read_mark *mark, struct ledger *ledger,
			      struct err *err);

/* pg_write.c */
enum err_code pg_write_open(struct conn *c, const struct write_spec *spec, struct err *err);
enum err_code pg_write(struct conn *c, const struct batch *rows, struct err *err);
enum err_code pg_finish(struct conn *c, struct ledger *out, struct err *err);
/* Begins the data transaction; no-op when it is open. */
enum err_code pg_begin(struct pg_conn *c, struct err *err) MUST_USE;

/* pg_target.c: finds or makes the target, settles drift, fills w->rel, w->out, w->cols. */
enum err_code pg_target_open(struct pg_conn *c, struct err *err) MUST_USE;

/* pg_schema.c */
/* ERR_NOT_FOUND, with the nearest name: it is not there, and may_create is false. */
enum err_code pg_schema_check(struct pg_conn *c, struct arena *mem, const char *schema,
			      bool may_create, bool *is_there, struct err *err) MUST_USE;
enum err_code pg_can_make(struct conn *c, struct arena *mem, const char *stream,
			  bool create_schema, struct err *err);

/* pg_chunk.c */
void pg_chunk_init(struct pg_chunk *ch);
void pg_chunk_release(struct pg_chunk *ch);
/* Adds one row; sends what is due to the open COPY, and stores a full chunk. */
enum err_code pg_chunk_add(struct pg_conn *c, const struct pg_block *blk, uint32_t row,
			   struct err *err) MUST_USE;
/* Stores what the chunk holds and empties it. */
enum err_code pg_chunk_store(struct pg_conn *c, struct err *err) MUST_USE;
/* Sends rows [a, b) of the chunk by a COPY of its own into dest; no savepoint. */
enum err_code pg_chunk_copy(struct pg_conn *c, const char *dest, const char *cols, uint32_t a,
			    uint32_t b, int64_t *stored, struct err *err) MUST_USE;
void pg_chunk_origin(const struct pg_chunk *ch, uint32_t row, struct pg_origin *out);

/* pg_text.c: one row in COPY's text format behind the chunk's bytes. */
enum err_code pg_text_row(struct pg_writer *w, const struct pg_block *blk, uint32_t row,
			  struct err *err) MUST_USE;

/* pg_isolate.c */
/* A fresh savepoint in place of the one before. */
enum err_code pg_savepoint(struct pg_conn *c, struct err *err) MUST_USE;
/* The same for who sends it along with a statement of its own, and says when both went well. */
const char *pg_savepoint_sql(const struct pg_conn *c);
void pg_savepoint_made(struct pg_conn *c);
/* The temporary tables for rows on trial, empty. */
enum err_code pg_iso_open(struct pg_conn *c, struct err *err) MUST_USE;
/* Moves the rows on trial into the target; *stored is set. */
enum err_code pg_iso_insert(struct pg_conn *c, int64_t *stored, struct err *err) MUST_USE;
/*
 * Goes back to the savepoint when the chunk failed with `first` (NULL: was
 * not tried) and stores all its rows but those to blame, which are refused.
 */
enum err_code pg_isolate(struct pg_conn *c, const struct pg_fault *first, struct err *err) MUST_USE;

/* pg_sweep.c */
/*
 * Runs `work` over ord 1..n of a staging table in ranges that shrink around
 * rows the server refuses. work is plpgsql: leat_lo and leat_hi are bounds of
 * ord, leat_k must become the number of rows written. *written: their sum.
 * *bad: the refused rows by ord, for pg_sweep_fault(); freed by the caller.
 */
struct pg_sweep {
	const char *work;
	int64_t n;
	int64_t first_step;
	bool wants_src;	/* column src of pg_temp.leat_stage goes into bad */
};
enum err_code pg_sweep(struct pg_conn *c, const struct pg_sweep *s, int64_t *written,
		       struct db_result **bad, struct err *err) MUST_USE;
/* The fault that row i of a sweep's result tells; *ord its place. */
void pg_sweep_fault(struct arena *mem, const struct db_result *bad, int i, struct pg_fault *out,
		    int64_t *ord);

/* pg_refuse.c */
/* Copies db_last_fault() into w->scratch. */
void pg_fault_take(struct pg_conn *c, struct pg_fault *out);
enum err_code pg_refuse(struct pg_conn *c, const struct pg_origin *at, const struct pg_fault *f,
			struct err *err) MUST_USE;

/* pg_upsert.c */
enum err_code pg_upsert_open(struct pg_conn *c, struct err *err) MUST_USE;
enum err_code pg_upsert_finish(struct pg_conn *c, struct err *err) MUST_USE;
/* Whether the row's key has all its values; also watches their order. */
bool pg_upsert_key(struct pg_conn *c, const struct pg_block *blk, uint32_t row);
enum err_code pg_upsert_refuse_key(struct pg_conn *c, const struct pg_block *blk, uint32_t row,
				   struct err *err) MUST_USE;

/* pg_peek.c */
void pg_peek_init(struct pg_conn *c);
/* Whether the row of key w->last_key, encoded as these fields, is in the target as it is. */
bool pg_peek_same(struct pg_conn *c, const char *fields, size_t n);
void pg_peek_stop(struct pg_conn *c);

/* pg_replace.c */
enum err_code pg_replace_open(struct pg_conn *c, struct err *err) MUST_USE;
enum err_code pg_replace_finish(struct pg_conn *c, struct err *err) MUST_USE;

/* pg_aside.c */
/* *why: what keeps the table from being built aside; NULL: nothing. */
enum err_code pg_aside_obstacle(struct pg_conn *c, const char **why, struct err *err) MUST_USE;
/* Makes the copy, empty, and directs the load into it. */
enum err_code pg_aside_make(struct pg_conn *c, struct err *err) MUST_USE;
/* Its other indexes, then into the old one's place. */
enum err_code pg_aside_swap(struct pg_conn *c, struct err *err) MUST_USE;

/* pg_exists.c */
enum err_code pg_exists(struct conn *c, const char *stream, const char *field,
			const struct column *col, uint32_t nrows, uint8_t *found, struct err *err);
#endif

/*
 * core/engine/replay.h
 *	Rejects as a source: read again, with their fixes, through the present mapping.
 *
 * A replay is a job whose rows are the rejects that name it (core/meta/repair.h).
 * They go through the same flow as any load, so that the target's commit decides
 * what is stored; a row's number is its reject's id, by which settling finds the
 * rejects that were refused again.
 *
 * Memory:  a reader lives in the arena given; the cells of a batch in the batch.
 * Threads: one at a time; db is the reader's alone while it is read from.
 */
#ifndef CORE_ENGINE_REPLAY_H
#define CORE_ENGINE_REPLAY_H

#include "core/flow/flow.h"
#include "core/meta/repair.h"

struct engine_env;

#define REPLAY_JOB_KIND "replay"

/* Ids of rejects in ascending order. */
struct replay_set {
	int64_t *id;
	int n;
	int64_t *job;	/* of each; NULL: not known */
};

/* ---- rows ------------------------------------------------------------------------- */

struct replay_reader;

enum replay_how {
	REPLAY_TRUE,	/* with their fixes; what cannot be read is rejected */
	REPLAY_LOOSE,	/* for people, with their fixes: raw_reader_new() */
	REPLAY_AS_MET	/* for people, without */
};

/* set is borrowed. */
enum err_code replay_reader_new(struct arena *mem, struct db *db, const struct replay_set *set,
				enum replay_how how, struct replay_reader **out,
				struct err *err) MUST_USE;
/* The fields of all of them, with the types that the mapping takes them for. */
const struct schema *replay_reader_fields(const struct replay_reader *r);
/* The same as they are read: all text. */
const struct schema *replay_reader_texts(const struct replay_reader *r);
/* A batch for replay_reader_next(); batch_free() it. */
struct batch *replay_reader_batch(const struct replay_reader *r);
/* The next rows, cells as text; at[].row is the id. No rows: that was all. */
enum err_code replay_reader_next(struct replay_reader *r, struct batch *into,
				 struct err *err) MUST_USE;
/* The rejects of the last batch, in its order; valid until it is reset. */
const struct repair_rows *replay_reader_rows(const struct replay_reader *r);

/* ---- loads ------------------------------------------------------------------------ */

/*
 * Makes p what a replay of it runs: no bookmark, one connection, no limits; a target that is
 * replaced by each load gets the rows added. Returns its cursor field, or NULL.
 */
const char *replay_pipeline(struct pipeline *p);

/* A source of these rejects. */
enum err_code replay_open(struct arena *mem, struct db *db, const struct replay_set *set,
			  struct conn **out, struct err *err) MUST_USE;

struct replay_dry {
	void *ctx;
	/* A reject that would be refused again; r->at.row is its id. May be NULL. */
	reject_fn refused;
	/* Fixes laid over those that are stored, in order of id. */
	const struct repair_change *over;
	int nover;
};
/*
 * What mapping and checks of p say of the rejects; nothing is written. In db's transaction, so
 * that fixes which are not committed count. Of what only the target refuses it knows what the
 * target's fields say: where no null may be.
 */
enum err_code replay_dry_run(struct arena *mem, const struct engine_env *env, struct db *db,
			     const struct pipeline *p, const struct replay_set *set,
			     const struct replay_dry *hooks, struct ledger *out,
			     struct err *err) MUST_USE;
#endif

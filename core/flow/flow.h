/*
 * core/flow/flow.h
 *	One load from first read to commit: source, plan, target, ledger.
 *
 * flow_run() reads on one thread and maps, checks and writes on the caller's,
 * with a bounded number of batches between them. It calls back for progress
 * and for every rejected row, and ends in exactly one of: committed (ERR_OK,
 * the ledger balances), or nothing written (any error; of a parallel load the
 * rows of committed chunks stay). It knows no queue and no table of leat's.
 *
 * Memory:  flat; a few batches, whatever the size of the source.
 * Threads: called by a worker; `stop` may be set by any thread.
 */
#ifndef CORE_FLOW_FLOW_H
#define CORE_FLOW_FLOW_H

#include <stdatomic.h>

#include "core/flow/plan.h"

/* Where a load is now: what it waits for. */
enum flow_side { FLOW_NOWHERE, FLOW_SOURCE, FLOW_MAPPING, FLOW_TARGET };

enum flow_stop { FLOW_GO, FLOW_CANCEL, FLOW_HAND_BACK };

/*
 * Where the time of a load goes, told by the thread that maps: it waits for rows to read,
 * maps and checks them, or waits for the target to take them. The three make up the time
 * since the first row was asked for, so that the largest is what the others wait for.
 */
struct flow_spent {
	int64_t source_us, mapping_us, target_us;
};

struct flow_progress {
	struct ledger ledger;
	struct flow_spent spent;
	int64_t total_bytes;	/* -1: unknown */
	const char *phase;	/* "reading", "merging", "committing" */
};

struct flow_hooks {
	void *ctx;
	/* After each batch; the receiver throttles. */
	void (*progress)(void *ctx, const struct flow_progress *p);
	/* Every rejected row, from mapping, checks or the target. */
	reject_fn reject;
	/* Rejects given so far must be stored when this returns, or the load fails. */
	enum err_code (*store_rejects)(void *ctx, struct err *err);
	/* Before the commit, after the last store_rejects(). */
	enum err_code (*before_commit)(void *ctx, const struct ledger *l, const char *bookmark,
				       struct err *err);
	/*
	 * Parallel loads: these rows (text form of rows.h) were committed by
	 * earlier attempts. Rejects stored for them stay, all others go.
	 */
	enum err_code (*resume)(void *ctx, const char *rows, struct err *err);
	/* A line for the job's log; level as in core/base/log.h. */
	void (*log)(void *ctx, int level, const char *line);
	/* May be NULL: the fields of the source, as the mapping sees them; before any row. */
	void (*described)(void *ctx, const struct schema *fields);
	/* May be NULL: each mapped batch before it is written, refused rows included. */
	void (*sample)(void *ctx, const struct schema *fields, const struct batch *rows);
};

/* A field whose inferred type did not hold for every row. */
struct flow_widened {
	const char *field;
	struct type_spec type;
	struct flow_widened *next;
};

struct flow {
	const struct pipeline *pipeline;
	struct conn *source;
	struct conn *target;	/* NULL only when is_dry_run */
	struct conn **more;	/* further connections to the target for a parallel load */
	int nmore;
	/*
	 * A replay of an upsert: rows of the target that are newer by this field of the source
	 * stay, where it goes into a field of the target as it is. NULL: what is given counts.
	 */
	const char *newer;
	struct conn *lookup;	/* for exists-in checks, beside target; NULL: none can be made */
	bool is_dry_run;	/* everything but writing happens */
	const char *cursor_after;	/* bookmark's value, NULL: none */
	/* Files to read; NULL: all the stream names; an empty list: there is nothing to do. */
	const struct part_list *only;
	struct fence fence;
	struct flow_hooks hooks;
	struct flow_widened *widened;	/* from runs that had to start over; NULL at first */
	atomic_int stop;	/* enum flow_stop */
	atomic_int side;	/* enum flow_side; may be read by any thread */
};

struct flow_result {
	struct ledger ledger;
	const char *bookmark;	/* JSON for the next run, in mem; NULL when not incremental */
	struct flow_spent spent;
	struct commit_note earlier;	/* is_committed: an earlier attempt had done it all */
	/*
	 * The load made its table from inferred types and a later row disagreed:
	 * nothing was written, flow->widened (in mem) knows better now. The caller
	 * forgets the rejects, opens both ends anew and runs it again. Does not
	 * happen where the source cannot be read twice, nor in a parallel load,
	 * whose table is there before its rows: such rows are rejected.
	 */
	bool starts_over;
	/*
	 * A parallel load that failed: rows of it that are committed and stay in the
	 * target; perhaps some more when the answer to a chunk's COMMIT was lost.
	 */
	int64_t standing;
	bool more_may_stand;
	/*
	 * Earlier attempts of a parallel load have read another source: how the rows
	 * that stand can be found, a sentence in mem. NULL: it is the same.
	 */
	const char *how_to_find;
	bool was_claimed;	/* the target answered: before this run nothing was committed */
	bool is_unsure;		/* a commit was sent and nobody could say how it ended */
};

enum err_code flow_run(struct arena *mem, struct flow *f, struct flow_result *out,
		       struct err *err) MUST_USE;
#endif

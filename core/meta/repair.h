/*
 * core/meta/repair.h
 *	What people do about rejects: fix, discard, take back, have them replayed.
 *
 * A reject stays as it was met. Fixes are laid over its cells; every change is
 * a step with a version, and belongs to an act that can be undone. A reject
 * that a replay has is nobody else's until that job has ended. All of it runs
 * as META_APP in the caller's transaction, so that a plan is the same work,
 * rolled back.
 *
 * Memory:  texts live in the arena given.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_REPAIR_H
#define CORE_META_REPAIR_H

#include "core/base/buf.h"
#include "core/meta/reject.h"

struct arena;
struct db;

/* ---- acts ----------------------------------------------------------------------- */

/* kind: "fix", "discard" or "import"; what: for people. object: of the audit, may be NULL. */
enum err_code repair_act(struct db *db, const char *kind, const char *what, const char *object,
			 int64_t *act, struct err *err) MUST_USE;

struct repair_change {
	int64_t id;
	int64_t version;	/* the reject must still have it; -1: any */
	const char *fix;	/* JSON object; NULL: of a discard */
	int64_t job;		/* that refused it; 0: not known, and not asked for here */
};
/* One that was not changed. */
struct repair_verdict {
	int64_t id;
	/* "not found", "replayed", "discarded", "in replay", "changed", "same" */
	const char *why;
};
struct repair_verdicts {
	int n, cap;
	struct repair_verdict *v;
};

/*
 * By that act the rejects are staged with their fixes (reason NULL) or discarded. No
 * reject twice. Those that were not changed are added to *out.
 */
enum err_code repair_change(struct arena *mem, struct db *db, int64_t act, const char *reason,
			    const struct repair_change *c, int n, struct repair_verdicts *out,
			    struct err *err) MUST_USE;

/* After so many changes have been committed, before anybody asks for them. */
#define REPAIR_LEARN_ROWS 10000
void repair_learn(struct db *db);

struct repair_undone {
	int64_t act;
	int64_t rejects;	/* that are as before */
	int64_t kept;		/* something has happened to them since */
};
/* act 0: the newest of one's own, with is_again the oldest that was taken back last. */
enum err_code repair_undo(struct db *db, int64_t act, bool is_again, struct repair_undone *out,
			  struct err *err) MUST_USE;

struct repair_act_row {
	int64_t id;
	const char *at, *who, *kind, *what;
	int64_t rejects;
	const char *undone_at;	/* NULL: not */
};
struct repair_acts {
	int n;
	struct repair_act_row *a;
};
/* The newest first; before 0: from the newest. */
enum err_code repair_acts(struct arena *mem, struct db *db, int64_t before, int limit,
			  struct repair_acts *out, struct err *err) MUST_USE;

struct repair_step {
	int64_t version;
	const char *at, *what;	/* "fix", "discard", "undo", "redo", "replay" */
	int64_t act, job;	/* 0: none */
	enum reject_state was, state;
	const char *was_fix, *fix;	/* JSON or NULL */
	const char *reason;	/* of a discard */
	const char *problems;	/* of a replay: JSON, the reasons until then */
	const char *who, *act_what;
};
struct repair_steps {
	int n;
	struct repair_step *s;
};
/* What happened to a reject, the oldest first. */
enum err_code repair_history(struct arena *mem, struct db *db, int64_t id,
			     struct repair_steps *out, struct err *err) MUST_USE;

/* ---- replays --------------------------------------------------------------------- */

/*
 * Of these, which count and are in ascending order, those that are open or staged, and no other
 * replay's, become the job's. *rows of them.
 */
enum err_code repair_assign(struct db *db, int64_t job, const int64_t *id, int n, int64_t *rows,
			    struct err *err) MUST_USE;

/* Ids of the rejects that the job replays, in order. */
enum err_code repair_of_job(struct arena *mem, struct db *db, int64_t job, int64_t **id, int *n,
			    struct err *err) MUST_USE;

/* Which load or pipeline rejects are of. */
struct repair_origin {
	int64_t id, job;
	int64_t pipeline_id;	/* 0: a one-shot load */
	const char *slot;	/* of the job, as its body has it; "": none */
};
/* Those of id that count, in order of id; it is in ascending order, here and below. */
enum err_code repair_origins(struct arena *mem, struct db *db, const int64_t *id, int n,
			     struct repair_origin **out, int *nout, struct err *err) MUST_USE;

/* A reject as it is read again. */
struct repair_row {
	int64_t id, job;
	const char *part;
	int64_t row, line;
	struct slice raw;
	const char *fix;	/* JSON or NULL */
	int64_t version;
	bool is_footer;		/* it reads like a row, and was taken for none */
};
struct repair_rows {
	int n;
	struct repair_row *r;
};
/* In two halves, as db_ask() and db_answer(). */
enum err_code repair_rows_ask(struct db *db, const int64_t *id, int n, struct err *err) MUST_USE;
enum err_code repair_rows_take(struct arena *mem, struct db *db, struct repair_rows *out,
			       struct err *err) MUST_USE;
enum err_code repair_rows(struct arena *mem, struct db *db, const int64_t *id, int n,
			  struct repair_rows *out, struct err *err) MUST_USE;

struct repair_shape {
	int64_t job;
	const char *part;
	const char *shape;	/* JSON, core/flow/raw_rows.h */
};
struct repair_shapes {
	int n;
	struct repair_shape *s;
};
enum err_code repair_shapes(struct arena *mem, struct db *db, const int64_t *id, int n,
			    struct repair_shapes *out, struct err *err) MUST_USE;
#endif

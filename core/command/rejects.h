/*
 * core/command/rejects.h
 *	What commands about rejects share: which ones, whose, what would become of them.
 *
 * Memory:  in the arena of the call.
 * Threads: one.
 */
#ifndef CORE_COMMAND_REJECTS_H
#define CORE_COMMAND_REJECTS_H

#include "core/command/command.h"
#include "core/engine/replay.h"
#include "core/flow/pipeline.h"

/* Which rejects, by what they have in common. The word for the filter differs. */
#define REJECTS_WHICH(filter_name)                                                               \
	{ "job", VAL_INT8, 0, NULL, "job", "Only rejects of this job.", 0 },                      \
	{ "last", VAL_BOOL, 0, NULL, NULL, "Only rejects of the newest job.", 0 },                \
	{ "pipeline", VAL_NAME, 0, NULL, "pipeline", "Only rejects of this pipeline.", 0 },       \
	{ "field", VAL_TEXT, 0, NULL, NULL, "Only rows in which this field failed.", 0 },         \
	{ "rule", VAL_TEXT, 0, NULL, NULL, "Only rows that failed this rule.", 0 },               \
	{ filter_name, VAL_TEXT, 0, NULL, "FILTER", LISTS_FILTER_HELP, 0 }

#define REJECT_COLUMNS(problems_wide, raw_wide)                                                  \
	{ "id", VAL_INT8, 0, NULL, NULL, "The reject.", 0 },                                      \
	{ "job", VAL_INT8, 0, NULL, NULL, "Job that met the row.", 0 },                           \
	{ "part", VAL_TEXT, COL_WIDE, NULL, NULL, "File or table it came from.", 0 },             \
	{ "row", VAL_INT8, COL_WIDE, NULL, NULL, "Number of the row in the source.", 0 },         \
	{ "line", VAL_INT8, 0, NULL, NULL, "Line of the file where it begins.", 0 },              \
	{ "offset", VAL_INT8, COL_WIDE, NULL, NULL, "Byte of the file where it begins.", 0 },     \
	{ "reasons", VAL_TEXT, COL_WRAP, NULL, NULL, "All that is wrong with it.", 0 },           \
	{ "problems", VAL_JSON, problems_wide, NULL, NULL,                                        \
	  "The same as a list of field, value, rule and reason.", 0 },                            \
	{ "raw", VAL_TEXT, raw_wide, NULL, NULL, "The row as it stood.", 0 },                     \
	{ "raw_size", VAL_BYTES, COL_WIDE, NULL, NULL, "Size of that row.", 0 },                  \
	{ "at", VAL_TIME, COL_WIDE, NULL, NULL, "When it was rejected.", 0 },                     \
	{ "state", VAL_TEXT, 0, NULL, NULL,                                                       \
	  "open, staged, replayed, discarded; void: its load stored nothing.", 0 },               \
	{ "version", VAL_INT8, COL_WIDE, NULL, NULL, "Grows with every change.", 0 },             \
	{ "fix", VAL_JSON, problems_wide, NULL, NULL,                                             \
	  "Cells that were fixed, by field; null: none.", 0 },                                    \
	{ "replay_job", VAL_INT8, COL_WIDE, NULL, NULL, "Job that has it, or replayed it.", 0 },  \
	{ "discarded_at", VAL_TIME, COL_WIDE, NULL, NULL, "When it was discarded.", 0 },          \
	{ "discard_reason", VAL_TEXT, COL_WIDE, NULL, NULL, "Why it was discarded.", 0 }

/* The columns of one reject; the row is not ended. */
void rejects_put(struct reply *out, struct arena *mem, const struct reject_row *r);
/* By --discarded and --replayed. 0: what is still to be done, or what the filter says. */
unsigned rejects_states(const struct cmd_args *in);
enum err_code rejects_filter(struct cmd_ctx *ctx, const struct cmd_args *in,
			     const char *filter_name, struct reject_filter *out,
			     struct err *err) MUST_USE;

/*
 * Ids from the positional `id`, else all that the options name. ERR_USAGE: nothing was said;
 * ERR_NOT_FOUND: ids, and none is there.
 */
enum err_code rejects_find(struct cmd_ctx *ctx, const struct cmd_args *in,
			   const char *filter_name, struct replay_set *out,
			   struct err *err) MUST_USE;

/* As many of what the options name, from the first on; at most that many. */
enum err_code rejects_some(struct cmd_ctx *ctx, const struct cmd_args *in, int most,
			   struct replay_set *out, struct err *err) MUST_USE;

/* Rejects that go through one pipeline. */
struct rejects_group {
	int64_t pipeline_id;	/* 0: a one-shot load */
	int64_t job;		/* the first one they are of; of a load, the only one */
	const char *slot;	/* of its jobs, as their bodies have it; "": none */
	const char *name;	/* "pipeline sales", "load 7" */
	struct pipeline p;	/* as it is now */
	bool is_gone;		/* there is no such pipeline any more: as the job had it */
	struct replay_set set;
	/* Fixes laid over those that are stored, by id: as if they were. */
	const struct repair_change *over;
	int nover;
};
struct rejects_groups {
	int n;
	struct rejects_group *g;
};
/* The pipelines that the rejects are of, each as it is at present. */
enum err_code rejects_group(struct cmd_ctx *ctx, struct db *db, const struct replay_set *set,
			    struct rejects_groups *out, struct err *err) MUST_USE;

/* What mapping and checks say of one reject. */
struct rejects_verdict {
	int64_t id;
	const char *why;	/* "amount is not a number; ..." */
};
struct rejects_forecast {
	int64_t passes, fails, filtered;
	int nwhy, cap;
	struct rejects_verdict *why;	/* of the first that fail, by id */
};
/* In db's transaction; at most so many reasons are kept. */
enum err_code rejects_forecast(struct cmd_ctx *ctx, struct db *db,
			       const struct rejects_group *g, int keep,
			       struct rejects_forecast *out, struct err *err) MUST_USE;

/* Cells of one reject: by field, in the order of its source. */
struct rejects_cell {
	const char *field;
	bool is_null, was_null;
	struct slice value;	/* now */
	struct slice was;	/* as it was met */
};
struct rejects_cells {
	int n;
	struct rejects_cell *c;
};
enum err_code rejects_cells(struct arena *mem, struct db *db, int64_t id,
			    struct rejects_cells *out, struct err *err) MUST_USE;

/* "amount is not a number (12,50); ..." for people. */
const char *rejects_reasons(struct arena *mem, const struct reject_row *r);

/* Goes on when confirmed, or when somebody says yes to the plan. */
enum err_code rejects_confirm(struct cmd_ctx *ctx, const char *what, const char *plan,
			      struct err *err) MUST_USE;
#endif

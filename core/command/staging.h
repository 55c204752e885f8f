/*
 * core/command/staging.h
 *	Fixes on their way: found, laid over their rejects, tried, and kept or taken back.
 *
 * A plan is the whole work in a transaction that is rolled back: what it says of
 * rows that would pass, the replay will find the same way.
 *
 * Memory:  of one pass in mem, which is reset between a plan and the work itself.
 * Threads: one.
 */
#ifndef CORE_COMMAND_STAGING_H
#define CORE_COMMAND_STAGING_H

#include "core/command/rejects.h"

#define STAGING_LINES 8

struct staging {
	struct cmd_ctx *ctx;
	struct db *db;
	const char *kind;	/* of the act: "fix", "import" */
	const char *what;	/* for people, and for the act */
	int samples;		/* rows shown */
	/*
	 * Fills change, in order of id, and lines; in the transaction, for each pass anew.
	 * Nothing is to be done where it finds none.
	 */
	enum err_code (*find)(struct staging *st, struct err *err);
	void *own;
	/* of one pass */
	struct arena *mem;
	struct repair_change *change;
	int nchanges;
	int64_t same;		/* rows that would stay as they are */
	int nlines;
	struct {
		const char *outcome;
		int64_t n;
		const char *then;
	} line[STAGING_LINES];	/* what else came of the rows that were looked at */
	/* the module's own */
	struct repair_verdicts verdicts;
	struct replay_set staged;
	struct rejects_groups groups;
	struct rejects_forecast *forecast;	/* one a group */
	bool is_forecast;
};

enum staging_how {
	STAGING_PLAN,	/* show it, and that is all */
	STAGING_ASK,	/* show it, and go on when that is confirmed */
	STAGING_GO
};

#define STAGING_REPLY                                                                             \
	{ "outcome", VAL_TEXT, 0, NULL, NULL,                                                     \
	  "sample, planned, staged; same and others for what stays as it is.", 0 },               \
	{ "rejects", VAL_INT8, 0, NULL, NULL, "How many.", 0 },                                   \
	{ "passes", VAL_INT8, 0, NULL, NULL,                                                      \
	  "Those that would now pass mapping and checks.", 0 },                                   \
	{ "fails", VAL_INT8, 0, NULL, NULL, "Those that would be refused again.", 0 },            \
	{ "id", VAL_INT8, 0, NULL, NULL, "Of a sample: the reject.", 0 },                         \
	{ "field", VAL_TEXT, 0, NULL, NULL, "Its field.", 0 },                                    \
	{ "before", VAL_TEXT, 0, NULL, NULL, "The cell as it was met.", 0 },                      \
	{ "after", VAL_TEXT, 0, NULL, NULL, "The cell then.", 0 },                                \
	{ "then", VAL_TEXT, COL_WRAP, NULL, NULL,                                                 \
	  "passes, or what would still be wrong; of others, why.", 0 }

/* Answers samples and sums. st->staged and st->verdicts tell afterwards what was done. */
enum err_code staging_run(struct staging *st, enum staging_how how, struct reply *out,
			  struct err *err) MUST_USE;

/* Rows of which something else is to be said; no line for none. */
void staging_line(struct staging *st, const char *outcome, int64_t n, const char *then);
#endif

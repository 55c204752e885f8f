/*
 * core/flow/budget.h
 *	The error budget of a pipeline: how many rows may be rejected, and what comes of more.
 *
 * A budget is max_rejects, a number of rows or a share of those read; over_rejects says what
 * happens when it is exceeded. warn: the rows are committed and the job says so. fail: nothing
 * is committed; a number ends the load as soon as it is exceeded, a share is known at its end.
 * hold: as warn, and the pipeline is paused in the same transaction as the job ends.
 *
 * Memory:  texts live in the arena given.
 * Threads: any; nothing is kept.
 */
#ifndef CORE_FLOW_BUDGET_H
#define CORE_FLOW_BUDGET_H

#include "core/flow/pipeline.h"

/* What the budget does not go with: ERR_CONFIG, with what to do. */
enum err_code budget_check(const struct pipeline *p, struct err *err) MUST_USE;

bool budget_is_over(const struct pipeline *p, const struct ledger *l);

/* "12 of 100 rows were rejected, and at most 5 may be"; is_part: the load has read no further. */
const char *budget_text(struct arena *mem, const struct pipeline *p, const struct ledger *l,
			bool is_part);
#endif

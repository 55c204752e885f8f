/*
 * core/engine/over.h
 *	What a job's error budget makes of its end.
 *
 * Memory:  texts live in the arena given.
 * Threads: the caller's session.
 */
#ifndef CORE_ENGINE_OVER_H
#define CORE_ENGINE_OVER_H

#include "core/flow/pipeline.h"
#include "core/meta/job_over.h"
#include "core/meta/job_run.h"

/*
 * A job of that kind and lease whose run `committed` is in the target, with ledger l. books (a
 * META_ENGINE session) is asked for the causes; without an answer they are left out.
 */
struct job_over over_judge(struct arena *mem, struct db *books, const char *kind,
			   const struct job_lease *lease, const struct pipeline *p,
			   int64_t committed, const struct ledger *l);

/* err is ERR_BUDGET: adds the causes, and what to do next. */
void over_explain(struct arena *mem, struct db *books, const struct job_claimed *job,
		  const struct pipeline *p, struct err *err);
#endif

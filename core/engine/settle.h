/*
 * core/engine/settle.h
 *	Writing down what a target has committed, also for those who died before.
 *
 * Memory:  scratch in the arena given.
 * Threads: the caller's sessions, the caller's thread.
 */
#ifndef CORE_ENGINE_SETTLE_H
#define CORE_ENGINE_SETTLE_H

#include "core/meta/job_run.h"

struct arena;
struct db;
struct meta_place;

/*
 * Before a run of a pipeline reads its bookmark: every earlier job of it that
 * may have committed unnoticed is looked up in its target, fenced there, and
 * settled or cleared. *is_held: one of them has paused the pipeline by that.
 */
enum err_code settle_earlier(struct arena *mem, struct meta_place *place, struct db *app,
			     struct db *books, const struct job_claimed *job, bool *is_held,
			     struct err *err) MUST_USE;

/*
 * job_settle() that outlives a restart of leat's database: tries for 30 s.
 * If that fails the job keeps its lease and the next attempt settles it.
 */
enum err_code settle_stubbornly(struct db *books, const struct job_lease *lease,
				const struct job_done *done, struct err *err) MUST_USE;
#endif

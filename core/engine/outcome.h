/*
 * core/engine/outcome.h
 *	How a job stands, read from the books, in the words of the engine's callers.
 *
 * Memory:  texts in the arena given.
 * Threads: the caller's session.
 */
#ifndef CORE_ENGINE_OUTCOME_H
#define CORE_ENGINE_OUTCOME_H

#include "core/engine/engine.h"
#include "core/meta/job.h"

struct db;

/* app: a META_APP session. row (may be NULL) gets all of it. */
enum err_code outcome_read(struct arena *mem, struct db *app, int64_t job,
			   struct engine_outcome *out, struct job_row *row,
			   struct err *err) MUST_USE;

/* The job's own failure as an error, from what the books keep of it. */
enum err_code outcome_error(const struct job_row *row, struct err *err);
#endif

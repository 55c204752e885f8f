/*
 * core/flow/cursor.h
 *	How far an incremental load has come: the greatest cursor value it saw.
 *
 * Where the source starts behind the bookmark by itself, this only watches;
 * elsewhere it also filters the rows that an earlier run has loaded. A row
 * without a cursor value is rejected in every run that meets it, for no run
 * could tell whether it is new; the pipeline's own filter may leave it out.
 *
 * Memory:  in the arena given; the bookmark in the one given to it.
 * Threads: one.
 */
#ifndef CORE_FLOW_CURSOR_H
#define CORE_FLOW_CURSOR_H

#include "core/flow/pipeline.h"

struct cursor;

/* after: the bookmark's value, NULL when there is none. caps: the source's. */
enum err_code cursor_new(struct arena *mem, const struct pipeline *p, const struct schema *source,
			 const char *after, unsigned caps, struct cursor **out,
			 struct err *err) MUST_USE;

/* Looks at the live rows of a source batch; filters the old ones. */
void cursor_batch(struct cursor *c, struct batch *rows);
/* The same batch mapped: rejects what has no value and was not filtered. */
void cursor_reject(struct cursor *c, struct batch *mapped);

/* {"field":..., "value":...}, or NULL when no value was ever seen. */
const char *cursor_bookmark(struct cursor *c, struct arena *mem);
#endif

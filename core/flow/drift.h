/*
 * core/flow/drift.h
 *	Fields of a source as they were noted once, and what is other about them now.
 *
 * A note is a JSON object, names to types: {"id": "bigint", "day": "date"}. NULL, and a text that
 * is none, know of no field: then nothing has changed.
 *
 * Memory:  in the arena given.
 * Threads: any.
 */
#ifndef CORE_FLOW_DRIFT_H
#define CORE_FLOW_DRIFT_H

#include "core/flow/types.h"

struct arena;

const char *drift_note(struct arena *mem, const struct schema *source);
/* "new", "was bigint"; NULL: as it was, or nobody knows. */
const char *drift_of(struct arena *mem, const char *note, const struct field *f);

struct drift {
	const char *field;
	const char *what;	/* "new", "gone", "was bigint" */
};
/* All that is other, fields of the source in its order, then those that are gone; how many. */
int drift_find(struct arena *mem, const char *note, const struct schema *source,
	       struct drift **out);
/* "city is new, town is gone and 3 more"; NULL: of none. */
const char *drift_text(struct arena *mem, const struct drift *d, int n);
#endif

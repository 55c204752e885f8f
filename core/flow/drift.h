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
/* Names that were noted and are gone; how many. */
int drift_gone(struct arena *mem, const char *note, const struct schema *source,
	       const char ***name);
/* "city is new, town is gone and 3 more"; NULL: nothing has changed. */
const char *drift_text(struct arena *mem, const char *note, const struct schema *source);
#endif

/*
 * core/flow/check.h
 *	Rules that a mapped row must satisfy. All failures of a row are reported.
 *
 *	FIELD required            FIELD min N          FIELD max N
 *	FIELD length N..M         FIELD pattern 'RE'   FIELD one-of 'a','b',...
 *	FIELD type TYPE           FIELD unique         FIELD exists-in STREAM(FIELD)
 *	any expression over the mapped fields that must not be false, e.g. amount >= 0
 * A null passes every rule but required (as CHECK in SQL does); for required
 * an empty text is missing, too. Lengths are characters: N..M, N.., ..M or N.
 *
 * Memory:  compiled checks live in their arena; `unique` keeps 24 bytes a
 *	value of the load, outside any batch.
 * Threads: one at a time (unique keeps state).
 */
#ifndef CORE_FLOW_CHECK_H
#define CORE_FLOW_CHECK_H

#include "core/flow/batch.h"

struct check_set;

typedef enum err_code (*exists_fn)(void *ctx, const char *stream, const char *field,
				   const struct column *col, uint32_t nrows, uint8_t *found,
				   struct err *err);

/* ERR_CONFIG names the rule that cannot be read and why. */
enum err_code check_compile(struct arena *mem, int n, const char *const *text,
			    const struct schema *fields, struct check_set **out,
			    struct err *err) MUST_USE;

/* Needed when check_needs_lookup(); ctx is handed to fn. */
void check_set_lookup(struct check_set *set, exists_fn fn, void *ctx);
bool check_needs_lookup(const struct check_set *set);

/* Marks rows that fail as rejected, with every problem. */
enum err_code check_run(struct check_set *set, struct batch *rows, struct err *err) MUST_USE;

void check_free(struct check_set *set);	/* what lives outside the arena; NULL is fine */
#endif

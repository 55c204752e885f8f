/*
 * core/flow/preview_priv.h
 *	Inside of previews: the fields worked out, for the file that runs them.
 *
 * Memory:  in the arena given.
 * Threads: as preview.h.
 */
#ifndef CORE_FLOW_PREVIEW_PRIV_H
#define CORE_FLOW_PREVIEW_PRIV_H

#include "core/flow/preview.h"

struct expr;

/*
 * Fills out->f and out->used: what makes each field, and what can be said without rows.
 * expr[i] is what computes field i; NULL: nothing does.
 */
void preview_fields(struct arena *mem, const struct preview_ask *ask, const struct schema *source,
		    struct preview_result *out, struct expr ***expr);
#endif

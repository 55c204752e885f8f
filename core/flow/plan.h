/*
 * core/flow/plan.h
 *	A pipeline's mapping worked out against real source and target fields.
 *
 * Rules: each map rule makes its target field. Unless only_mapped, every
 * source field that no rule reads and no rule targets is carried over under
 * its own name; one that a rule reads goes over as well when the target has a
 * field of its name. A rule whose expression is "-" leaves its target field
 * out: nothing fills it. With an existing target, each result is converted to the
 * target column's type; a field the target lacks is drift (add, ignore,
 * fail); a required target column that nothing fills is ERR_CONFIG. Without
 * a target the mapped types (inferred for text sources) make one. A source field of which
 * nobody knows how its values are to be read makes a text field, and is ERR_CONFIG for a
 * target field of another type.
 *
 * Memory:  a plan lives in its arena.
 * Threads: one evaluator at a time per struct plan_run.
 */
#ifndef CORE_FLOW_PLAN_H
#define CORE_FLOW_PLAN_H

#include "core/flow/check.h"
#include "core/flow/expr.h"
#include "core/flow/pipeline.h"

struct plan {
	struct schema fields;	/* of the mapped batches, target's names and types */
	struct expr **expr;	/* one a field */
	struct expr *filter;	/* NULL: none */
	struct check_set *checks;
	bool is_identity;	/* each field is source field i unchanged, no filter, no checks */
	int nadded;		/* fields the target does not have yet (drift add) */
	const struct field **unsure;	/* of the source: in new fields they stay text */
	int nunsure;
};

/* target NULL: the stream does not exist yet. */
enum err_code plan_make(struct arena *mem, const struct pipeline *p, const struct schema *source,
			const struct schema *target, struct plan **out, struct err *err) MUST_USE;

/*
 * Maps, filters and checks one batch: out gets the same rows with states and
 * problems (those of `in` carried over), at[] and part copied.
 */
enum err_code plan_apply(struct plan *plan, struct expr_run *run, struct batch *in,
			 struct batch *out, struct err *err) MUST_USE;
#endif

/*
 * core/flow/same.h
 *	Whether a load that goes on reads what the attempts before it have read.
 *
 * Rows of a committed chunk are known by their numbers alone. They mean the
 * same rows only as long as the source has the same parts in the same order,
 * and the parts up to the last row that stands the same content. What lies
 * behind it may change: no row of it is in the target.
 *
 * Memory:  in the arena given.
 * Threads: the caller's.
 */
#ifndef CORE_FLOW_SAME_H
#define CORE_FLOW_SAME_H

#include "core/flow/connector.h"

/* The parts as text to be noted in the target. */
enum err_code same_text(struct arena *mem, const struct part_list *parts, const char **out,
			struct err *err) MUST_USE;

/*
 * Compares what was noted when those chunks were committed (one at least) with
 * the parts there are now. ERR_CONFLICT says which part is another. The content
 * is read only when the numbers of a part do not tell; source does that.
 */
enum err_code same_check(struct arena *mem, struct conn *source, const struct chunk_list *chunks,
			 const struct part_list *now, struct err *err) MUST_USE;
#endif

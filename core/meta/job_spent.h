/*
 * core/meta/job_spent.h
 *	Where the time of a load went, as its row keeps it.
 *
 * It is the result of jobs that load, while they run and when they have ended:
 * {"spent_us": {"source": 1, "mapping": 2, "target": 3}}. The largest of the three is what
 * the other two waited for. While somebody's lock in the target is waited for, there is also
 * {"blocked": {"by": "process 4711 ...", "hint": "..."}}.
 *
 * Memory:  texts live in the arena given.
 * Threads: any.
 */
#ifndef CORE_META_JOB_SPENT_H
#define CORE_META_JOB_SPENT_H

#include <stdint.h>

struct arena;

/* All 0: nothing is known. */
struct job_spent {
	int64_t source_us, mapping_us, target_us;
	const char *blocked_by;	/* whose lock the target waits for now; NULL: nobody's */
	const char *blocked_hint;	/* what to do about it */
};

/* NULL when nothing is known. */
char *job_spent_json(struct arena *mem, const struct job_spent *s);

/* Of a job's result, NULL included; what is not of that form is nothing known. Texts in mem. */
struct job_spent job_spent_read(struct arena *mem, const char *result);

/*
 * "source", "mapping" or "target": where more time went than anywhere else; "lock": in the
 * target, which waits for somebody's lock now. NULL: unknown.
 */
const char *job_spent_most(const struct job_spent *s);
#endif

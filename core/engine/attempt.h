/*
 * core/engine/attempt.h
 *	One try at one claimed job: from its body to the books.
 *
 * Whatever happens, the books say it in the end: settled (the target has
 * committed, now or in an earlier attempt), failed with the reason, or
 * handed back. Only when leat's own database is gone for good does the job
 * keep its lease; it then runs out, and the next attempt asks the target.
 *
 * Memory:  an attempt lives in an arena of its own.
 * Threads: one.
 */
#ifndef CORE_ENGINE_ATTEMPT_H
#define CORE_ENGINE_ATTEMPT_H

#include "core/engine/beat.h"
#include "core/meta/alert.h"

struct attempt_result {
	enum job_state state;	/* QUEUED: to be tried again, or handed back */
	bool is_held;		/* handed back: its pipeline is held for what an earlier job did */
	struct alert_made made;	/* jobs that tell of its end */
};

/*
 * Runs it. ERR_OK: settled and green. ERR_INTERRUPTED: handed back.
 * ERR_FENCED: another attempt has it. Otherwise the job's own error, written
 * to the books. out is always filled.
 */
enum err_code attempt_run(const struct engine_env *env, struct beat *beat,
			  const struct job_claimed *job, const struct engine_hooks *hooks,
			  struct attempt_result *out, struct err *err) MUST_USE;
#endif

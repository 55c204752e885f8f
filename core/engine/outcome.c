/*
 * core/engine/outcome.c
 *	Reading a job's row for those who asked for the job.
 */
#include "core/engine/outcome.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/meta/job_over.h"

enum err_code outcome_read(struct arena *mem, struct db *app, int64_t job,
			   struct engine_outcome *out, struct job_row *row, struct err *err)
{
	struct job_over over;
	struct job_row own;
	struct job_row *r = row != NULL ? row : &own;
	enum err_code rc = job_get(mem, app, job, r, err);

	if (rc != ERR_OK)
		return rc;
	over = job_over_read(mem, r->result);
	*out = (struct engine_outcome){
		.job = job,
		.state = job_state_name(r->state),
		.source = r->source,
		.target = r->target,
		.ledger = {
			.read = r->counts.read, .written = r->counts.written,
			.unchanged = r->counts.unchanged, .filtered = r->counts.filtered,
			.rejected = r->counts.rejected, .bytes = r->counts.bytes,
		},
		.seconds = r->seconds,
		.over = over.why,
		.is_held = over.is_held,
	};
	return ERR_OK;
}

static enum err_code code_of_name(const char *name)
{
	for (int i = 0; name != NULL && i < ERR_COUNT; i++)
		if (strcmp(err_name((enum err_code)i), name) == 0)
			return (enum err_code)i;
	return ERR_FAILED;
}

enum err_code outcome_error(const struct job_row *row, struct err *err)
{
	enum err_code rc;

	if (row->state == JOB_SUCCEEDED)
		return ERR_OK;
	if (row->state == JOB_CANCELLED) {
		rc = err_set(err, ERR_CANCELLED, "job %lld was cancelled", (long long)row->id);
		if (row->hint != NULL)
			err_hint(err, "%s", row->hint);
		return rc;
	}
	rc = err_set(err, code_of_name(row->error_code), "%s",
		     row->error != NULL ? row->error : job_state_name(row->state));
	if (row->hint != NULL)
		err_hint(err, "%s", row->hint);
	if (row->sqlstate != NULL)
		strncat(err->sqlstate, row->sqlstate, sizeof(err->sqlstate) - 1);
	return err_wrap(err, rc, "job %lld %s", (long long)row->id, job_state_name(row->state));
}

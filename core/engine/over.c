/*
 * core/engine/over.c
 *	Which loads went over their error budget, and how that is told.
 */
#include "core/engine/over.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/db/db.h"
#include "core/engine/replay.h"
#include "core/flow/budget.h"
#include "core/meta/reject.h"

/* They are told when they can be had: that rows are stored does not hang on them. */
static const char *causes(struct arena *mem, struct db *books, const struct job_lease *lease,
			  int64_t run)
{
	const char *text = "";
	struct err err = { 0 };

	if (db_is_broken(books) || reject_causes(mem, books, lease, run, &text, &err) != ERR_OK)
		return "";
	return text;
}

struct job_over over_judge(struct arena *mem, struct db *books, const char *kind,
			   const struct job_lease *lease, const struct pipeline *p,
			   int64_t committed, const struct ledger *l)
{
	struct job_over out = { 0 };
	const char *why;

	/* The rows of a replay were rejects before: they have been counted. */
	if (strcmp(kind, REPLAY_JOB_KIND) == 0 || !budget_is_over(p, l))
		return out;
	why = causes(mem, books, lease, committed);
	out.why = arena_printf(mem, "%s%s%s", budget_text(mem, p, l, false),
			       why[0] != '\0' ? "; most often: " : "", why);
	out.is_held = p->over_rejects == OVER_HOLD;
	return out;
}

void over_explain(struct arena *mem, struct db *books, const struct job_claimed *job,
		  const struct pipeline *p, struct err *err)
{
	const char *why = causes(mem, books, &job->lease, job->lease.run);
	long long id = (long long)job->lease.job;
	bool is_stdin = p->source.stream != NULL && strcmp(p->source.stream, "-") == 0;

	if (why[0] != '\0')
		err_hint_more(err, "Most often: %s.", why);
	err_hint_more(err, "Nothing was stored. The rows are shown by: leat reject groups %lld.",
		      id);
	if (is_stdin)
		err_hint_more(err, "Mend them in the source, and load all of it again.");
	else if (job->pipeline_id == 0)
		err_hint_more(err, "Mend them in the source, then: leat job retry %lld; or load it "
			      "again with another mapping or budget.", id);
	else
		err_hint_more(err, "Mend them in the source, then: leat job retry %lld; or mend the "
			      "pipeline, then: leat run %.63s.", id, p->name);
}

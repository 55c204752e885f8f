/*
 * core/flow/budget.c
 *	Whether too many rows were rejected, and in which words that is said.
 */
#include "core/flow/budget.h"

#include "core/base/arena.h"

enum err_code budget_check(const struct pipeline *p, struct err *err)
{
	const char *word = over_rejects_name(p->over_rejects);

	if (p->over_rejects == OVER_WARN)
		return ERR_OK;
	if (p->max_rejects < 0 && p->max_rejects_percent < 0) {
		err_set(err, ERR_CONFIG, "over_rejects is %s, and max_rejects does not say of how "
			"many", word);
		err_hint(err, "Say how many rows may be rejected: max_rejects: 100, or \"2%%\" "
			      "(--max-rejects).");
		return ERR_CONFIG;
	}
	if (p->over_rejects == OVER_FAIL && p->parallel > 1 && p->mode == MODE_APPEND) {
		err_set(err, ERR_CONFIG, "over_rejects is fail, which keeps back every row until the "
			"end, and parallel is %d, which commits part by part", p->parallel);
		err_hint(err, "Leave out parallel, or choose over_rejects: warn or hold.");
		return ERR_CONFIG;
	}
	return ERR_OK;
}

bool budget_is_over(const struct pipeline *p, const struct ledger *l)
{
	if (p->max_rejects >= 0 && l->rejected > p->max_rejects)
		return true;
	return p->max_rejects_percent >= 0 &&
	       (double)l->rejected * 100.0 > p->max_rejects_percent * (double)l->read;
}

const char *budget_text(struct arena *mem, const struct pipeline *p, const struct ledger *l,
			bool is_part)
{
	const char *allowed = p->max_rejects_percent >= 0
		? arena_printf(mem, "%.15g%%", p->max_rejects_percent)
		: arena_printf(mem, "%lld", (long long)p->max_rejects);

	return arena_printf(mem, "%lld of %s%lld rows were rejected, and at most %s may be",
			    (long long)l->rejected, is_part ? "the first " : "", (long long)l->read,
			    allowed);
}

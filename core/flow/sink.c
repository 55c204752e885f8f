/*
 * core/flow/sink.c
 *	Counting rejected rows and handing them on.
 */
#include "core/flow/sink.h"

#include "core/base/arena.h"

enum err_code sink_store(struct sink *s, struct err *err)
{
	enum err_code rc = ERR_OK;

	pthread_mutex_lock(s->lock);
	if (s->flow->hooks.store_rejects != NULL)
		rc = s->flow->hooks.store_rejects(s->flow->hooks.ctx, err);
	pthread_mutex_unlock(s->lock);
	return rc;
}

enum err_code sink_reject(void *ctx, const struct reject *r, struct err *err)
{
	struct sink *s = ctx;
	enum err_code rc;

	s->ledger->rejected++;
	pthread_mutex_lock(s->lock);
	rc = s->flow->hooks.reject(s->flow->hooks.ctx, r, err);
	pthread_mutex_unlock(s->lock);
	return rc == ERR_OK && s->stores_at_once ? sink_store(s, err) : rc;
}

/*
 * Problems come in the order of rules; a reject wants those of one row
 * together. An insertion sort: they are few, and nearly sorted.
 */
static void sort_problems(struct batch *b)
{
	for (uint32_t i = 1; i < b->nproblems; i++) {
		struct problem p = b->problem[i];
		uint32_t j = i;

		for (; j > 0 && p.row < b->problem[j - 1].row; j--)
			b->problem[j] = b->problem[j - 1];
		b->problem[j] = p;
	}
}

enum err_code sink_batch(struct sink *s, struct batch *b, struct err *err)
{
	enum err_code rc = ERR_OK;

	sort_problems(b);
	for (uint32_t i = 0; i < b->nproblems && rc == ERR_OK;) {
		uint32_t row = b->problem[i].row;
		uint32_t n = 1;
		struct reject r = { .part = b->part, .at = b->at[row], .problem = &b->problem[i] };

		while (i + n < b->nproblems && b->problem[i + n].row == row)
			n++;
		r.nproblems = (int)n;
		r.at.raw = batch_raw(b, row, b->mem);
		/* A row that another attempt has committed already keeps its old rejects. */
		if (b->state[row] == ROW_REJECTED)
			rc = sink_reject(s, &r, err);
		i += n;
	}
	return rc;
}

/*
 * core/flow/sink.c
 *	Counting rejected rows and handing them on.
 */
#include "core/flow/sink.h"

#include <string.h>

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

#define NONE UINT32_MAX

/*
 * Problems come rule by rule; a reject wants those of one row together. Each
 * row gets a chain of its problems, in their order.
 */
static uint32_t *chain(struct batch *b, uint32_t *next)
{
	uint32_t *first = arena_bytes(b->mem, b->nrows * sizeof(*first));

	memset(first, 0xff, b->nrows * sizeof(*first));
	for (uint32_t i = b->nproblems; i-- > 0;) {
		next[i] = first[b->problem[i].row];
		first[b->problem[i].row] = i;
	}
	return first;
}

static enum err_code reject_row(struct sink *s, struct batch *b, uint32_t row, uint32_t at,
				const uint32_t *next, struct problem *scratch, struct err *err)
{
	struct reject r = { .part = b->part, .at = b->at[row], .problem = scratch };

	for (; at != NONE; at = next[at])
		scratch[r.nproblems++] = b->problem[at];
	r.at.raw = batch_raw(b, row, b->mem);
	return sink_reject(s, &r, err);
}

enum err_code sink_batch(struct sink *s, struct batch *b, struct err *err)
{
	enum err_code rc = ERR_OK;
	struct problem *scratch;
	uint32_t *first, *next;

	if (b->nproblems == 0)
		return ERR_OK;
	next = arena_bytes(b->mem, b->nproblems * sizeof(*next));
	first = chain(b, next);
	scratch = arena_bytes(b->mem, b->nproblems * sizeof(*scratch));
	for (uint32_t row = 0; row < b->nrows && rc == ERR_OK; row++)
		/* A row that another attempt has committed already keeps its old rejects. */
		if (first[row] != NONE && b->state[row] == ROW_REJECTED)
			rc = reject_row(s, b, row, first[row], next, scratch, err);
	return rc;
}

/*
 * core/flow/lane.c
 *	Two rings of batch pointers under one lock.
 */
#include "core/flow/lane.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/base/arena.h"

#define LANE_MAX 64

struct ring {
	struct batch *slot[LANE_MAX];
	int head;
	int count;
};

struct lane {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct ring empty;
	struct ring full;
	struct batch *all[LANE_MAX];
	int nbatches;
	bool has_ended;
	bool is_stopped;
	enum err_code rc;
	struct err err;
};

static void push(struct ring *r, struct batch *b)
{
	r->slot[(r->head + r->count++) % LANE_MAX] = b;
}

static struct batch *pop(struct ring *r)
{
	struct batch *b = r->slot[r->head];

	r->head = (r->head + 1) % LANE_MAX;
	r->count--;
	return b;
}

struct lane *lane_new(const struct schema *schema, int nbatches)
{
	struct lane *l = mem_alloc(sizeof(*l));

	*l = (struct lane){ .nbatches = nbatches < LANE_MAX ? nbatches : LANE_MAX };
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->changed, NULL);
	for (int i = 0; i < l->nbatches; i++) {
		l->all[i] = batch_new(schema, schema->nfields, batch_rows_fit(schema->nfields));
		push(&l->empty, l->all[i]);
	}
	return l;
}

void lane_free(struct lane *l)
{
	if (l == NULL)
		return;
	for (int i = 0; i < l->nbatches; i++)
		batch_free(l->all[i]);
	pthread_cond_destroy(&l->changed);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

struct batch *lane_take_empty(struct lane *l)
{
	struct batch *b = NULL;

	pthread_mutex_lock(&l->lock);
	while (l->empty.count == 0 && !l->is_stopped)
		pthread_cond_wait(&l->changed, &l->lock);
	if (!l->is_stopped)
		b = pop(&l->empty);
	pthread_mutex_unlock(&l->lock);
	return b;
}

static void put(struct lane *l, struct ring *r, struct batch *b)
{
	pthread_mutex_lock(&l->lock);
	push(r, b);
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

void lane_give_full(struct lane *l, struct batch *b)
{
	put(l, &l->full, b);
}

void lane_give_empty(struct lane *l, struct batch *b)
{
	put(l, &l->empty, b);
}

void lane_end(struct lane *l, enum err_code rc, const struct err *err)
{
	pthread_mutex_lock(&l->lock);
	l->has_ended = true;
	l->rc = rc;
	if (rc != ERR_OK)
		l->err = *err;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

struct batch *lane_take_full(struct lane *l, enum err_code *rc, struct err *err)
{
	struct batch *b = NULL;

	*rc = ERR_OK;
	pthread_mutex_lock(&l->lock);
	while (l->full.count == 0 && !l->has_ended)
		pthread_cond_wait(&l->changed, &l->lock);
	if (l->full.count > 0) {
		b = pop(&l->full);
	} else {
		*rc = l->rc;
		if (l->rc != ERR_OK)
			*err = l->err;
	}
	pthread_mutex_unlock(&l->lock);
	return b;
}

void lane_stop(struct lane *l)
{
	pthread_mutex_lock(&l->lock);
	l->is_stopped = true;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

/*
 * core/flow/profile_run.c
 *	A stream read to its end while several threads look at its fields.
 *
 * Work goes in rounds: one unit reads the next batches, the others add the
 * batches at hand to one field each. Whoever is free takes the next unit, the
 * one that reads first and the dearest fields after it. A field is in one
 * hand at a time and sees its rows in order, so that nothing has to be merged
 * and the outcome is the same for any number of threads.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/flow/profile_node.h"

#define ROUND_BATCHES 3	/* enough that a round is long beside waking a thread */
#define THREADS_MAX   4

struct hand {	/* batches of a round */
	struct batch *b[ROUND_BATCHES];
	int n;
};

struct run {
	struct conn *conn;
	struct profile *p;
	struct hand hand[2];
	struct hand *now, *next;
	bool eof;
	enum err_code rc;	/* of reading */
	struct err err;

	pthread_mutex_t lock;
	pthread_cond_t go, done;
	int round;	/* raised to start one; -1: leave */
	int busy;
	int helpers;
	pthread_t helper[THREADS_MAX];

	atomic_int unit;	/* the next one nobody has taken */
	int nunits;
	int *order;	/* of units of the profile */
	int ordered;	/* how many units were there when it was made */
};

static void read_next(struct run *r)
{
	struct hand *h = r->next;

	h->n = 0;
	while (h->n < ROUND_BATCHES && !r->eof && r->rc == ERR_OK) {
		r->rc = r->conn->ops->read(r->conn, h->b[h->n], &r->eof, &r->err);
		if (r->rc == ERR_OK && h->b[h->n]->nrows > 0)
			h->n++;
	}
}

static void work(struct run *r)
{
	for (;;) {
		int u = atomic_fetch_add(&r->unit, 1);

		if (u > r->nunits)
			return;
		if (u == 0) {
			read_next(r);
			continue;
		}
		for (int i = 0; i < r->now->n; i++)
			profile_unit(r->p, r->order[u - 1], r->now->b[i]);
	}
}

static void *help(void *arg)
{
	struct run *r = arg;
	int seen = 0;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		while (r->round == seen)
			pthread_cond_wait(&r->go, &r->lock);
		seen = r->round;
		if (seen < 0)
			break;
		pthread_mutex_unlock(&r->lock);
		work(r);
		pthread_mutex_lock(&r->lock);
		if (--r->busy == 0)
			pthread_cond_signal(&r->done);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* Fields that take new values all the time first: they cost most. */
static void put_in_order(struct run *r)
{
	int n = profile_units(r->p), nfields = r->p->fields->nfields;

	if (r->order == NULL)
		r->order = arena_array(r->p->mem, (size_t)(nfields + PAIRS_MAX), sizeof(*r->order));
	r->ordered = n;
	for (int i = 0; i < n; i++) {
		int64_t cost = i < nfields ? r->p->col[i].tops.floor : INT64_MAX;
		int at = i;

		for (; at > 0; at--) {
			int other = r->order[at - 1];
			int64_t theirs = other < nfields ? r->p->col[other].tops.floor : INT64_MAX;

			if (theirs >= cost)
				break;
			r->order[at] = other;
		}
		r->order[at] = i;
	}
}

static void one_round(struct run *r)
{
	struct hand *was = r->now;

	r->nunits = r->now->n > 0 ? profile_units(r->p) : 0;
	atomic_store(&r->unit, 0);
	pthread_mutex_lock(&r->lock);
	r->round++;
	r->busy = r->helpers;
	pthread_cond_broadcast(&r->go);
	pthread_mutex_unlock(&r->lock);
	work(r);
	pthread_mutex_lock(&r->lock);
	while (r->busy > 0)
		pthread_cond_wait(&r->done, &r->lock);
	pthread_mutex_unlock(&r->lock);
	r->now = r->next;
	r->next = was;
}

static enum err_code all_rounds(struct run *r, const struct profile_how *how, struct err *err)
{
	enum err_code rc = ERR_OK;
	int64_t rounds = 0;

	do {
		if (how->stop != NULL && atomic_load(how->stop) != 0)
			return err_set(err, ERR_INTERRUPTED, "stopped after %lld rows",
				       (long long)r->p->rows);
		one_round(r);
		for (int i = 0; i < r->now->n && rc == ERR_OK; i++)
			rc = profile_rows(r->p, r->now->b[i], err);
		if (r->ordered != profile_units(r->p) || rounds++ % 64 == 1)
			put_in_order(r);
		if (how->progress != NULL) {
			struct profile_report so_far = { .rows = r->p->rows,
							 .unreadable = r->p->unreadable,
							 .bytes = r->p->bytes };

			how->progress(how->ctx, &so_far);
		}
	} while (rc == ERR_OK && r->rc == ERR_OK && r->now->n > 0);
	if (rc == ERR_OK && r->rc != ERR_OK) {
		*err = r->err;
		rc = r->rc;
	}
	return rc;
}

static int threads_of(const struct profile_how *how)
{
	long n = how->threads > 0 ? how->threads : sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (int)n;
}

static void start(struct run *r, int threads)
{
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->go, NULL);
	pthread_cond_init(&r->done, NULL);
	while (r->helpers < threads - 1 &&
	       pthread_create(&r->helper[r->helpers], NULL, help, r) == 0)
		r->helpers++;
}

static void end(struct run *r)
{
	pthread_mutex_lock(&r->lock);
	r->round = -1;
	pthread_cond_broadcast(&r->go);
	pthread_mutex_unlock(&r->lock);
	for (int i = 0; i < r->helpers; i++)
		pthread_join(r->helper[i], NULL);
	pthread_cond_destroy(&r->done);
	pthread_cond_destroy(&r->go);
	pthread_mutex_destroy(&r->lock);
}

enum err_code profile_run(struct arena *mem, struct conn *c, const struct read_spec *spec,
			  const struct profile_how *how, struct profile_report *out,
			  const char **note, struct err *err)
{
	struct run r = { .conn = c };
	struct schema *fields = arena_alloc(mem, sizeof(*fields));
	const struct schema *schema;
	enum err_code rc = c->ops->describe(c, mem, spec, fields, note, err);

	if (rc == ERR_OK)
		rc = c->ops->read_open(c, spec, err);
	if (rc != ERR_OK)
		return rc;
	schema = c->ops->read_schema(c);
	r.p = profile_new(mem, fields);
	for (int h = 0; h < 2; h++)
		for (int i = 0; i < ROUND_BATCHES; i++)
			r.hand[h].b[i] = batch_new(schema, schema->nfields,
						   batch_rows_fit(schema->nfields));
	r.now = &r.hand[0];
	r.next = &r.hand[1];
	start(&r, threads_of(how));
	rc = all_rounds(&r, how, err);
	end(&r);
	for (int h = 0; h < 2; h++)
		for (int i = 0; i < ROUND_BATCHES; i++)
			batch_free(r.hand[h].b[i]);
	if (rc == ERR_OK)
		profile_report(r.p, mem, how->ntops, out);
	return rc;
}

/*
 * core/flow/senders.c
 *	Threads that take mapped batches and commit them in chunks.
 */
#include "core/flow/senders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/arena.h"
#include "core/base/fault.h"

/* Rows of a chunk: its commit costs about as much as 500 rows. */
#define CHUNK_ROWS 65536
#define RANGES_MAX (1u << 20)
#define PAIRS_MAX  (2 * SENDERS_MAX + 2)

/* A batch under way: the mapped rows may point into the source batch. */
struct pair {
	struct batch *in, *spare, *rows;
	struct ledger ledger;
	struct rows numbers;
	struct read_mark mark;
};

struct sender {
	struct senders *all;
	struct conn *conn;
	pthread_t thread;
	bool has_thread;
	struct sink sink;
	struct ledger chunk;	/* since the last commit */
	struct rows numbers;
	struct read_mark mark;
	struct ledger sum;	/* committed */
	bool is_unsure;		/* what became of the last chunk is not known */
};

struct senders {
	struct flow *flow;
	struct lane *lane;
	pthread_mutex_t *reject_lock;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct batch *spare[PAIRS_MAX];	/* free mapped batches */
	int nspare;
	int npairs;
	struct batch *made[PAIRS_MAX];
	struct pair queue[PAIRS_MAX];
	int head, count;
	bool is_ending;		/* no more will be pushed */
	bool is_stopped;
	enum err_code rc;	/* of the first sender that failed */
	struct err err;
	struct sender sender[SENDERS_MAX];
	int n;
	int nrunning;		/* threads that have not come to their end */
};

void ledger_add(struct ledger *a, const struct ledger *b)
{
	a->read += b->read;
	a->written += b->written;
	a->unchanged += b->unchanged;
	a->filtered += b->filtered;
	a->rejected += b->rejected;
	a->bytes += b->bytes;
}

static int sender_count(const struct flow *f)
{
	return 1 + (f->nmore < SENDERS_MAX - 1 ? f->nmore : SENDERS_MAX - 1);
}

enum err_code senders_before(struct arena *mem, struct flow *f, struct chunk_list *chunks,
			     struct rows *done, struct ledger *before, struct err *err)
{
	enum err_code rc = f->target->ops->chunks(f->target, mem, &f->fence, chunks, err);

	for (int i = 0; rc == ERR_OK && i < chunks->n; i++) {
		rc = rows_parse(done, chunks->c[i].rows, err);
		ledger_add(before, &chunks->c[i].ledger);
	}
	rows_sort(done);
	return rc;
}

enum err_code senders_resume(struct flow *f, const struct rows *done, struct err *err)
{
	struct buf text;
	enum err_code rc;

	if (f->hooks.resume == NULL)
		return ERR_OK;
	buf_init(&text, 64u << 20);
	rows_text(done, &text);
	rc = f->hooks.resume(f->hooks.ctx, buf_str(&text), err);
	buf_release(&text);
	return rc;
}

int senders_batches(const struct flow *f)
{
	return 2 * sender_count(f) + 1;
}

static void fail(struct senders *s, enum err_code rc, const struct err *err)
{
	pthread_mutex_lock(&s->lock);
	if (s->rc == ERR_OK) {
		s->rc = rc;
		s->err = *err;
	}
	s->is_stopped = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static void give_back(struct senders *s, struct batch *in, struct batch *spare)
{
	lane_give_empty(s->lane, in);
	pthread_mutex_lock(&s->lock);
	s->spare[s->nspare++] = spare;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static bool is_stopped(struct senders *s)
{
	bool yes;

	pthread_mutex_lock(&s->lock);
	yes = s->is_stopped;
	pthread_mutex_unlock(&s->lock);
	return yes;
}

/* Waits for work; false at the end. The pair's numbers are the caller's then. */
static bool take(struct senders *s, struct pair *out)
{
	bool got = false;

	pthread_mutex_lock(&s->lock);
	while (s->count == 0 && !s->is_ending && !s->is_stopped)
		pthread_cond_wait(&s->changed, &s->lock);
	if (!s->is_stopped && s->count > 0) {
		*out = s->queue[s->head];
		s->queue[s->head].numbers = (struct rows){ 0 };
		s->head = (s->head + 1) % PAIRS_MAX;
		s->count--;
		got = true;
	}
	pthread_mutex_unlock(&s->lock);
	return got;
}

static enum err_code commit_chunk(struct sender *w, struct err *err)
{
	struct buf text;
	enum err_code rc;

	if (w->chunk.read == 0)
		return ERR_OK;
	buf_init(&text, RANGES_MAX);
	rows_sort(&w->numbers);
	rows_text(&w->numbers, &text);
	w->sink.stores_at_once = true;
	rc = sink_store(&w->sink, err);
	if (rc == ERR_OK && FAULT("flow-before-chunk"))
		rc = err_set(err, ERR_TRANSIENT, "committing a chunk failed (fault)");
	if (rc == ERR_OK)
		rc = w->conn->ops->chunk_commit(w->conn, w->numbers.r[0].first, buf_str(&text),
						&w->mark, &w->chunk, err);
	w->sink.stores_at_once = false;
	buf_release(&text);
	w->is_unsure = rc == ERR_UNREACHABLE || rc == ERR_TIMEOUT || rc == ERR_INTERRUPTED;
	if (rc != ERR_OK)
		return rc;
	ledger_add(&w->sum, &w->chunk);
	w->chunk = (struct ledger){ 0 };
	rows_clear(&w->numbers);
	return ERR_OK;
}

static enum err_code send_pair(struct sender *w, const struct pair *p, struct err *err)
{
	enum err_code rc = w->conn->ops->write(w->conn, p->rows, err);

	ledger_add(&w->chunk, &p->ledger);
	w->mark = p->mark;
	for (int i = 0; i < p->numbers.n; i++)
		rows_add(&w->numbers, p->numbers.r[i].first, p->numbers.r[i].end);
	return rc;
}

static void *send_all(void *arg)
{
	struct sender *w = arg;
	struct err err = { 0 };
	enum err_code rc = ERR_OK;
	struct pair p;

	while (rc == ERR_OK && take(w->all, &p)) {
		rc = send_pair(w, &p, &err);
		rows_release(&p.numbers);
		give_back(w->all, p.in, p.spare);
		if (rc == ERR_OK && w->chunk.read >= CHUNK_ROWS)
			rc = commit_chunk(w, &err);
	}
	if (rc == ERR_OK && !is_stopped(w->all))
		rc = commit_chunk(w, &err);
	if (rc != ERR_OK)
		fail(w->all, rc, &err);
	pthread_mutex_lock(&w->all->lock);
	w->all->nrunning--;
	pthread_cond_broadcast(&w->all->changed);
	pthread_mutex_unlock(&w->all->lock);
	return NULL;
}

static enum err_code open_one(struct senders *s, struct arena *mem, struct conn *c,
			      const struct write_spec *spec, struct err *err)
{
	struct sender *w = &s->sender[s->n];
	struct write_spec own = *spec;
	struct commit_note note;
	enum err_code rc = ERR_OK;

	*w = (struct sender){ .all = s, .conn = c };
	w->sink = (struct sink){ .flow = s->flow, .lock = s->reject_lock, .ledger = &w->chunk };
	own.by_chunk = true;
	own.refuse = sink_reject;
	own.refuse_ctx = &w->sink;
	if (c != s->flow->target)
		rc = c->ops->claim(c, mem, &s->flow->fence, &note, err);
	if (rc == ERR_OK)
		rc = c->ops->write_open(c, &own, err);
	if (rc == ERR_OK)
		s->n++;
	return rc;
}

static enum err_code start_threads(struct senders *s, struct err *err)
{
	s->nrunning = s->n;
	for (int i = 0; i < s->n; i++) {
		int rc = pthread_create(&s->sender[i].thread, NULL, send_all, &s->sender[i]);

		if (rc != 0)
			return err_sys(err, rc, "starting a sending thread");
		s->sender[i].has_thread = true;
	}
	return ERR_OK;
}

enum err_code senders_start(struct arena *mem, const struct senders_setup *setup,
			    struct senders **out, struct err *err)
{
	struct senders *s = mem_alloc(sizeof(*s));
	struct flow *f = setup->flow;
	pthread_condattr_t attr;
	enum err_code rc;

	*s = (struct senders){ .flow = f, .lane = setup->lane, .reject_lock = setup->lock };
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->changed, &attr);
	pthread_condattr_destroy(&attr);
	s->npairs = senders_batches(f);
	for (int i = 0; i < s->npairs; i++) {
		s->made[i] = batch_new(setup->fields, setup->fields->nfields, setup->cap_rows);
		s->spare[s->nspare++] = s->made[i];
	}
	*out = s;
	rc = open_one(s, mem, f->target, setup->spec, err);
	for (int i = 0; rc == ERR_OK && i < sender_count(f) - 1; i++)
		rc = open_one(s, mem, f->more[i], setup->spec, err);
	return rc == ERR_OK ? start_threads(s, err) : rc;
}

/* With the lock held: a tenth of a second at most, so that a stop is seen. */
static void wait_a_little(struct senders *s)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += 100000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&s->changed, &s->lock, &until);
}

struct batch *senders_spare(struct senders *s, enum err_code *rc, struct err *err)
{
	struct batch *b = NULL;

	pthread_mutex_lock(&s->lock);
	while (s->nspare == 0 && !s->is_stopped && atomic_load(&s->flow->stop) == FLOW_GO)
		wait_a_little(s);
	*rc = s->rc;
	if (s->rc != ERR_OK)
		*err = s->err;
	else if (atomic_load(&s->flow->stop) != FLOW_GO)
		*rc = err_set(err, ERR_INTERRUPTED, "the job was stopped");
	else
		b = s->spare[--s->nspare];
	pthread_mutex_unlock(&s->lock);
	if (b != NULL)
		batch_reset(b);
	return b;
}

void senders_push(struct senders *s, struct batch *in, struct batch *spare, struct batch *rows,
		  const struct ledger *l, const struct rows *rows_of)
{
	struct pair p = { .in = in, .spare = spare, .rows = rows, .ledger = *l,
			  .mark = in->mark };

	for (int i = 0; i < rows_of->n; i++)
		rows_add(&p.numbers, rows_of->r[i].first, rows_of->r[i].end);
	pthread_mutex_lock(&s->lock);
	s->queue[(s->head + s->count++) % PAIRS_MAX] = p;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

void senders_return(struct senders *s, struct batch *in, struct batch *spare)
{
	give_back(s, in, spare);
}

static void join_all(struct senders *s)
{
	for (int i = 0; i < s->n; i++) {
		if (s->sender[i].has_thread)
			pthread_join(s->sender[i].thread, NULL);
		s->sender[i].has_thread = false;
	}
}

/* A stop reaches a sender that waits for its server. */
static void interrupt_on_stop(struct senders *s)
{
	for (int i = 0; i < s->n; i++)
		if (s->sender[i].conn->ops->interrupt != NULL)
			s->sender[i].conn->ops->interrupt(s->sender[i].conn);
}

/* Until the last sender is done or the load is stopped; the last chunks may take long. */
static bool wait_for_all(struct senders *s)
{
	bool are_done;

	pthread_mutex_lock(&s->lock);
	s->is_ending = true;
	pthread_cond_broadcast(&s->changed);
	while (s->nrunning > 0 && atomic_load(&s->flow->stop) == FLOW_GO)
		wait_a_little(s);
	are_done = s->nrunning == 0;
	pthread_mutex_unlock(&s->lock);
	return are_done;
}

enum err_code senders_finish(struct senders *s, struct ledger *sum, struct err *err)
{
	if (!wait_for_all(s))
		return err_set(err, ERR_INTERRUPTED, "the job was stopped");
	join_all(s);
	if (s->rc != ERR_OK) {
		*err = s->err;
		return s->rc;
	}
	*sum = (struct ledger){ 0 };
	for (int i = 0; i < s->n; i++)
		ledger_add(sum, &s->sender[i].sum);
	return ERR_OK;
}

bool senders_stop(struct senders *s, struct ledger *sum)
{
	bool are_running = false, is_unsure = false;

	for (int i = 0; i < s->n; i++)
		are_running = are_running || s->sender[i].has_thread;
	pthread_mutex_lock(&s->lock);
	s->is_stopped = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	if (are_running)
		interrupt_on_stop(s);
	join_all(s);
	*sum = (struct ledger){ 0 };
	for (int i = 0; i < s->n; i++) {
		ledger_add(sum, &s->sender[i].sum);
		is_unsure = is_unsure || s->sender[i].is_unsure;
	}
	return is_unsure;
}

void senders_free(struct senders *s)
{
	struct ledger sum;

	if (s == NULL)
		return;
	senders_stop(s, &sum);
	for (int i = 0; i < s->n; i++)
		rows_release(&s->sender[i].numbers);
	for (; s->count > 0; s->count--, s->head = (s->head + 1) % PAIRS_MAX)
		rows_release(&s->queue[s->head].numbers);
	for (int i = 0; i < s->npairs; i++)
		batch_free(s->made[i]);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/*
 * tui/pool.c
 *	Commands on their way from the screen to the database and back.
 */
#include "tui/pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/command/complete.h"
#include "core/command/session.h"
#include "tui/mailbox.h"

#ifdef __SANITIZE_ADDRESS__
#define STACK_BYTES (2u << 20)	/* its frames are larger */
#else
#define STACK_BYTES (512u << 10)
#endif

enum lane { LANE_LOOKS, LANE_OTHERS, LANE_COUNT };
static const int lane_max[LANE_COUNT] = { POOL_LOOKS, POOL_OTHERS };

struct errand {
	struct errand *next;
	struct arena *mem;
	int64_t token;
	enum lane lane;
	bool is_confirmed;
	int nwords;
	char **words;		/* NULL: a line to complete */
	const char *line;
};

struct worker {
	struct worker *next;
	struct pool *pool;
	pthread_t thread;
	enum lane lane;
	struct session session;
	atomic_int stop;
	int stop_fd;
	struct errand *errand;	/* under the pool's lock; NULL: idle */
	bool has_ended;		/* so is this: its answer is on the way, nothing can be stopped */
	bool is_warming;	/* and this: it connects before anything may be asked */
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work[LANE_COUNT];
	pthread_cond_t gone;	/* a thread has ended */
	struct mailbox *mailbox;
	struct session_share *share;
	char *org;
	bool is_read_only;
	bool is_closing;
	bool is_cold;		/* no thread may start yet */
	bool is_held;		/* nothing is answered yet */
	int idle_ms;
	struct errand *first[LANE_COUNT], **end[LANE_COUNT];
	int nidle[LANE_COUNT], nthreads[LANE_COUNT], nwaiting[LANE_COUNT];
	int nnew[LANE_COUNT];	/* threads on their way to be idle */
	int nalive;
	struct worker *workers;
};

static struct timespec later(int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

struct pool *pool_new(const struct pool_options *o)
{
	struct pool *p = mem_alloc(sizeof(*p));
	pthread_condattr_t attr;

	memset(p, 0, sizeof(*p));
	p->mailbox = mailbox_ref(o->mailbox);
	p->share = o->share;
	p->org = o->org != NULL ? mem_strdup(o->org) : NULL;
	p->is_read_only = o->is_read_only;
	p->is_cold = p->is_held = o->is_held;
	p->idle_ms = o->idle_ms > 0 ? o->idle_ms : POOL_IDLE_MS;
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	for (int i = 0; i < LANE_COUNT; i++) {
		pthread_cond_init(&p->work[i], &attr);
		p->end[i] = &p->first[i];
	}
	pthread_cond_init(&p->gone, &attr);
	pthread_condattr_destroy(&attr);
	return p;
}

/* ---- a thread ---------------------------------------------------------------------- */

static void on_part(void *ctx, struct answer *part)
{
	struct worker *w = ctx;
	struct mail *mail = mail_new(MAIL_ANSWER);

	mail->token = w->errand->token;
	mail->answer = part;
	mailbox_post(w->pool->mailbox, mail);
}

static void on_progress(void *ctx, const struct cmd_progress *p)
{
	struct worker *w = ctx;
	struct mail *mail = mail_new(MAIL_PROGRESS);

	mail->token = w->errand->token;
	mail->progress = *p;
	mail->progress.phase = NULL;
	if (p->phase != NULL)
		snprintf(mail->text, sizeof(mail->text), "%s", p->phase);
	mailbox_post(w->pool->mailbox, mail);
}

static void run_command(struct worker *w, struct errand *e)
{
	struct answer_call call = {
		.nwords = e->nwords,
		.words = e->words,
		.session = &w->session,
		.stop = &w->stop,
		.is_confirmed = e->is_confirmed,
		.part = e->lane == LANE_OTHERS ? on_part : NULL,
		.progress = on_progress,
		.ctx = w,
	};

	struct answer *last = answer_run(&call);

	pthread_mutex_lock(&w->pool->lock);
	w->has_ended = true;
	pthread_mutex_unlock(&w->pool->lock);
	on_part(w, last);
}

static void run_completion(struct worker *w, const struct errand *e)
{
	struct arena *mem = arena_new(NULL, "offer");
	struct mail_offer *o = arena_alloc(mem, sizeof(*o));
	struct mail *mail = mail_new(MAIL_OFFER);
	struct complete_list list;

	o->mem = mem;
	o->text = arena_strdup(mem, e->line);
	complete_line(mem, &w->session, o->text, &o->from, &list);
	o->n = list.n;
	o->word = arena_array(mem, (size_t)list.n + 1, sizeof(char *));
	o->help = arena_array(mem, (size_t)list.n + 1, sizeof(char *));
	o->is_open = arena_array(mem, (size_t)list.n + 1, sizeof(bool));
	for (int i = 0; i < list.n; i++) {
		o->word[i] = list.item[i].text;
		o->help[i] = list.item[i].help;
		o->is_open[i] = list.item[i].is_open;
	}
	mail->offer = o;
	mailbox_post(w->pool->mailbox, mail);
}

/* With the lock. */
static bool has_errand(const struct worker *w)
{
	return w->pool->first[w->lane] != NULL && !w->pool->is_held;
}

/* The next errand of its lane; NULL: the pool closes. Called and left with the lock. */
static struct errand *next_errand(struct worker *w)
{
	struct pool *p = w->pool;
	struct timespec until = later(p->idle_ms);
	bool has_db = true;
	struct errand *e;

	p->nidle[w->lane]++;
	while (!has_errand(w) && !p->is_closing) {
		if (!has_db) {
			pthread_cond_wait(&p->work[w->lane], &p->lock);
		} else if (pthread_cond_timedwait(&p->work[w->lane], &p->lock, &until) ==
			   ETIMEDOUT && !has_errand(w)) {
			has_db = false;
			p->nidle[w->lane]--;
			pthread_mutex_unlock(&p->lock);
			session_drop_db(&w->session);
			pthread_mutex_lock(&p->lock);
			p->nidle[w->lane]++;
		}
	}
	p->nidle[w->lane]--;
	if (p->is_closing)
		return NULL;
	e = p->first[w->lane];
	p->first[w->lane] = e->next;
	if (e->next == NULL)
		p->end[w->lane] = &p->first[w->lane];
	p->nwaiting[w->lane]--;
	return e;
}

/* What the stop of a call left behind must not meet the next one. */
static void forget_stop(struct worker *w)
{
	uint64_t n;

	atomic_store(&w->stop, 0);
	while (read(w->stop_fd, &n, sizeof(n)) < 0 && errno == EINTR)
		;
	session_drop_db(&w->session);
}

/* So that the first question, once it may be asked, waits for nothing. With the lock. */
static void warm(struct worker *w)
{
	struct err err = { 0 };
	struct db *db;

	if (!w->pool->is_held || w->pool->is_closing)
		return;
	w->is_warming = true;
	pthread_mutex_unlock(&w->pool->lock);
	/* Why it failed is told when something is asked. */
	if (session_db(&w->session, &db, &err) != ERR_OK)
		session_drop_db(&w->session);
	pthread_mutex_lock(&w->pool->lock);
	w->is_warming = false;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;
	struct errand *e;

	pthread_mutex_lock(&p->lock);
	p->nnew[w->lane]--;
	warm(w);
	while ((e = next_errand(w)) != NULL) {
		bool was_stopped;

		w->errand = e;
		w->has_ended = false;
		pthread_mutex_unlock(&p->lock);
		if (e->words != NULL)
			run_command(w, e);
		else
			run_completion(w, e);
		pthread_mutex_lock(&p->lock);
		w->errand = NULL;
		was_stopped = atomic_load(&w->stop) != 0;
		pthread_mutex_unlock(&p->lock);
		arena_free(e->mem);
		if (was_stopped)
			forget_stop(w);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	session_release(&w->session);
	pthread_mutex_lock(&p->lock);
	p->nalive--;
	pthread_cond_signal(&p->gone);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* With the lock. */
static bool start_worker(struct pool *p, enum lane lane)
{
	struct worker *w = mem_alloc(sizeof(*w));
	pthread_attr_t attr;
	sigset_t all, before;
	int failed;

	memset(w, 0, sizeof(*w));
	w->pool = p;
	w->lane = lane;
	w->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	session_init_shared(&w->session, p->share, p->org);
	w->session.stop_fd = w->stop_fd;
	w->session.is_read_only = p->is_read_only;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	/* Signals are the screen's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = w->stop_fd < 0 || pthread_create(&w->thread, &attr, work, w) != 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	if (failed) {
		session_release(&w->session);
		if (w->stop_fd >= 0)
			close(w->stop_fd);
		free(w);
		return false;
	}
	w->next = p->workers;
	p->workers = w;
	p->nthreads[lane]++;
	p->nalive++;
	return true;
}

/* ---- from the screen ----------------------------------------------------------------- */

/* The answer of what never ran. */
static void post_error(struct pool *p, int64_t token, enum err_code code, const char *text)
{
	struct mail *mail = mail_new(MAIL_ANSWER);
	struct arena *mem = arena_new(NULL, "answer");
	struct answer *a = arena_alloc(mem, sizeof(*a));

	a->mem = mem;
	a->code = err_set(&a->err, code, "%s", text);
	a->at_us = clock_wall_us();
	a->is_last = true;
	mail->token = token;
	mail->answer = a;
	mailbox_post(p->mailbox, mail);
}

/* As many threads as what waits can use; with the lock. */
static void man_lane(struct pool *p, enum lane lane)
{
	while (!p->is_cold && p->nidle[lane] + p->nnew[lane] < p->nwaiting[lane] &&
	       p->nthreads[lane] < lane_max[lane] && start_worker(p, lane))
		p->nnew[lane]++;
	pthread_cond_broadcast(&p->work[lane]);
}

/* What waits where no thread could be started; with the lock. */
static struct errand *strand(struct pool *p, enum lane lane)
{
	struct errand *e = p->first[lane];

	if (p->is_cold || p->nthreads[lane] > 0)
		return NULL;
	p->first[lane] = NULL;
	p->end[lane] = &p->first[lane];
	p->nwaiting[lane] = 0;
	return e;
}

static void man(struct pool *p, enum lane lane)
{
	struct errand *e, *next;

	pthread_mutex_lock(&p->lock);
	man_lane(p, lane);
	e = strand(p, lane);
	pthread_mutex_unlock(&p->lock);
	for (; e != NULL; e = next) {
		next = e->next;
		if (e->words != NULL)
			post_error(p, e->token, ERR_LIMIT, "no thread could be started");
		arena_free(e->mem);
	}
}

static void send(struct pool *p, struct errand *e)
{
	enum lane lane = e->lane;

	pthread_mutex_lock(&p->lock);
	*p->end[lane] = e;
	p->end[lane] = &e->next;
	p->nwaiting[lane]++;
	pthread_mutex_unlock(&p->lock);
	man(p, lane);
}

static void man_all(struct pool *p)
{
	for (int i = 0; i < LANE_COUNT; i++)
		man(p, (enum lane)i);
}

void pool_warm(struct pool *p)
{
	p->is_cold = false;
	man_all(p);
}

void pool_go(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->is_cold = p->is_held = false;
	pthread_mutex_unlock(&p->lock);
	man_all(p);
}

static struct errand *errand_new(enum lane lane)
{
	struct arena *mem = arena_new(NULL, "errand");
	struct errand *e = arena_alloc(mem, sizeof(*e));

	e->mem = mem;
	e->lane = lane;
	return e;
}

void pool_run(struct pool *p, int64_t token, int nwords, const char *const *words, unsigned flags)
{
	struct errand *e = errand_new(flags & POOL_LOOK ? LANE_LOOKS : LANE_OTHERS);

	e->token = token;
	e->is_confirmed = (flags & POOL_CONFIRMED) != 0;
	e->nwords = nwords;
	e->words = arena_array(e->mem, (size_t)nwords + 1, sizeof(char *));
	for (int i = 0; i < nwords; i++)
		e->words[i] = arena_strdup(e->mem, words[i]);
	send(p, e);
}

/* Takes what waits and is meant off its lane; with the lock. */
static struct errand *take_waiting(struct pool *p, enum lane lane, bool is_line, int64_t token)
{
	for (struct errand **at = &p->first[lane]; *at != NULL; at = &(*at)->next) {
		struct errand *e = *at;

		if ((e->words == NULL) != is_line || (!is_line && e->token != token))
			continue;
		*at = e->next;
		if (*at == NULL)
			p->end[lane] = at;
		p->nwaiting[lane]--;
		return e;
	}
	return NULL;
}

void pool_complete(struct pool *p, const char *text, size_t at)
{
	struct errand *e = errand_new(LANE_LOOKS), *old;

	e->line = arena_strndup(e->mem, text, strnlen(text, at));
	pthread_mutex_lock(&p->lock);
	old = take_waiting(p, LANE_LOOKS, true, 0);
	pthread_mutex_unlock(&p->lock);
	if (old != NULL)
		arena_free(old->mem);
	send(p, e);
}

static void stop_worker(struct worker *w)
{
	uint64_t one = 1;
	ssize_t n;

	atomic_store(&w->stop, STOP_NOW);
	do
		n = write(w->stop_fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
	session_interrupt(&w->session);
}

void pool_stop(struct pool *p, int64_t token)
{
	struct errand *waited = NULL;

	pthread_mutex_lock(&p->lock);
	for (int i = 0; i < LANE_COUNT && waited == NULL; i++)
		waited = take_waiting(p, (enum lane)i, false, token);
	for (struct worker *w = p->workers; w != NULL && waited == NULL; w = w->next) {
		if (w->errand != NULL && w->errand->words != NULL && !w->has_ended &&
		    w->errand->token == token)
			stop_worker(w);
	}
	pthread_mutex_unlock(&p->lock);
	if (waited == NULL)
		return;
	post_error(p, token, ERR_INTERRUPTED, "stopped before it began");
	arena_free(waited->mem);
}

int pool_running(struct pool *p)
{
	int n;

	pthread_mutex_lock(&p->lock);
	n = p->nwaiting[LANE_OTHERS];
	for (const struct worker *w = p->workers; w != NULL; w = w->next)
		n += w->lane == LANE_OTHERS && w->errand != NULL && !w->has_ended;
	pthread_mutex_unlock(&p->lock);
	return n;
}

void pool_shut(struct pool *p)
{
	mailbox_shut(p->mailbox);
	pthread_mutex_lock(&p->lock);
	if (p->is_closing) {
		pthread_mutex_unlock(&p->lock);
		return;
	}
	p->is_closing = true;
	for (int i = 0; i < LANE_COUNT; i++)
		pthread_cond_broadcast(&p->work[i]);
	for (struct worker *w = p->workers; w != NULL; w = w->next) {
		if (w->errand != NULL || w->is_warming)
			stop_worker(w);
	}
	pthread_mutex_unlock(&p->lock);
}

/* false: a thread is still there. */
static bool wait_all(struct pool *p, int limit_ms)
{
	struct timespec until = later(limit_ms);
	bool is_late = false;

	pthread_mutex_lock(&p->lock);
	while (p->nalive > 0 && !is_late)
		is_late = pthread_cond_timedwait(&p->gone, &p->lock, &until) == ETIMEDOUT;
	is_late = p->nalive > 0;
	pthread_mutex_unlock(&p->lock);
	return !is_late;
}

bool pool_free(struct pool *p, int limit_ms)
{
	struct worker *w, *next;

	if (p == NULL)
		return true;
	pool_shut(p);
	if (!wait_all(p, limit_ms))
		return false;
	for (w = p->workers; w != NULL; w = next) {
		next = w->next;
		pthread_join(w->thread, NULL);
		close(w->stop_fd);
		free(w);
	}
	for (int i = 0; i < LANE_COUNT; i++) {
		for (struct errand *e = p->first[i], *after; e != NULL; e = after) {
			after = e->next;
			arena_free(e->mem);
		}
		pthread_cond_destroy(&p->work[i]);
	}
	pthread_cond_destroy(&p->gone);
	pthread_mutex_destroy(&p->lock);
	mailbox_free(p->mailbox);
	free(p->org);
	free(p);
	return true;
}

/*
 * core/engine/beat.c
 *	The thread that keeps leases alive and the world informed.
 */
#include "core/engine/beat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/db/db.h"
#include "core/meta/event.h"
#include "core/meta/place.h"

#define TICK_US      100000	/* 10 events a second at most */
#define TABLE_US     1000000	/* progress in the job's row */
#define LEASE_MS     15000
#define LEASE_SHARE  3		/* a renewal every third of the lease */
#define REPEAT_US    1000000	/* a stop that was not heard yet is passed on again */

struct beat {
	const struct engine_env *env;
	struct db *db;
	int lease_ms;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct beat_entry *first;
	struct beat_entry *busy;	/* being worked on without the lock */
	bool is_ending;
	int64_t stop_seen_us;
};

int beat_lease_ms(const struct engine_env *env)
{
	const char *text = getenv("LEAT_LEASE_MS");
	long ms = env->lease_ms > 0 ? env->lease_ms : text != NULL ? strtol(text, NULL, 10) : 0;

	return ms >= 100 && ms <= 3600000 ? (int)ms : LEASE_MS;
}

struct job_counts beat_counts(const struct ledger *l)
{
	return (struct job_counts){
		.read = l->read, .written = l->written, .unchanged = l->unchanged,
		.filtered = l->filtered, .rejected = l->rejected, .bytes = l->bytes,
	};
}

static void interrupt_ends(const struct beat_entry *e)
{
	if (e->source != NULL && e->source->ops->interrupt != NULL)
		e->source->ops->interrupt(e->source);
	if (e->target != NULL && e->target->ops->interrupt != NULL)
		e->target->ops->interrupt(e->target);
}

static void stop_load(struct beat_entry *e, enum flow_stop how)
{
	atomic_store(&e->flow->stop, how);
	interrupt_ends(e);
}

static void tell_face(const struct beat_entry *e, const struct flow_progress *p, bool is_last)
{
	struct engine_progress ep = {
		.job = e->lease.job,
		.phase = p->phase,
		.ledger = p->ledger,
		.total_bytes = p->total_bytes,
		.rows_per_s = e->meter.rows_per_s,
		.eta_ms = meter_eta_ms(&e->meter, p->total_bytes),
		.is_last = is_last,
	};

	if (e->hooks != NULL && e->hooks->progress != NULL)
		e->hooks->progress(e->hooks->ctx, &ep);
}

/* Progress that cannot be sent is no reason to stop a load. */
static void send_event(struct beat *b, struct beat_entry *e, const struct flow_progress *p)
{
	struct err err = { 0 };
	struct event ev = {
		.kind = EVENT_PROGRESS,
		.org_id = e->lease.org_id,
		.job = e->lease.job,
		.run = e->lease.run,
		.state = JOB_RUNNING,
		.counts = beat_counts(&p->ledger),
		.total_bytes = p->total_bytes,
		.rows_per_s = (int64_t)e->meter.rows_per_s,
		.eta_ms = meter_eta_ms(&e->meter, p->total_bytes),
	};

	strncat(ev.phase, p->phase != NULL ? p->phase : "", sizeof(ev.phase) - 1);
	if (event_send(b->db, &ev, &err) != ERR_OK)
		log_line(LOG_DEBUG, "progress of job %lld was not sent: %s",
			 (long long)e->lease.job, err.frame[0].text);
}

static void renew(struct beat *b, struct beat_entry *e, const struct flow_progress *p)
{
	struct job_progress jp = {
		.counts = beat_counts(&p->ledger),
		.total_bytes = p->total_bytes,
		.phase = p->phase,
	};
	struct err err = { 0 };
	bool cancel = false;
	enum err_code rc = job_heartbeat(b->db, &e->lease, b->lease_ms, &jp, &cancel, &err);

	if (rc == ERR_FENCED) {
		e->is_fenced = true;
		log_line(LOG_WARN, "job %lld: another attempt has taken over; run %lld stops here",
			 (long long)e->lease.job, (long long)e->lease.run);
		stop_load(e, FLOW_HAND_BACK);
	} else if (rc == ERR_OK && cancel) {
		stop_load(e, FLOW_CANCEL);
	} else if (rc != ERR_OK && db_is_broken(b->db)) {
		/* The lease goes on for a while; the next beat tries again. */
		if (db_reconnect(b->db, 1000, &err) != ERR_OK)
			log_line(LOG_WARN, "heartbeat: leat's database does not answer");
	}
}

static void serve(struct beat *b, struct beat_entry *e, const struct flow_progress *p, bool is_new)
{
	int64_t now = clock_mono_us();
	int64_t lease_us = (int64_t)b->lease_ms * 1000 / LEASE_SHARE;

	meter_feed(&e->meter, now, p->ledger.read, p->ledger.bytes);
	if (is_new && now - e->event_us >= TICK_US) {
		e->event_us = now;
		tell_face(e, p, false);
		send_event(b, e, p);
	}
	if (e->is_fenced)
		return;
	if (now - e->heartbeat_us >= (lease_us < TABLE_US || !is_new ? lease_us : TABLE_US)) {
		e->heartbeat_us = now;
		renew(b, e, p);
	}
}

static bool should_stop(struct beat *b)
{
	int64_t now = clock_mono_us();

	if (b->env->stop == NULL || atomic_load(b->env->stop) != ENGINE_HAND_BACK)
		return false;
	if (now - b->stop_seen_us < REPEAT_US)
		return false;
	b->stop_seen_us = now;
	return true;
}

/* With the lock held; lets go of it while an entry is served. */
static void round_of_beats(struct beat *b)
{
	bool stop = should_stop(b);

	for (struct beat_entry *e = b->first; e != NULL; e = e->next) {
		struct flow_progress p = e->now;
		bool is_new = e->is_new;

		e->is_new = false;
		b->busy = e;
		pthread_mutex_unlock(&b->lock);
		if (stop)
			stop_load(e, FLOW_HAND_BACK);
		serve(b, e, &p, is_new);
		pthread_mutex_lock(&b->lock);
		b->busy = NULL;
		pthread_cond_broadcast(&b->changed);
	}
}

static void wait_a_tick(struct beat *b)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += TICK_US * 1000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	while (!b->is_ending &&
	       pthread_cond_timedwait(&b->changed, &b->lock, &until) != ETIMEDOUT)
		;
}

static void *beat_thread(void *arg)
{
	struct beat *b = arg;

	pthread_mutex_lock(&b->lock);
	while (!b->is_ending) {
		if (b->first == NULL) {
			pthread_cond_wait(&b->changed, &b->lock);
			continue;
		}
		round_of_beats(b);
		wait_a_tick(b);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

static enum err_code open_session(struct beat *b, struct err *err)
{
	struct meta_login how = { .role = META_ENGINE, .app_name = "leat heartbeat" };
	enum err_code rc = meta_open(b->env->place, &how, &b->db, NULL, err);

	/* A progress line lost in a server crash costs nothing; a flush each would. */
	if (rc == ERR_OK)
		rc = db_exec(b->db, "set synchronous_commit = off", err);
	/* A server that hangs must not keep a stop from being passed on. */
	if (rc == ERR_OK)
		db_set_deadline(b->db, b->lease_ms);
	return rc;
}

enum err_code beat_start(const struct engine_env *env, struct beat **out, struct err *err)
{
	struct beat *b = mem_alloc(sizeof(*b));
	pthread_condattr_t attr;
	enum err_code rc;
	int failed;

	*b = (struct beat){ .env = env, .lease_ms = beat_lease_ms(env) };
	rc = open_session(b, err);
	if (rc != ERR_OK) {
		db_close(b->db);
		free(b);
		return rc;
	}
	pthread_mutex_init(&b->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&b->changed, &attr);
	pthread_condattr_destroy(&attr);
	failed = pthread_create(&b->thread, NULL, beat_thread, b);
	if (failed != 0) {
		db_close(b->db);
		free(b);
		return err_sys(err, failed, "starting the heartbeat thread");
	}
	*out = b;
	return ERR_OK;
}

void beat_stop(struct beat *b)
{
	if (b == NULL)
		return;
	pthread_mutex_lock(&b->lock);
	b->is_ending = true;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
	pthread_join(b->thread, NULL);
	db_close(b->db);
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

void beat_join(struct beat *b, struct beat_entry *e)
{
	int64_t now = clock_mono_us();

	e->now = (struct flow_progress){ .total_bytes = -1 };
	e->heartbeat_us = now;
	e->event_us = 0;
	pthread_mutex_lock(&b->lock);
	e->next = b->first;
	b->first = e;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
}

void beat_leave(struct beat *b, struct beat_entry *e)
{
	struct beat_entry **at = &b->first;

	pthread_mutex_lock(&b->lock);
	while (b->busy == e)
		pthread_cond_wait(&b->changed, &b->lock);
	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	pthread_mutex_unlock(&b->lock);
	meter_feed(&e->meter, clock_mono_us(), e->now.ledger.read, e->now.ledger.bytes);
	tell_face(e, &e->now, true);
}

void beat_progress(struct beat *b, struct beat_entry *e, const struct flow_progress *p)
{
	pthread_mutex_lock(&b->lock);
	e->now = *p;
	e->is_new = true;
	pthread_mutex_unlock(&b->lock);
}

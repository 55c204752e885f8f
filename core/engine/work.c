/*
 * core/engine/work.c
 *	An engine without a face: claims what is due, sleeps when nothing is.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/db/db.h"
#include "core/engine/alerts.h"
#include "core/engine/attempt.h"
#include "core/engine/holder.h"
#include "core/engine/outcome.h"
#include "core/meta/event.h"
#include "core/meta/place.h"
#include "core/meta/schedule.h"

#define SWEEP_MS      INT64_C(300000)	/* the one look at the queue that nobody asked for */
#define STOP_LOOK_MS  200
#define DRAIN_US      60000000	/* running jobs get a minute to end, then go back */
#define RECONNECT_MS  60000

struct work {
	const struct engine_env *env;
	const struct engine_hooks *hooks;
	struct arena *mem;
	const char *name;
	struct engine_env inner;	/* for the workers: our stop, not the caller's */
	atomic_int inner_stop;
	struct beat *beat;
	struct db *claimer;
	struct db *listener;
	int slots;
	int wake_fd;		/* a worker became free */
	pthread_mutex_t lock;
	pthread_cond_t idle;
	int running;
	int64_t alerts_us;	/* when ends that nobody looked at are looked for again */
	int64_t drain_since_us;
};

struct task {
	struct work *work;
	struct arena *mem;
	struct job_claimed job;
};

static int stop_of(const struct work *w)
{
	return w->env->stop != NULL ? atomic_load(w->env->stop) : 0;
}

static int running_now(struct work *w)
{
	int n;

	pthread_mutex_lock(&w->lock);
	n = w->running;
	pthread_mutex_unlock(&w->lock);
	return n;
}

static void *run_task(void *arg)
{
	struct task *t = arg;
	struct work *w = t->work;
	struct attempt_result result;
	struct err err = { 0 };
	enum err_code rc;
	uint64_t one = 1;

	rc = attempt_run(&w->inner, w->beat, &t->job, w->hooks, &result, &err);
	if (rc != ERR_OK && rc != ERR_INTERRUPTED) {
		char text[900];

		err_text(&err, text, sizeof(text));
		log_line(LOG_ERROR, "job %lld: %s", (long long)t->job.lease.job, text);
	} else {
		log_line(LOG_INFO, "job %lld: %s", (long long)t->job.lease.job,
			 rc == ERR_OK ? job_state_name(result.state) : "handed back");
	}
	arena_free(t->mem);
	free(t);
	pthread_mutex_lock(&w->lock);
	w->running--;
	pthread_cond_signal(&w->idle);
	pthread_mutex_unlock(&w->lock);
	if (write(w->wake_fd, &one, sizeof(one)) < 0)
		log_line(LOG_DEBUG, "waking the engine failed");
	return NULL;
}

static enum err_code start_task(struct work *w, struct arena *mem, const struct job_claimed *job,
				struct err *err)
{
	struct task *t = mem_alloc(sizeof(*t));
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	*t = (struct task){ .work = w, .mem = mem, .job = *job };
	pthread_mutex_lock(&w->lock);
	w->running++;
	pthread_mutex_unlock(&w->lock);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attr, run_task, t);
	pthread_attr_destroy(&attr);
	if (rc == 0)
		return ERR_OK;
	pthread_mutex_lock(&w->lock);
	w->running--;
	pthread_mutex_unlock(&w->lock);
	free(t);
	return err_sys(err, rc, "starting a worker thread");
}

/* One at a time, so that each job's texts live in an arena of its own. *got: there was one. */
static enum err_code claim_one(struct work *w, bool *got, struct err *err)
{
	struct arena *mem = arena_new(NULL, "task");
	struct job_claims claims = { 0 };
	enum err_code rc;

	*got = false;
	rc = job_claim(mem, w->claimer, w->name, 1, beat_lease_ms(w->env), &claims, err);
	if (rc == ERR_OK && claims.n == 1) {
		rc = start_task(w, mem, &claims.c[0], err);
		*got = rc == ERR_OK;
	}
	if (!*got)
		arena_free(mem);
	return rc;
}

static enum err_code fill_slots(struct work *w, struct err *err)
{
	bool got = true;

	while (got && running_now(w) < w->slots && stop_of(w) == 0) {
		enum err_code rc = claim_one(w, &got, err);

		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static int64_t sooner(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/*
 * Makes the jobs that are due, takes over what others lost, and tells when to look
 * again without being woken: for jobs, and for schedules.
 */
static enum err_code tend(struct work *w, int64_t *next_ms, int64_t *slot_ms, struct err *err)
{
	struct arena *mem = arena_new(NULL, "tend");
	int64_t due = -1, expiry = -1;
	struct alert_made told = { 0 };
	int taken = 0, made = 0;
	enum err_code rc = schedule_run_due(w->claimer, &made, slot_ms, err);

	if (rc == ERR_OK)
		rc = holder_rescue(mem, w->claimer, &taken, err);
	if (rc == ERR_OK && (taken > 0 || clock_mono_us() >= w->alerts_us)) {
		w->alerts_us = clock_mono_us() + SWEEP_MS * 1000;
		alerts_catch_up(w->env, w->claimer, &told);
	}
	if (rc == ERR_OK && taken + made + told.n > 0)
		rc = fill_slots(w, err);
	if (rc == ERR_OK)
		rc = job_next_due(w->claimer, &due, err);
	if (rc == ERR_OK)
		rc = job_next_expiry(w->claimer, &expiry, err);
	/* Our own leases are renewed long before they end; looking late by a bit is enough. */
	*next_ms = sooner(sooner(due, expiry < 0 ? -1 : expiry + 50), SWEEP_MS);
	arena_free(mem);
	return rc;
}

/* Sleeps until a notice, a free slot, the stop, or next_ms. */
static enum err_code rest(struct work *w, int64_t next_ms, struct err *err)
{
	int64_t until = clock_mono_us() + next_ms * 1000;
	struct event e;
	bool got = false;
	uint64_t n;

	while (stop_of(w) == 0) {
		int64_t left = (until - clock_mono_us()) / 1000;
		enum err_code rc;

		if (left <= 0)
			return ERR_OK;
		/* A signal handler writes no eventfd of ours: look at the stop now and then. */
		rc = event_next(w->listener, w->wake_fd,
				(int)(left < STOP_LOOK_MS ? left : STOP_LOOK_MS), &e, &got, err);
		if (rc != ERR_OK)
			return rc;
		if (read(w->wake_fd, &n, sizeof(n)) > 0)
			return ERR_OK;
		if (got && (e.kind == EVENT_WORK || e.kind == EVENT_CANCEL))
			return ERR_OK;
	}
	return ERR_OK;
}

static enum err_code mend(struct work *w, struct err *err)
{
	enum err_code rc = ERR_OK;

	if (db_is_broken(w->claimer))
		rc = db_reconnect(w->claimer, RECONNECT_MS, err);
	if (rc == ERR_OK && db_is_broken(w->listener)) {
		rc = db_reconnect(w->listener, RECONNECT_MS, err);
		if (rc == ERR_OK)
			rc = event_listen_wake(w->listener, err);
	}
	return rc;
}

static enum err_code loop(struct work *w, bool until_idle, struct err *err)
{
	enum err_code rc = ERR_OK;

	while (rc == ERR_OK && stop_of(w) == 0) {
		int64_t next_ms = SWEEP_MS, slot_ms = -1;

		rc = fill_slots(w, err);
		if (rc == ERR_OK)
			rc = tend(w, &next_ms, &slot_ms, err);
		/* A slot that comes later is no reason to stay; what came due meanwhile is. */
		if (rc == ERR_OK && until_idle && running_now(w) == 0 && next_ms == SWEEP_MS &&
		    (slot_ms < 0 || slot_ms > SCHEDULE_SOON_MS)) {
			rc = fill_slots(w, err);
			if (rc == ERR_OK && running_now(w) == 0)
				return ERR_OK;
		}
		if (rc == ERR_OK)
			rc = rest(w, sooner(next_ms, slot_ms), err);
		if (rc != ERR_OK && (db_is_broken(w->claimer) || db_is_broken(w->listener))) {
			log_line(LOG_WARN, "leat's database is gone; trying to reach it again");
			rc = mend(w, err);
		}
	}
	return rc;
}

/* Waits for the workers: to end, or, when told or when the time is up, to hand back. */
static void drain(struct work *w)
{
	w->drain_since_us = clock_mono_us();
	pthread_mutex_lock(&w->lock);
	while (w->running > 0) {
		struct timespec until;

		if (stop_of(w) != ENGINE_DRAIN || clock_mono_us() - w->drain_since_us > DRAIN_US)
			atomic_store(&w->inner_stop, ENGINE_HAND_BACK);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 1;
		pthread_cond_timedwait(&w->idle, &w->lock, &until);
	}
	pthread_mutex_unlock(&w->lock);
}

static enum err_code open_sessions(struct work *w, struct err *err)
{
	struct meta_login claimer = { .role = META_ENGINE, .app_name = "leat engine" };
	struct meta_login listener = { .role = META_ENGINE, .app_name = "leat engine listener",
				       .is_listener = true };
	enum err_code rc = meta_open(w->env->place, &claimer, &w->claimer, NULL, err);

	if (rc == ERR_OK)
		rc = meta_open(w->env->place, &listener, &w->listener, NULL, err);
	if (rc == ERR_OK)
		rc = event_listen_wake(w->listener, err);
	if (rc == ERR_OK)
		rc = beat_start(&w->inner, &w->beat, err);
	return rc;
}

enum err_code engine_work(const struct engine_env *env, int slots, bool until_idle,
			  const struct engine_hooks *hooks, struct err *err)
{
	struct work w = {
		.env = env, .hooks = hooks, .slots = slots > 0 ? slots : 1,
		.mem = arena_new(NULL, "engine"), .inner = *env,
	};
	enum err_code rc;

	w.inner.stop = &w.inner_stop;
	w.inner.stop_fd = -1;
	w.name = holder_name(w.mem);
	w.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.idle, NULL);
	rc = w.wake_fd < 0 ? err_sys(err, errno, "making a wake-up descriptor")
			   : open_sessions(&w, err);
	if (rc == ERR_OK)
		rc = loop(&w, until_idle, err);
	drain(&w);
	beat_stop(w.beat);
	db_close(w.listener);
	db_close(w.claimer);
	if (w.wake_fd >= 0)
		close(w.wake_fd);
	pthread_cond_destroy(&w.idle);
	pthread_mutex_destroy(&w.lock);
	arena_free(w.mem);
	if (rc == ERR_OK && stop_of(&w) == ENGINE_HAND_BACK)
		rc = err_set(err, ERR_INTERRUPTED, "stopped; running jobs were handed back");
	return rc;
}

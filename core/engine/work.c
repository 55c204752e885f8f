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
#include "core/base/fault.h"
#include "core/base/log.h"
#include "core/base/supervisor.h"
#include "core/db/db.h"
#include "core/engine/alerts.h"
#include "core/engine/attempt.h"
#include "core/engine/outcome.h"
#include "core/meta/deadline.h"
#include "core/meta/engine_row.h"
#include "core/meta/place.h"
#include "core/meta/schedule.h"

#define SWEEP_MS      INT64_C(600000)	/* the one look at the queue that nobody asked for */
#define STOP_LOOK_MS  200
#define DRAIN_MS      60000	/* running jobs get a minute to end, then go back */
#define RECONNECT_MS  2000	/* then a look whether somebody wants it to stop */
#define GIVE_UP_US    INT64_C(60000000)	/* only when it was to end by itself */
#define ARM_NAP_MS    50	/* the longest nap while somebody is adding work */
#define RETRY_MS      50	/* after a passing fault, doubled each time up to */
#define RETRY_CAP_MS  2000
/* A claim whose answer was lost shows at once, or when the server has done with it. */
#define DOUBT_US      INT64_C(30000000)
#define DOUBT_LOOK_MS 2000
#define HELD_LOOK_MS  50	/* until a session of the dead lets go of what it has locked */

struct work {
	const struct engine_env *env;
	const struct engine_hooks *hooks;
	struct arena *mem;
	struct engine_env inner;	/* for the workers: our stop, not the caller's */
	atomic_int inner_stop;
	atomic_int drain;	/* somebody asked this engine to stop */
	atomic_int swept;	/* another engine has just swept */
	atomic_int buried;	/* jobs were taken from the dead */
	struct beat_ear ear;
	struct beat *beat;
	struct db *claimer;
	struct job_claimer who;
	int slots;
	int wake_fd;		/* there may be work, or a worker became free */
	int64_t sweep_us;	/* when to sweep next */
	pthread_mutex_t lock;
	pthread_cond_t idle;
	int running;
	int64_t alerts_us;	/* when ends that nobody looked at are looked for again */
	int64_t drain_since_us;
	struct task *first;	/* that run, under the lock */
	int64_t doubt_us;	/* until then a claim may show whose answer was lost; 0: none */
	int64_t doubt_look_us;	/* when that was looked for last */
	int retry_ms;
	bool was_late;		/* the drain time was not enough */
};

struct task {
	struct work *work;
	struct task *next;
	struct arena *mem;
	struct job_claimed job;
};

static int stop_of(const struct work *w)
{
	int asked = w->env->stop != NULL ? atomic_load(w->env->stop) : 0;

	return asked != 0 ? asked : atomic_load(&w->drain) ? ENGINE_DRAIN : 0;
}

static int running_now(struct work *w)
{
	int n;

	pthread_mutex_lock(&w->lock);
	n = w->running;
	pthread_mutex_unlock(&w->lock);
	return n;
}

/* With the lock held. */
static void leave(struct work *w, struct task *t)
{
	struct task **at = &w->first;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	w->running--;
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
	pthread_mutex_lock(&w->lock);
	leave(w, t);
	/* Once the lock is free and nothing runs, the engine may be gone. */
	if (write(w->wake_fd, &one, sizeof(one)) < 0)
		log_line(LOG_DEBUG, "waking the engine failed");
	pthread_cond_signal(&w->idle);
	pthread_mutex_unlock(&w->lock);
	free(t);
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
	t->next = w->first;
	w->first = t;
	w->running++;
	pthread_mutex_unlock(&w->lock);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attr, run_task, t);
	pthread_attr_destroy(&attr);
	if (rc == 0)
		return ERR_OK;
	pthread_mutex_lock(&w->lock);
	leave(w, t);
	pthread_mutex_unlock(&w->lock);
	free(t);
	return err_sys(err, rc, "starting a worker thread");
}

/* The texts of a claim live in an arena of their own each, as the jobs do. */
static enum err_code start_all(struct work *w, const struct job_claims *claims, struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int i = 0; i < claims->n && rc == ERR_OK; i++) {
		struct arena *mem = arena_new(NULL, "task");
		struct job_claimed job = claims->c[i];

		job.kind = arena_strdup(mem, job.kind);
		job.body = arena_strdup(mem, job.body);
		rc = FAULT("engine-start") ? err_set(err, ERR_TRANSIENT, "starting: fault")
		   : start_task(w, mem, &job, err);
		if (rc != ERR_OK)
			arena_free(mem);
	}
	return rc;
}

/*
 * Claims for the free slots until they are full or nothing is left. *got: how many jobs;
 * *wait_ms: until there is a token for one.
 */
static enum err_code fill_slots(struct work *w, int *got, int64_t *wait_ms, struct err *err)
{
	enum err_code rc = ERR_OK;
	bool more = true;

	*got = 0;
	*wait_ms = -1;
	while (more && rc == ERR_OK && stop_of(w) == 0) {
		struct arena *mem;
		struct job_claims claims;
		int room = w->slots - running_now(w);

		w->who.engine = beat_engine(w->beat);
		if (room <= 0 || w->who.engine == 0)
			return ERR_OK;
		mem = arena_new(NULL, "claim");
		rc = job_claim(mem, w->claimer, &w->who, room, &claims, err);
		if (rc == ERR_OK) {
			more = claims.n > 0;
			*got += claims.n;
			*wait_ms = claims.wait_ms;
			rc = start_all(w, &claims, err);
		}
		arena_free(mem);
	}
	return rc;
}

static int64_t sooner(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* A random moment in the last fifth of the time, so that engines do not sweep together. */
static void plan_sweep(struct work *w)
{
	int64_t now = clock_mono_us();

	int64_t every_ms = w->env->sweep_ms > 0 ? w->env->sweep_ms : SWEEP_MS;

	atomic_store(&w->swept, 0);
	w->sweep_us = now + every_ms * 1000 - now % (every_ms * 200);
}

static enum err_code sweep_if_due(struct work *w, struct err *err)
{
	struct alert_made told = { 0 };
	enum err_code rc;

	if (atomic_load(&w->swept) != 0)
		plan_sweep(w);
	if (atomic_exchange(&w->buried, 0) != 0)
		alerts_catch_up(w->env, w->claimer, &told);
	if (clock_mono_us() < w->sweep_us)
		return ERR_OK;
	rc = job_sweep(w->claimer, w->env->keep_days > 0 ? w->env->keep_days : ENGINE_KEEP_DAYS,
		       err);
	if (rc == ERR_OK)
		alerts_catch_up(w->env, w->claimer, &told);
	plan_sweep(w);
	return rc;
}

/* Waits a moment for the wake-up descriptor, at most ms. */
static void nap(struct work *w, int ms)
{
	struct pollfd fd[2] = {
		{ .fd = w->wake_fd, .events = POLLIN },
		{ .fd = w->env->stop_fd, .events = POLLIN },
	};

	/* A signal handler writes no eventfd of ours: look at the stop now and then. */
	if (w->env->stop_fd < 0 && (ms < 0 || ms > STOP_LOOK_MS))
		ms = STOP_LOOK_MS;
	poll(fd, w->env->stop_fd >= 0 ? 2 : 1, ms);
}

static bool was_woken(struct work *w)
{
	uint64_t n;

	return read(w->wake_fd, &n, sizeof(n)) > 0;
}

/*
 * Nothing was found: says that it sleeps, and looks once more. While somebody is adding
 * work it cannot say so, and naps and looks. *sleep false: there was something after all.
 * *next_ms: when to look again without being woken, -1: never; *slot_ms: the same for
 * schedules.
 */
static enum err_code lie_down(struct work *w, bool *sleep, int64_t *next_ms, int64_t *slot_ms,
			      struct err *err)
{
	int64_t due = -1, wait = -1;
	bool armed = false;
	int got = 0, made = 0;
	enum err_code rc = schedule_run_due(w->claimer, &made, slot_ms, err);

	if (rc == ERR_OK)
		rc = job_promote(w->claimer, &due, err);

	for (int ms = 1; rc == ERR_OK && !armed && got == 0 && stop_of(w) == 0;
	     ms = ms * 2 < ARM_NAP_MS ? ms * 2 : ARM_NAP_MS) {
		rc = job_arm(w->claimer, w->env->queues, &armed, err);
		if (rc == ERR_OK && !armed) {
			nap(w, ms);
			was_woken(w);
		}
		if (rc == ERR_OK)
			rc = fill_slots(w, &got, &wait, err);
	}
	*sleep = got == 0;
	*next_ms = sooner(due, wait);
	return rc;
}

/* Sleeps until woken, stopped, or next_ms. */
static void rest(struct work *w, int64_t next_ms)
{
	int64_t now = clock_mono_us();
	int64_t until = next_ms < 0 ? w->sweep_us : now + next_ms * 1000;

	if (until > w->sweep_us)
		until = w->sweep_us;
	while (stop_of(w) == 0 && !was_woken(w)) {
		int64_t left = sooner((until - clock_mono_us() + 999) / 1000, 3600000);
		int watch_ms = supervisor_watch_ms();

		if (until <= clock_mono_us())
			return;
		nap(w, (int)sooner(left, watch_ms));
		supervisor_alive();
	}
}

/* Whoever lost the answer of a claim may have jobs without knowing it. */
static enum err_code look_for_strays(struct work *w, struct err *err)
{
	int64_t now = clock_mono_us();
	int64_t *held;
	enum err_code rc;
	int n = 0, jobs = 0, me = beat_engine(w->beat);

	if (w->doubt_us == 0 || now - w->doubt_look_us < DOUBT_LOOK_MS * 1000 || me == 0)
		return ERR_OK;
	pthread_mutex_lock(&w->lock);
	held = mem_alloc((size_t)(w->running + 1) * sizeof(*held));
	for (const struct task *t = w->first; t != NULL; t = t->next)
		held[n++] = t->job.lease.job;
	pthread_mutex_unlock(&w->lock);
	rc = engine_row_strays(w->claimer, me, held, n, &jobs, err);
	free(held);
	if (rc != ERR_OK)
		return rc;
	if (jobs > 0)
		log_line(LOG_WARN, "%d jobs were claimed without an answer; they go back to the "
			 "queue", jobs);
	w->doubt_look_us = now;
	if (now > w->doubt_us)
		w->doubt_us = 0;
	return ERR_OK;
}

static enum err_code reconnect(struct work *w, bool until_idle, struct err *err)
{
	int64_t since_us = clock_mono_us();

	log_line(LOG_WARN, "leat's database is gone; trying to reach it again");
	while (stop_of(w) == 0) {
		enum err_code rc;

		err_clear(err);
		rc = db_reconnect(w->claimer, RECONNECT_MS, err);
		if (rc == ERR_OK || !err_is_retryable(rc))
			return rc;
		if (until_idle && clock_mono_us() - since_us >= GIVE_UP_US)
			return stop_of(w) == 0 ? rc : ERR_OK;
	}
	return ERR_OK;
}

/* A full disk, a lost session or a deadlock ends no engine. */
static enum err_code mend(struct work *w, enum err_code rc, bool until_idle, struct err *err)
{
	bool is_fenced = rc == ERR_FENCED;

	if (!is_fenced && !db_is_broken(w->claimer) && !err_is_retryable(rc))
		return rc;
	w->who.nhints = 0;
	w->doubt_us = clock_mono_us() + DOUBT_US;
	w->doubt_look_us = 0;
	if (db_is_broken(w->claimer))
		return reconnect(w, until_idle, err);
	log_line(LOG_WARN, "claiming: %s", err->frame[0].text);
	err_clear(err);
	if (is_fenced)
		beat_renew(w->beat);
	w->retry_ms = w->retry_ms == 0 ? RETRY_MS
		    : w->retry_ms * 2 < RETRY_CAP_MS ? w->retry_ms * 2 : RETRY_CAP_MS;
	nap(w, w->retry_ms);
	was_woken(w);
	return ERR_OK;
}

/*
 * One round: fill the slots; with slots left and nothing to claim, sleep. *idle: nothing
 * runs or waits for a moment; a slot of a schedule that comes later is no reason to stay.
 */
static enum err_code turn(struct work *w, bool until_idle, bool *idle, struct err *err)
{
	int64_t next_ms = -1, slot_ms = -1, wait_ms;
	bool sleep = true, was_quiet;
	int got;
	enum err_code rc = sweep_if_due(w, err);

	supervisor_alive();
	if (rc == ERR_OK)
		rc = look_for_strays(w, err);
	if (rc == ERR_OK)
		rc = fill_slots(w, &got, &wait_ms, err);
	/* What ends from here on may let others start. */
	was_quiet = running_now(w) == 0;
	if (rc == ERR_OK && running_now(w) < w->slots && stop_of(w) == 0)
		rc = lie_down(w, &sleep, &next_ms, &slot_ms, err);
	if (rc == ERR_OK)
		w->retry_ms = 0;
	if (w->doubt_us != 0 && !until_idle)
		next_ms = sooner(next_ms, DOUBT_LOOK_MS);
	*idle = until_idle && sleep && was_quiet && beat_engine(w->beat) != 0 && next_ms < 0 &&
		(slot_ms < 0 || slot_ms > SCHEDULE_SOON_MS);
	/* Of what ended while it lay down nobody wakes it once more: it may be idle now. */
	if (until_idle && !was_quiet && running_now(w) == 0)
		sleep = false;
	if (rc == ERR_OK && sleep && !*idle)
		rest(w, sooner(next_ms, slot_ms));
	return rc;
}

static enum err_code loop(struct work *w, bool until_idle, struct err *err)
{
	struct alert_made told = { 0 };
	enum err_code rc = ERR_OK;
	bool is_sure = false;

	plan_sweep(w);
	alerts_catch_up(w->env, w->claimer, &told);
	while (rc == ERR_OK && stop_of(w) == 0) {
		bool idle = false;

		rc = turn(w, until_idle, &idle, err);
		/* Twice: what the dead held may have come back since the first look. */
		if (rc == ERR_OK && idle && is_sure && atomic_load(&w->buried) == 0)
			return ERR_OK;
		is_sure = rc == ERR_OK && idle;
		if (is_sure) {
			int jobs = 0, left = 0;

			rc = beat_bury(w->beat, w->claimer, &jobs, &left, err);
			if (jobs > 0)
				atomic_store(&w->buried, 1);
			is_sure = left == 0;
			if (left > 0)
				nap(w, HELD_LOOK_MS);
		}
		if (rc != ERR_OK)
			rc = mend(w, rc, until_idle, err);
	}
	return rc;
}

/* Whoever asked for a drain hears that its time is up: it may have to be left hard. */
static void hand_back(struct work *w)
{
	int drain = ENGINE_DRAIN;

	atomic_store(&w->inner_stop, ENGINE_HAND_BACK);
	if (w->env->stop != NULL)
		w->was_late |= atomic_compare_exchange_strong(w->env->stop, &drain,
							      ENGINE_HAND_BACK);
}

/* Waits for the workers: to end, or, when told or when the time is up, to hand back. */
static void drain(struct work *w)
{
	int64_t limit_us = (w->env->drain_ms > 0 ? w->env->drain_ms : DRAIN_MS) * 1000LL;

	w->drain_since_us = clock_mono_us();
	supervisor_tell("STOPPING=1");
	pthread_mutex_lock(&w->lock);
	while (w->running > 0) {
		struct timespec until;

		supervisor_alive();

		if (stop_of(w) != ENGINE_DRAIN || clock_mono_us() - w->drain_since_us > limit_us)
			hand_back(w);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 1;
		pthread_cond_timedwait(&w->idle, &w->lock, &until);
	}
	pthread_mutex_unlock(&w->lock);
}

static enum err_code open_sessions(struct work *w, struct err *err)
{
	struct meta_login claimer = { .role = META_ENGINE, .app_name = "leat engine" };
	enum err_code rc = meta_open(w->env->place, &claimer, &w->claimer, NULL, err);

	/* It may hang in a call when it is told to stop, and nothing else ends that. */
	if (rc == ERR_OK)
		db_set_hurry(w->claimer, w->env->stop_fd, DEADLINE_LEAVE_MS);
	return rc == ERR_OK ? beat_start(&w->inner, &w->ear, &w->beat, err) : rc;
}

enum err_code engine_work(const struct engine_env *env, int slots, bool until_idle,
			  const struct engine_hooks *hooks, struct err *err)
{
	struct work w = {
		.env = env, .hooks = hooks, .slots = slots > 0 ? slots : 1,
		.mem = arena_new(NULL, "engine"), .inner = *env,
		.who = { .queues = env->queues },
	};
	enum err_code rc;

	w.inner.stop = &w.inner_stop;
	w.inner.stop_fd = -1;
	w.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w.ear = (struct beat_ear){
		.slots = w.slots, .queues = env->queues, .wake_fd = w.wake_fd,
		.drain = &w.drain, .swept = &w.swept, .buried = &w.buried,
	};
	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.idle, NULL);
	rc = w.wake_fd < 0 ? err_sys(err, errno, "making a wake-up descriptor")
			   : open_sessions(&w, err);
	if (rc == ERR_OK) {
		supervisor_tell("READY=1");
		rc = loop(&w, until_idle, err);
	}
	drain(&w);
	beat_stop(w.beat);
	db_close(w.claimer);
	if (w.wake_fd >= 0)
		close(w.wake_fd);
	pthread_cond_destroy(&w.idle);
	pthread_mutex_destroy(&w.lock);
	arena_free(w.mem);
	if (rc == ERR_OK && stop_of(&w) == ENGINE_HAND_BACK && !w.was_late)
		rc = err_set(err, ERR_INTERRUPTED, "stopped; running jobs were handed back");
	return rc;
}

/*
 * core/command/inside.c
 *	An engine in threads of a face, started again when it lost its database.
 */
#include "core/command/inside.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/engine/engine.h"

#define RETRY_FIRST_MS 250
#define RETRY_CAP_MS   10000
#define LIVED_US       30000000	/* an engine that lived so long begins with short pauses */
#define DAY_MS         86400000	/* inside_stop() ends a drain, not the engine */

struct inside {
	struct meta_place *place;
	char *org;
	int slots;
	atomic_int stop;
	int stop_fd;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool has_ended;
};

static int pause_ms(int *step)
{
	int ms = *step;
	uint32_t r;

	if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r))
		r = (uint32_t)clock_mono_us();
	*step = ms * 2 < RETRY_CAP_MS ? ms * 2 : RETRY_CAP_MS;
	return ms / 2 + (int)(r % (uint32_t)(ms / 2 + 1));
}

/* Jobs speak through their log; the face reads it there. */
static void engine_once(struct inside *in, int *step)
{
	struct engine_env env = {
		.place = in->place, .org = in->org, .stop = &in->stop, .stop_fd = in->stop_fd,
		.drain_ms = DAY_MS,
	};
	struct engine_hooks hooks = { 0 };
	struct pollfd fd = { .fd = in->stop_fd, .events = POLLIN };
	int64_t start_us = clock_mono_us();
	struct err err = { 0 };
	enum err_code rc = engine_work(&env, in->slots, false, &hooks, &err);
	char text[700];

	if (atomic_load(&in->stop) != 0)
		return;
	if (rc != ERR_OK) {
		err_text(&err, text, sizeof(text));
		log_line(LOG_WARN, "the engine inside: %s", text);
	} else {
		log_line(LOG_INFO, "the engine inside was drained");
	}
	if (clock_mono_us() - start_us > LIVED_US)
		*step = RETRY_FIRST_MS;
	poll(&fd, 1, rc == ERR_OK ? -1 : pause_ms(step));
}

static void *work(void *arg)
{
	struct inside *in = arg;
	int step = RETRY_FIRST_MS;

	while (atomic_load(&in->stop) == 0)
		engine_once(in, &step);
	pthread_mutex_lock(&in->lock);
	in->has_ended = true;
	pthread_cond_signal(&in->ended);
	pthread_mutex_unlock(&in->lock);
	return NULL;
}

/* Its threads, and those it starts, leave signals to the face. */
static bool start_thread(struct inside *in)
{
	sigset_t all, before;
	bool is_started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	is_started = pthread_create(&in->thread, NULL, work, in) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return is_started;
}

static void forget(struct inside *in)
{
	pthread_cond_destroy(&in->ended);
	pthread_mutex_destroy(&in->lock);
	if (in->stop_fd >= 0)
		close(in->stop_fd);
	free(in->org);
	free(in);
}

struct inside *inside_start(struct meta_place *place, const char *org, int slots)
{
	struct inside *in = mem_alloc(sizeof(*in));
	pthread_condattr_t attr;

	memset(in, 0, sizeof(*in));
	in->place = place;
	in->org = org != NULL ? mem_strdup(org) : NULL;
	in->slots = slots;
	pthread_mutex_init(&in->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&in->ended, &attr);
	pthread_condattr_destroy(&attr);
	in->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (in->stop_fd >= 0 && start_thread(in))
		return in;
	log_line(LOG_ERROR, "the engine inside: no thread could be started");
	forget(in);
	return NULL;
}

static void tell(struct inside *in, int how)
{
	uint64_t one = 1;
	ssize_t n;

	atomic_store(&in->stop, how);
	do
		n = write(in->stop_fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
}

/* Whether it has ended within ms. */
static bool wait_end(struct inside *in, int ms)
{
	struct timespec until;
	bool has_ended;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&in->lock);
	while (!in->has_ended &&
	       pthread_cond_timedwait(&in->ended, &in->lock, &until) != ETIMEDOUT)
		;
	has_ended = in->has_ended;
	pthread_mutex_unlock(&in->lock);
	return has_ended;
}

bool inside_stop(struct inside *in, int drain_ms, int limit_ms)
{
	bool has_ended = false;

	if (in == NULL)
		return true;
	if (drain_ms > 0) {
		tell(in, ENGINE_DRAIN);
		has_ended = wait_end(in, drain_ms);
	}
	if (!has_ended) {
		tell(in, ENGINE_HAND_BACK);
		has_ended = wait_end(in, limit_ms);
	}
	/* One that hangs goes with the process; its memory is still in use. */
	if (!has_ended)
		return false;
	pthread_join(in->thread, NULL);
	forget(in);
	return true;
}

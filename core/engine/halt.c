/*
 * core/engine/halt.c
 *	Ends a run without a job when its caller is told to stop.
 */
#include "core/engine/halt.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/engine/engine.h"
#include "core/flow/flow.h"

#define LOOK_MS 200	/* where no descriptor tells of a stop */
#define AGAIN_MS 500	/* an end may have begun to wait just behind the last interrupt */

struct halt {
	const struct engine_env *env;
	struct flow *flow;
	int end_fd;		/* readable: the run is over */
	pthread_t thread;
};

static void interrupt(struct conn *c)
{
	if (c != NULL && c->ops->interrupt != NULL)
		c->ops->interrupt(c);
}

static void *watch(void *arg)
{
	struct halt *h = arg;
	bool is_stopped = false;

	for (;;) {
		struct pollfd fd[2] = {
			{ .fd = h->end_fd, .events = POLLIN },
			/* Once it has told, it would go on telling. */
			{ .fd = is_stopped ? -1 : h->env->stop_fd, .events = POLLIN },
		};
		bool can_tell = !is_stopped && h->env->stop_fd >= 0;

		if (poll(fd, 2, can_tell ? -1 : is_stopped ? AGAIN_MS : LOOK_MS) < 0)
			continue;
		if (fd[0].revents != 0)
			return NULL;
		is_stopped |= atomic_load(h->env->stop) != 0;
		if (!is_stopped) {
			/* Somebody was woken for something else. */
			if (fd[1].revents != 0)
				poll(fd, 1, LOOK_MS);
			continue;
		}
		atomic_store(&h->flow->stop, FLOW_HAND_BACK);
		interrupt(h->flow->source);
		interrupt(h->flow->target);
		interrupt(h->flow->lookup);
	}
}

struct halt *halt_begin(const struct engine_env *env, struct flow *flow)
{
	struct halt *h;

	if (env->stop == NULL)
		return NULL;
	h = mem_alloc(sizeof(*h));
	*h = (struct halt){ .env = env, .flow = flow, .end_fd = eventfd(0, EFD_CLOEXEC) };
	if (h->end_fd >= 0 && pthread_create(&h->thread, NULL, watch, h) == 0)
		return h;
	if (h->end_fd >= 0)
		close(h->end_fd);
	free(h);
	return NULL;
}

void halt_end(struct halt *h)
{
	uint64_t one = 1;

	if (h == NULL)
		return;
	while (write(h->end_fd, &one, sizeof(one)) < 0)
		continue;
	pthread_join(h->thread, NULL);
	close(h->end_fd);
	free(h);
}

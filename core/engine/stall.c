/*
 * core/engine/stall.c
 *	Who keeps a load waiting whose target does not go on.
 */
#include "core/engine/stall.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/log.h"

#define TARGETS_MAX 64		/* connections of one load that are asked about */

struct stall {
	struct arena *mem;
	struct conn *target[TARGETS_MAX];
	int n;
	int stop_fd;		/* readable: it is not wanted any more */
	atomic_bool is_done;
	struct conn_block found;
	pthread_t thread;
};

static void *ask(void *arg)
{
	struct stall *s = arg;

	for (int i = 0; i < s->n && s->found.by == NULL; i++) {
		struct err err = { 0 };

		if (s->target[i]->ops->blocked(s->target[i], s->mem, s->stop_fd, &s->found,
					       &err) != ERR_OK) {
			log_line(LOG_DEBUG, "who blocks the target: %s", err.frame[0].text);
			break;
		}
	}
	atomic_store(&s->is_done, true);
	return NULL;
}

struct stall *stall_begin(struct conn *target, struct conn *const *more, int n)
{
	struct arena *mem = arena_new(NULL, "stall");
	struct stall *s = arena_alloc(mem, sizeof(*s));

	s->mem = mem;
	s->target[s->n++] = target;
	for (int i = 0; i < n && s->n < TARGETS_MAX; i++)
		s->target[s->n++] = more[i];
	s->stop_fd = target->ops->blocked != NULL ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
	if (s->stop_fd >= 0 && pthread_create(&s->thread, NULL, ask, s) == 0)
		return s;
	if (s->stop_fd >= 0)
		close(s->stop_fd);
	arena_free(mem);
	return NULL;
}

bool stall_is_done(struct stall *s)
{
	return atomic_load(&s->is_done);
}

struct conn_block stall_found(struct stall *s)
{
	return s->found;
}

void stall_end(struct stall *s)
{
	uint64_t one = 1;

	if (s == NULL)
		return;
	if (write(s->stop_fd, &one, sizeof(one)) < 0)
		log_line(LOG_DEBUG, "a look at the target's locks is not called off");
	pthread_join(s->thread, NULL);
	close(s->stop_fd);
	arena_free(s->mem);
}

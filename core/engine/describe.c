/*
 * core/engine/describe.c
 *	The fields of a source, asked for by somebody who does not want to wait.
 */
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/engine/engine.h"

#define LOOK_MS 50	/* for a stop; and an end may begin to wait behind an interrupt */

struct look {
	atomic_int *stop;	/* of the caller */
	int64_t until_us;
	int stop_fd;		/* readable: the opening is to end */
	int end_fd;		/* readable: it is over */
	_Atomic(struct conn *) conn;	/* once it is open */
	atomic_bool is_late;
	pthread_t thread;
};

static void poke(int fd)
{
	uint64_t one = 1;

	while (write(fd, &one, sizeof(one)) < 0)
		continue;
}

static void *watch(void *arg)
{
	struct look *l = arg;
	struct pollfd end = { .fd = l->end_fd, .events = POLLIN };

	while (poll(&end, 1, LOOK_MS) <= 0) {
		struct conn *conn = atomic_load(&l->conn);
		bool is_late = clock_mono_us() >= l->until_us;

		if (!is_late && atomic_load(l->stop) == 0)
			continue;
		if (is_late)
			atomic_store(&l->is_late, true);
		poke(l->stop_fd);
		if (conn != NULL && conn->ops->interrupt != NULL)
			conn->ops->interrupt(conn);
	}
	return NULL;
}

static enum err_code describe(struct look *l, struct arena *mem, const struct engine_env *env,
			      const struct pipeline_end *source, struct schema *out,
			      struct err *err)
{
	struct engine_env inner = *env;
	struct read_spec spec = { .stream = source->stream, .query = source->query,
				  .options = &source->options };
	struct conn *conn = NULL;
	enum err_code rc;

	inner.stop_fd = l->stop_fd;
	rc = engine_open_connection(mem, &inner, source->connection, source->connector, &conn, err);
	atomic_store(&l->conn, conn);
	if (rc == ERR_OK && !(conn->ops->caps & CONN_READ))
		rc = err_set(err, ERR_CONFIG, "connector %s cannot read", conn->ops->type);
	if (rc == ERR_OK)
		rc = conn->ops->describe(conn, mem, &spec, out, NULL, err);
	return rc;
}

/* Whoever looks at it takes it away from the load. */
static bool is_read_once(const struct pipeline_end *source)
{
	struct stat st;

	return source->stream != NULL &&
	       (strcmp(source->stream, "-") == 0 ||
		(stat(source->stream, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))));
}

enum err_code engine_describe(struct arena *mem, const struct engine_env *env,
			      const struct pipeline_end *source, int limit_ms, struct schema *out,
			      struct err *err)
{
	struct look l = { .stop = env->stop, .stop_fd = -1, .end_fd = -1,
			  .until_us = clock_mono_us() + (int64_t)limit_ms * 1000 };
	enum err_code rc = ERR_OK;

	if (is_read_once(source))
		return err_set(err, ERR_CONFIG, "%s can be read only once", source->stream);
	l.stop_fd = eventfd(0, EFD_CLOEXEC);
	l.end_fd = eventfd(0, EFD_CLOEXEC);
	if (l.stop_fd < 0 || l.end_fd < 0 || pthread_create(&l.thread, NULL, watch, &l) != 0) {
		rc = err_set(err, ERR_LIMIT, "no thread to look at the source with");
	} else {
		rc = describe(&l, mem, env, source, out, err);
		poke(l.end_fd);
		pthread_join(l.thread, NULL);
		conn_close(atomic_load(&l.conn));
	}
	if (l.stop_fd >= 0)
		close(l.stop_fd);
	if (l.end_fd >= 0)
		close(l.end_fd);
	if (rc != ERR_OK && atomic_load(&l.is_late) && atomic_load(l.stop) == 0)
		rc = err_set(err, ERR_TIMEOUT, "no answer within %d ms", limit_ms);
	return rc;
}

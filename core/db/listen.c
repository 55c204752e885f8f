/*
 * core/db/listen.c
 *	Sleeping until somebody knocks.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/db/quote.h"
#include "core/db/session.h"

/* The server's own limit, its terminator counted. */
#define PAYLOAD_BYTES 8000

enum err_code session_listen(struct db *db, const char *channel, struct err *err)
{
	struct arena *mem = arena_new(NULL, "listen");
	enum err_code rc;
	char *name;

	rc = quote_ident(mem, channel, &name, err);
	if (rc == ERR_OK)
		rc = session_begin(db, "listen", err);
	if (rc == ERR_OK)
		rc = session_simple(db, arena_printf(mem, "listen %s", name), err);
	arena_free(mem);
	return rc;
}

enum err_code db_listen(struct db *db, const char *channel, struct err *err)
{
	enum err_code rc;

	for (int i = 0; i < db->nchannels; i++) {
		if (strcmp(db->channel[i], channel) == 0)
			return ERR_OK;
	}
	if (db->nchannels == SESSION_CHANNELS)
		return err_set(err, ERR_LIMIT, "one connection listens to at most %d channels",
			       SESSION_CHANNELS);
	rc = session_listen(db, channel, err);
	if (rc == ERR_OK)
		db->channel[db->nchannels++] = mem_strdup(channel);
	return rc;
}

enum err_code db_notify(struct db *db, const char *channel, const char *payload, struct err *err)
{
	struct db_param params[] = { DB_TEXT(channel), DB_TEXT(payload) };
	enum err_code rc = session_begin(db, "notify", err);

	if (rc != ERR_OK)
		return rc;
	if (payload != NULL && strlen(payload) >= PAYLOAD_BYTES)
		return err_set(err, ERR_LIMIT, "a notice holds at most %d bytes",
			       PAYLOAD_BYTES - 1);
	rc = session_send(db, "select pg_catalog.pg_notify($1, $2)", params, 2, err);
	return rc == ERR_OK ? session_collect(db, NULL, err) : rc;
}

static bool take_notice(struct db *db, struct db_notice *out)
{
	PGnotify *n = PQnotifies(db->pg);

	if (n == NULL)
		return false;
	out->pid = n->be_pid;
	strncat(memset(out->channel, 0, sizeof(out->channel)), n->relname,
		sizeof(out->channel) - 1);
	strncat(memset(out->payload, 0, sizeof(out->payload)), n->extra,
		sizeof(out->payload) - 1);
	PQfreemem(n);
	return true;
}

static int ms_left(int64_t until_us)
{
	int64_t left;

	if (until_us == INT64_MAX)
		return -1;
	left = (until_us - clock_mono_us() + 999) / 1000;
	return left <= 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

enum err_code db_wait(struct db *db, int wake_fd, int timeout_ms, struct db_notice *out, bool *got,
		      struct err *err)
{
	enum err_code rc = session_begin(db, "waiting", err);
	int64_t until = timeout_ms < 0 ? INT64_MAX : clock_mono_us() + (int64_t)timeout_ms * 1000;

	*got = false;
	while (rc == ERR_OK) {
		struct pollfd fds[3] = { { .fd = db->wake, .events = POLLIN },
					 { .fd = wake_fd, .events = POLLIN } };
		uint64_t count;
		int n;

		*got = take_notice(db, out);
		if (*got)
			return ERR_OK;
		fds[2] = (struct pollfd){ .fd = PQsocket(db->pg), .events = POLLIN };
		n = poll(fds, 3, ms_left(until));
		if (n < 0 && errno != EINTR)
			return session_lost(db, err);
		if (n > 0 && fds[2].revents != 0 && PQconsumeInput(db->pg) == 0)
			return session_lost(db, err);
		if (n > 0 && fds[0].revents != 0 && read(db->wake, &count, sizeof(count)) > 0 &&
		    atomic_exchange(&db->is_interrupted, 0) != 0)
			return err_set(err, ERR_INTERRUPTED, "waiting was interrupted");
		if (n > 0 && fds[2].revents != 0)
			continue;
		if ((n > 0 && fds[1].revents != 0) || ms_left(until) == 0)
			return ERR_OK;
	}
	return rc;
}

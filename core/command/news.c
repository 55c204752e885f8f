/*
 * core/command/news.c
 *	Following an organization's notices, through lost connections.
 */
#include "core/command/news.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/command/session.h"
#include "core/db/db.h"
#include "core/meta/event.h"
#include "core/meta/place.h"

#define RETRY_FIRST_MS 250
#define RETRY_CAP_MS   1500	/* who waits for a server sees it come back within two seconds */
#define REVIVE_CAP_MS  10000	/* each try starts a private server, and may fail as often */
#define PROBE_MS       3000	/* when somebody asks whether the line still stands */

struct follow {
	struct session *session;
	atomic_int *stop;
	int stop_fd;
	int retry_fd;
	int either;	/* readable when one of the two is; -1: could not be made */
	news_fn fn;
	void *ctx;
	struct db *db;
	struct event_inbox inbox;
	bool is_private;	/* the server is our own */
	int step_ms;	/* longest pause before the next try */
};

/* ---- telling ---------------------------------------------------------------------- */

static void tell(const struct follow *f, const struct news *n)
{
	f->fn(f->ctx, n);
}

static void tell_up(const struct follow *f, const struct meta_place *place, int64_t rtt_us)
{
	struct news n = { .kind = NEWS_UP, .total_bytes = -1, .eta_ms = -1, .rtt_us = rtt_us };

	if (meta_place_is_private(place))
		snprintf(n.server, sizeof(n.server), "private");
	else
		db_where(f->db, n.server, sizeof(n.server));
	tell(f, &n);
}

static void tell_down(const struct follow *f, const struct err *err, int retry_ms)
{
	struct news n = { .kind = NEWS_DOWN, .total_bytes = -1, .eta_ms = -1,
			  .retry_ms = retry_ms };
	char text[700];
	struct buf clean;

	err_text(err, text, sizeof(text));
	buf_init(&clean, sizeof(n.text) - 1);
	text_clean(&clean, text, strlen(text));
	snprintf(n.text, sizeof(n.text), "%s", buf_str(&clean));
	buf_release(&clean);
	tell(f, &n);
}

static void tell_event(const struct follow *f, const struct event *e)
{
	struct news n = {
		.job = e->job,
		.read = e->counts.read, .written = e->counts.written,
		.unchanged = e->counts.unchanged, .filtered = e->counts.filtered,
		.rejected = e->counts.rejected, .bytes = e->counts.bytes,
		.total_bytes = e->total_bytes, .rows_per_s = e->rows_per_s, .eta_ms = e->eta_ms,
		.log_id = e->log_id,
	};

	switch (e->kind) {
	case EVENT_STATE:
		n.kind = NEWS_STATE;
		break;
	case EVENT_PROGRESS:
		n.kind = NEWS_PROGRESS;
		break;
	case EVENT_LOG:
		n.kind = NEWS_LOG;
		break;
	case EVENT_RESYNC:
		n.kind = NEWS_RESYNC;
		break;
	default:
		return;
	}
	if (n.kind != NEWS_RESYNC)
		n.state = job_state_name(e->state);
	memcpy(n.phase, e->phase, sizeof(n.phase));
	tell(f, &n);
}

/* ---- connecting --------------------------------------------------------------------- */

static bool is_stopped(const struct follow *f)
{
	return atomic_load(f->stop) != 0;
}

static bool is_ringing(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return fd >= 0 && poll(&p, 1, 0) > 0;
}

/* Reads "try now" empty; whether it was said. */
static bool take_retry(const struct follow *f)
{
	uint64_t n;

	if (!is_ringing(f->retry_fd))
		return false;
	while (read(f->retry_fd, &n, sizeof(n)) < 0 && errno == EINTR)
		;
	return true;
}

/* A private server that has died stays dead until somebody starts it. */
static enum err_code open_session(struct follow *f, struct meta_place *place,
				  const struct meta_login *how, int64_t *org, struct err *err)
{
	struct err other = { 0 };
	enum err_code rc = meta_open(place, how, &f->db, org, err);

	if (rc != ERR_UNREACHABLE || is_stopped(f) ||
	    meta_place_revive(place, &other) != ERR_OK)
		return rc;
	err_clear(err);
	return meta_open(place, how, &f->db, org, err);
}

static enum err_code connect(struct follow *f, struct err *err)
{
	struct meta_login how = {
		.role = f->session->is_read_only ? META_READER : META_APP,
		.app_name = "leat console", .org = f->session->org, .is_listener = true,
		.stop_fd = f->stop_fd > 0 ? f->stop_fd : 0,
	};
	struct meta_place *place;
	int64_t org = 0, start_us;
	enum err_code rc = session_place(f->session, &place, err);

	f->inbox.n = f->inbox.at = 0;
	if (rc == ERR_OK)
		f->is_private = meta_place_is_private(place);
	if (rc == ERR_OK)
		rc = open_session(f, place, &how, &org, err);
	if (rc != ERR_OK)
		return rc;
	/* The session's organization would wrap what follows into transactions. */
	db_set_org(f->db, 0);
	start_us = clock_mono_us();
	rc = event_listen(f->db, org, err);
	if (rc == ERR_OK)
		tell_up(f, place, clock_mono_us() - start_us);
	return rc;
}

/* Between half of the step and all of it, so that a crowd spreads out. */
static int pause_ms(struct follow *f)
{
	int step = f->step_ms, cap = f->is_private ? REVIVE_CAP_MS : RETRY_CAP_MS;
	uint32_t r;

	if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r))
		r = (uint32_t)clock_mono_us();
	f->step_ms = step * 2 < cap ? step * 2 : cap;
	return step / 2 + (int)(r % (uint32_t)(step / 2 + 1));
}

static void wait_retry(struct follow *f, int ms)
{
	struct pollfd p[2] = { { .fd = f->stop_fd, .events = POLLIN },
			       { .fd = f->retry_fd, .events = POLLIN } };

	poll(p, 2, ms);
	/* Asked for now: the next pause is a short one again. */
	if (take_retry(f))
		f->step_ms = RETRY_FIRST_MS;
}

/* ---- listening ------------------------------------------------------------------------ */

/* Until the connection is lost or somebody wants to stop. */
static enum err_code listen_on(struct follow *f, struct err *err)
{
	int wake = f->either >= 0 ? f->either : f->stop_fd;
	enum err_code rc = ERR_OK;

	while (rc == ERR_OK && !is_stopped(f)) {
		struct event e;
		bool got = false;

		rc = event_next(f->db, &f->inbox, wake, -1, &e, &got, err);
		if (rc == ERR_OK && got)
			tell_event(f, &e);
		else if (rc == ERR_OK && !is_stopped(f) && take_retry(f)) {
			db_set_deadline(f->db, PROBE_MS);
			rc = db_query(f->db, "select 1", NULL, 0, NULL, err);
			db_set_deadline(f->db, 0);
		}
	}
	return rc;
}

/* One descriptor that is readable when either of two is. */
static int either_of(int a, int b)
{
	struct epoll_event on_a = { .events = EPOLLIN, .data.fd = a };
	struct epoll_event on_b = { .events = EPOLLIN, .data.fd = b };
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd >= 0 && a >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, a, &on_a) == 0 && b >= 0 &&
	    epoll_ctl(fd, EPOLL_CTL_ADD, b, &on_b) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

void news_follow(struct session *session, atomic_int *stop, int stop_fd, int retry_fd, news_fn fn,
		 void *ctx)
{
	struct follow f = {
		.session = session, .stop = stop, .stop_fd = stop_fd, .retry_fd = retry_fd,
		.either = either_of(stop_fd, retry_fd), .fn = fn, .ctx = ctx,
		.step_ms = RETRY_FIRST_MS,
	};

	while (!is_stopped(&f)) {
		struct err err = { 0 };
		enum err_code rc = connect(&f, &err);

		if (rc == ERR_OK) {
			f.step_ms = RETRY_FIRST_MS;
			rc = listen_on(&f, &err);
		}
		db_close(f.db);
		f.db = NULL;
		if (rc != ERR_OK && !is_stopped(&f)) {
			int ms = pause_ms(&f);

			tell_down(&f, &err, ms);
			wait_retry(&f, ms);
		}
	}
	if (f.either >= 0)
		close(f.either);
}

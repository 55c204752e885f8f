/*
 * core/command/news.h
 *	What happens in an organization, as it happens, for a face that shows it.
 *
 * One thread holds a listening connection, and tells of states, progress and new
 * log lines; it sends no statement while nothing happens. A lost connection
 * is told (NEWS_DOWN, with why), tried again with growing pauses and jitter, and told again
 * (NEWS_UP): whoever shows something reads it anew then. Engines tell nobody that they
 * come or go: what shows them looks by itself.
 *
 * Memory:  struct news is a value.
 * Threads: news_follow() blocks its own thread; fn is called from it.
 */
#ifndef CORE_COMMAND_NEWS_H
#define CORE_COMMAND_NEWS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

struct session;

enum news_kind {
	NEWS_UP,	/* connected, again or for the first time: read what you show */
	NEWS_DOWN,	/* the connection is lost, or could not be made: text says why */
	NEWS_RESYNC,	/* notices may be missing: read what you show */
	NEWS_STATE,	/* the job's state is new */
	NEWS_PROGRESS,
	NEWS_LOG	/* lines of the job up to log_id are there */
};

struct news {
	enum news_kind kind;
	int64_t job;		/* 0: none */
	const char *state;	/* "running", ...; static */
	char phase[24];
	int64_t read, written, unchanged, filtered, rejected, bytes;
	int64_t total_bytes;	/* -1: unknown */
	int64_t rows_per_s;
	int64_t eta_ms;		/* -1: unknown */
	int64_t log_id;
	int64_t rtt_us;		/* NEWS_UP: a round trip to the server */
	char server[64];	/* NEWS_UP: where it is: "private", "db1.example:5432/leat" */
	char text[200];		/* NEWS_DOWN: why; clean */
	int retry_ms;		/* NEWS_DOWN: when it is tried again */
};

typedef void (*news_fn)(void *ctx, const struct news *n);

/*
 * Until *stop is not 0 (stop_fd is readable then). retry_fd (an eventfd; -1: none): readable
 * means "try now", or "see whether the connection still stands"; it is read empty. The
 * session is this thread's own, and lends place, organization and role; its connection is
 * not used.
 */
void news_follow(struct session *session, atomic_int *stop, int stop_fd, int retry_fd,
		 news_fn fn, void *ctx);
#endif

/*
 * core/meta/event.h
 *	The knock on the door: small notices between processes.
 *
 * One channel per organization (leat_<id>) carries state, progress and "there
 * are new log lines", one event or several in a notice; EVENT_WAKE_CHANNEL
 * tells engines about work and about jobs to stop. NOTIFY knows neither rights
 * nor row security, so a payload holds ids, numbers and leat's own words only,
 * and stays below EVENT_MAX_BYTES. Notices may be lost: LISTEN first, then read the tables,
 * then believe notices; after every reconnect again.
 *
 * Memory:  struct event is a value.
 * Threads: one session, one thread.
 */
#ifndef CORE_META_EVENT_H
#define CORE_META_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/meta/job.h"

struct buf;
struct db_notice;

#define EVENT_WAKE_CHANNEL "leat_wake"
#define EVENT_MAX_BYTES    7900
#define EVENT_PACK         64	/* events in a notice, at most */

enum event_kind {
	EVENT_STATE,	/* the job's state is new */
	EVENT_PROGRESS,
	EVENT_LOG,	/* log lines up to log_id are there */
	EVENT_CANCEL,	/* wake channel: this job is to stop or to give way */
	EVENT_BUSY,	/* wake channel: an engine that was idle runs something */
	EVENT_SWEPT,	/* wake channel: an engine has just swept the queue */
	EVENT_DRAIN,	/* wake channel: the engine of that number (job) is to stop */
	EVENT_RESYNC,	/* notices may be missing: read again what you show */
	EVENT_WORK,	/* wake channel: something is in the queue */
	EVENT_OTHER	/* from a newer program: ignore */
};

struct event {
	enum event_kind kind;
	int64_t org_id;
	int64_t job;		/* 0: none */
	int64_t run;
	enum job_state state;
	char phase[24];		/* "" : none */
	struct job_counts counts;
	int64_t total_bytes;	/* -1: unknown */
	int64_t rows_per_s;
	int64_t eta_ms;		/* -1: unknown */
	int64_t log_id;
};

/* What a notice held and nobody has taken yet. Zeroed: nothing. */
struct event_inbox {
	int n, at;
	struct event e[EVENT_PACK];
};

/* "leat_<org>"; size >= 32. */
void event_channel(int64_t org_id, char *buf, int size);

/* The payload of e; out is cleared first. ERR_LIMIT past EVENT_MAX_BYTES. */
enum err_code event_encode(const struct event *e, struct buf *out, struct err *err) MUST_USE;

/*
 * What a notice says; anything that is not ours becomes EVENT_OTHER, and what there are
 * too many of EVENT_RESYNC. Never fails.
 */
void event_decode(const struct db_notice *n, struct event_inbox *out);

/* Outside a transaction only: ERR_BUG inside one. */
enum err_code event_send(struct db *db, const struct event *e, struct err *err) MUST_USE;
/*
 * Any number, of any organizations, in one statement; those of an organization keep their
 * order and share notices. ERR_TRANSIENT: the server's notices are jammed; none was sent.
 */
enum err_code event_send_all(struct db *db, const struct event *e, int n,
			     struct err *err) MUST_USE;

/* To whoever shows something of that organization: notices may be missing. */
enum err_code event_resync(struct db *db, int64_t org_id, struct err *err) MUST_USE;

/* Tells engines that there is work, or that somebody is busy who was not. */
enum err_code event_wake(struct db *db, struct err *err) MUST_USE;
enum err_code event_busy(struct db *db, struct err *err) MUST_USE;

/* LISTEN to an organization's channel, or to the engines' one. */
enum err_code event_listen(struct db *db, int64_t org_id, struct err *err) MUST_USE;
enum err_code event_listen_wake(struct db *db, struct err *err) MUST_USE;

/* What is left in the inbox first; then sleeps as db_wait() does. *got: out holds an event. */
enum err_code event_next(struct db *db, struct event_inbox *in, int wake_fd, int timeout_ms,
			 struct event *out, bool *got, struct err *err) MUST_USE;
#endif

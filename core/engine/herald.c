/*
 * core/engine/herald.c
 *	Collects what jobs say and what becomes of them; tells it in batches.
 */
#include "core/engine/herald.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/db/db.h"
#include "core/meta/job_log.h"

#define FLUSH_US     50000
#define RETRY_US     1000000	/* after notices were refused */
#define MAX_EVENTS   4096	/* beyond, listeners are told to read again */
#define END_WAIT_S   3		/* for lines that the flushing thread has in hand */
#define HEAD_LINES   5000
#define HEAD_BYTES   (1u << 20)
#define LEFT_BYTES   (8u << 20)	/* of runs that are over, whose lines cannot be written */

/* Lines with texts of their own. */
struct lines {
	struct job_log_line *l;
	int n, cap;
	size_t bytes;
};

struct herald_log {
	struct herald *h;
	struct job_lease lease;
	struct herald_bounds bounds;
	struct lines due;	/* to be written */
	struct lines tail;	/* kept for the end; a ring once it is full */
	int tail_at;		/* the oldest of it */
	int said;
	int head_lines;
	size_t head_bytes;
	int64_t left_out, left_out_bytes;
	bool is_long;		/* its head is full */
	bool is_unsure;		/* some of `due` may be in the table already */
	bool is_busy;		/* the flushing thread has lines of it in hand */
	bool is_closed;
	struct herald_log *next;
};

struct herald {
	int wake_fd;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct event *event;	/* MAX_EVENTS */
	int nevents;
	struct herald_log *first;
	int64_t flush_us;	/* when to flush; INT64_MAX: nothing waits */
	int64_t last_us, retry_us;
};

struct herald *herald_new(int wake_fd)
{
	struct herald *h = mem_alloc(sizeof(*h));
	pthread_condattr_t attr;

	*h = (struct herald){ .wake_fd = wake_fd, .flush_us = INT64_MAX };
	h->event = mem_alloc(MAX_EVENTS * sizeof(*h->event));
	pthread_mutex_init(&h->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&h->changed, &attr);
	pthread_condattr_destroy(&attr);
	return h;
}

/* ---- lines ----------------------------------------------------------------------- */

static void lines_put(struct lines *to, struct job_log_line line)
{
	if (to->n == to->cap) {
		to->cap = to->cap > 0 ? to->cap * 2 : 16;
		to->l = mem_resize(to->l, (size_t)to->cap * sizeof(*to->l));
	}
	to->bytes += strlen(line.line);
	to->l[to->n++] = line;
}

static void lines_release(struct lines *x)
{
	for (int i = 0; i < x->n; i++)
		free((char *)(uintptr_t)x->l[i].line);
	free(x->l);
	*x = (struct lines){ 0 };
}

/* The first `done` are in the table; the others come before what was said since. */
static void lines_put_back(struct lines *due, struct lines *taken, int done)
{
	struct lines newer = *due;

	*due = (struct lines){ 0 };
	for (int i = 0; i < taken->n; i++) {
		if (i < done)
			free((char *)(uintptr_t)taken->l[i].line);
		else
			lines_put(due, taken->l[i]);
	}
	for (int i = 0; i < newer.n; i++)
		lines_put(due, newer.l[i]);
	free(newer.l);
	free(taken->l);
	*taken = (struct lines){ 0 };
}

static struct job_log_line make_line(struct herald_log *log, int level, const char *text)
{
	char *copy = mem_strdup(text);

	if (strlen(copy) > JOB_LOG_LINE_BYTES + 1)
		copy[JOB_LOG_LINE_BYTES + 1] = '\0';	/* the table cuts it, and shows that */
	return (struct job_log_line){ .n = ++log->said, .level = level,
				      .said_us = clock_mono_us(), .line = copy };
}

static void drop_oldest(struct herald_log *log)
{
	struct job_log_line *old = &log->tail.l[log->tail_at++];
	size_t n = strlen(old->line);

	log->left_out++;
	log->left_out_bytes += (int64_t)n;
	log->tail.bytes -= n;
	free((char *)(uintptr_t)old->line);
	/* What is before tail_at is gone: now and then the rest moves down. */
	if (log->tail_at > log->bounds.lines || log->tail_at == log->tail.n) {
		log->tail.n -= log->tail_at;
		memmove(log->tail.l, log->tail.l + log->tail_at,
			(size_t)log->tail.n * sizeof(*log->tail.l));
		log->tail_at = 0;
	}
}

static void keep_for_the_end(struct herald_log *log, int level, const char *text)
{
	lines_put(&log->tail, make_line(log, level, text));
	while (log->tail.n - log->tail_at > log->bounds.lines ||
	       (log->tail.bytes > log->bounds.bytes && log->tail.n - log->tail_at > 1))
		drop_oldest(log);
}

/* The end of the log becomes due, behind what was left out before it. */
static void take_tail(struct herald_log *log)
{
	struct lines kept = log->tail;
	char text[120];

	if (log->left_out > 0) {
		snprintf(text, sizeof(text), "%" PRId64 " lines (%" PRId64 " bytes) are left out "
			 "here", log->left_out, log->left_out_bytes);
		lines_put(&log->due, make_line(log, LOG_WARN, text));
	}
	for (int i = log->tail_at; i < kept.n; i++)
		lines_put(&log->due, kept.l[i]);
	free(kept.l);
	log->tail = (struct lines){ 0 };
	log->tail_at = 0;
	log->left_out = log->left_out_bytes = 0;
}

/* ---- what waits --------------------------------------------------------------------- */

/* With the lock held. Events go at once, when the last flush is long enough ago. */
static void plan(struct herald *h, bool is_urgent)
{
	int64_t now = clock_mono_us(), at = now + FLUSH_US;
	uint64_t one = 1;

	if (is_urgent)
		at = h->last_us + FLUSH_US > now ? h->last_us + FLUSH_US : now;
	if (at < h->retry_us)
		at = h->retry_us;
	if (at >= h->flush_us)
		return;
	h->flush_us = at;
	if (h->wake_fd >= 0 && write(h->wake_fd, &one, sizeof(one)) < 0)
		log_line(LOG_DEBUG, "waking the herald failed");
}

static void forget_event(struct herald *h, int i)
{
	h->nevents--;
	memmove(&h->event[i], &h->event[i + 1], (size_t)(h->nevents - i) * sizeof(*h->event));
}

/* Whoever shows something of those organizations reads it again. */
static int as_resyncs(struct event *e, int n)
{
	int kept = 0;

	for (int i = 0; i < n; i++) {
		int64_t org = e[i].org_id;
		int k = 0;

		while (k < kept && e[k].org_id != org)
			k++;
		if (k == kept)
			e[kept++] = (struct event){ .kind = EVENT_RESYNC, .org_id = org };
	}
	return kept;
}

static void add_event(struct herald *h, const struct event *e)
{
	for (int i = 0; i < h->nevents && e->kind != EVENT_STATE; i++) {
		const struct event *x = &h->event[i];

		if (x->kind == e->kind && x->org_id == e->org_id && x->job == e->job &&
		    x->run == e->run)
			forget_event(h, i--);
	}
	if (h->nevents == MAX_EVENTS)
		h->nevents = as_resyncs(h->event, h->nevents);
	/* More organizations than places: theirs are read again with the next change. */
	if (h->nevents < MAX_EVENTS)
		h->event[h->nevents++] = *e;
}

void herald_tell(struct herald *h, const struct event *e)
{
	pthread_mutex_lock(&h->lock);
	add_event(h, e);
	plan(h, true);
	pthread_mutex_unlock(&h->lock);
}

struct herald_log *herald_log_open(struct herald *h, const struct job_lease *lease,
				   const struct herald_bounds *bounds)
{
	struct herald_log *log = mem_alloc(sizeof(*log));

	*log = (struct herald_log){ .h = h, .lease = *lease,
				    .bounds = { HEAD_LINES, HEAD_BYTES } };
	if (bounds != NULL)
		log->bounds = *bounds;
	pthread_mutex_lock(&h->lock);
	log->next = h->first;
	h->first = log;
	pthread_mutex_unlock(&h->lock);
	return log;
}

void herald_log_say(struct herald_log *log, int level, const char *line)
{
	struct herald *h = log->h;
	size_t n = strlen(line);
	char text[160];

	pthread_mutex_lock(&h->lock);
	if (!log->is_long && (log->head_lines >= log->bounds.lines ||
			      log->head_bytes + n > log->bounds.bytes)) {
		log->is_long = true;
		snprintf(text, sizeof(text), "the log is long: of what follows the last %d lines "
			 "are kept, and written when this attempt ends", log->bounds.lines);
		lines_put(&log->due, make_line(log, LOG_WARN, text));
	}
	if (log->is_long) {
		keep_for_the_end(log, level, line);
	} else {
		log->head_lines++;
		log->head_bytes += n;
		lines_put(&log->due, make_line(log, level, line));
	}
	if (log->due.n > 0)
		plan(h, false);
	pthread_mutex_unlock(&h->lock);
}

/* ---- writing -------------------------------------------------------------------------- */

/* With the lock held: lines that could be written are told of, the others wait on. */
static void written(struct herald_log *log, struct lines *taken, const struct job_log_batch *b,
		    bool is_unsure)
{
	struct event e = { .kind = EVENT_LOG, .org_id = log->lease.org_id, .job = log->lease.job,
			   .run = log->lease.run, .state = JOB_RUNNING, .log_id = b->last_id };

	if (b->last_id > 0)
		add_event(log->h, &e);
	log->is_unsure = b->done < b->n && is_unsure;
	lines_put_back(&log->due, taken, b->done);
}

static void unlink_log(struct herald_log *log)
{
	struct herald_log **at = &log->h->first;

	while (*at != log)
		at = &(*at)->next;
	*at = log->next;
	lines_release(&log->due);
	lines_release(&log->tail);
	free(log);
}

bool herald_log_end(struct herald_log *log, struct db *books)
{
	struct herald *h = log->h;
	struct timespec until;
	struct lines taken;
	struct job_log_batch b;
	struct err err = { 0 };
	bool is_done, was_unsure;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += END_WAIT_S;
	pthread_mutex_lock(&h->lock);
	while (log->is_busy && pthread_cond_timedwait(&h->changed, &h->lock, &until) == 0)
		continue;
	if (log->is_long)
		take_tail(log);
	taken = log->due;
	was_unsure = log->is_unsure;
	log->due = (struct lines){ 0 };
	pthread_mutex_unlock(&h->lock);
	b = (struct job_log_batch){ .lease = log->lease, .lines = taken.l, .n = taken.n };
	if (b.n > 0 && books != NULL && !db_is_broken(books) &&
	    job_log_add(books, &b, 1, was_unsure, &err) != ERR_OK)
		log_line(LOG_DEBUG, "job %" PRId64 ": the end of its log waits: %s",
			 log->lease.job, err.frame[0].text);
	pthread_mutex_lock(&h->lock);
	written(log, &taken, &b, was_unsure || (books != NULL && db_is_broken(books)));
	is_done = log->due.n == 0 && !log->is_busy;
	if (b.n > 0)
		plan(h, false);
	pthread_mutex_unlock(&h->lock);
	return is_done;
}

/* Of runs that are over, still to be written. */
static size_t left_bytes(const struct herald *h)
{
	size_t n = 0;

	for (const struct herald_log *x = h->first; x != NULL; x = x->next)
		n += x->is_closed ? x->due.bytes : 0;
	return n;
}

void herald_log_close(struct herald_log *log, struct db *books)
{
	struct herald *h;
	bool is_done;

	if (log == NULL)
		return;
	h = log->h;
	is_done = herald_log_end(log, books);
	pthread_mutex_lock(&h->lock);
	if (!is_done && !log->is_busy && left_bytes(h) + log->due.bytes > LEFT_BYTES) {
		log_line(LOG_WARN, "job %" PRId64 ": %d lines of its log are lost", log->lease.job,
			 log->due.n);
		is_done = true;
	}
	log->is_closed = true;
	if (is_done)
		unlink_log(log);
	pthread_mutex_unlock(&h->lock);
}

/* Lines of a run that the table does not take are no reason to keep those of the others. */
static void write_each(struct db *db, struct job_log_batch *b, int n)
{
	for (int i = 0; i < n; i++) {
		struct err err = { 0 };

		if (job_log_add(db, &b[i], 1, true, &err) == ERR_OK || db_is_broken(db))
			continue;
		log_line(LOG_WARN, "job %" PRId64 ": %d lines of its log cannot be kept: %s",
			 b[i].lease.job, b[i].n - b[i].done, err.frame[0].text);
		b[i].done = b[i].n;
	}
}

static void flush_logs(struct herald *h, struct db *db)
{
	struct herald_log **log;
	struct lines *taken;
	struct job_log_batch *b;
	struct err err = { 0 };
	bool again = false, is_unsure;
	enum err_code rc;
	int n = 0, i = 0;

	for (struct herald_log *x = h->first; x != NULL; x = x->next)
		n += x->due.n > 0;
	if (n == 0)
		return;
	log = mem_alloc((size_t)n * sizeof(*log));
	taken = mem_alloc((size_t)n * sizeof(*taken));
	b = mem_alloc((size_t)n * sizeof(*b));
	for (struct herald_log *x = h->first; x != NULL; x = x->next) {
		if (x->due.n == 0)
			continue;
		x->is_busy = true;
		again |= x->is_unsure;
		log[i] = x;
		taken[i] = x->due;
		x->due = (struct lines){ 0 };
		b[i] = (struct job_log_batch){ .lease = x->lease, .lines = taken[i].l,
					       .n = taken[i].n };
		i++;
	}
	pthread_mutex_unlock(&h->lock);
	rc = job_log_add(db, b, n, again, &err);
	if (rc != ERR_OK && !db_is_broken(db) && !err_is_retryable(rc))
		write_each(db, b, n);
	is_unsure = again || db_is_broken(db);
	pthread_mutex_lock(&h->lock);
	for (i = 0; i < n; i++) {
		written(log[i], &taken[i], &b[i], is_unsure);
		log[i]->is_busy = false;
		if (log[i]->is_closed && log[i]->due.n == 0)
			unlink_log(log[i]);
	}
	pthread_cond_broadcast(&h->changed);
	free(log);
	free(taken);
	free(b);
}

static void flush_events(struct herald *h, struct db *db)
{
	int n = h->nevents;
	struct event *e;
	struct err err = { 0 };
	enum err_code rc;

	if (n == 0)
		return;
	e = mem_alloc((size_t)n * sizeof(*e));
	memcpy(e, h->event, (size_t)n * sizeof(*e));
	h->nevents = 0;
	pthread_mutex_unlock(&h->lock);
	rc = event_send_all(db, e, n, &err);
	pthread_mutex_lock(&h->lock);
	if (rc != ERR_OK) {
		int more = h->nevents;

		log_line(LOG_DEBUG, "events were not sent: %s", err.frame[0].text);
		h->retry_us = clock_mono_us() + RETRY_US;
		n = as_resyncs(e, n);
		if (n + more > MAX_EVENTS)
			h->nevents = more = as_resyncs(h->event, more);
		/* Reading again comes first: what was said since is behind it. */
		if (n + more > MAX_EVENTS)
			n = MAX_EVENTS - more;
		memmove(h->event + n, h->event, (size_t)more * sizeof(*e));
		memcpy(h->event, e, (size_t)n * sizeof(*e));
		h->nevents = n + more;
	}
	free(e);
}

int herald_due_ms(struct herald *h)
{
	int64_t left;

	pthread_mutex_lock(&h->lock);
	left = h->flush_us == INT64_MAX ? -1 : h->flush_us - clock_mono_us();
	if (h->flush_us != INT64_MAX && left < 0)
		left = 0;
	pthread_mutex_unlock(&h->lock);
	return left < 0 ? -1 : (int)((left + 999) / 1000);
}

void herald_flush(struct herald *h, struct db *db)
{
	pthread_mutex_lock(&h->lock);
	h->flush_us = INT64_MAX;
	h->last_us = clock_mono_us();
	flush_logs(h, db);
	if (!db_is_broken(db))
		flush_events(h, db);
	if (h->nevents > 0)
		plan(h, false);
	for (const struct herald_log *x = h->first; x != NULL; x = x->next) {
		if (x->due.n > 0)
			plan(h, false);
	}
	pthread_mutex_unlock(&h->lock);
}

void herald_free(struct herald *h)
{
	if (h == NULL)
		return;
	while (h->first != NULL) {
		log_line(LOG_WARN, "job %" PRId64 ": %d lines of its log are lost",
			 h->first->lease.job, h->first->due.n);
		unlink_log(h->first);
	}
	pthread_cond_destroy(&h->changed);
	pthread_mutex_destroy(&h->lock);
	free(h->event);
	free(h);
}

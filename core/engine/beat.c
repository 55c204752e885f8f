/*
 * core/engine/beat.c
 *	The thread that keeps the engine alive in the eyes of the others.
 */
#include "core/engine/beat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/db/db.h"
#include "core/engine/stall.h"
#include "core/meta/deadline.h"
#include "core/meta/engine_row.h"
#include "core/meta/event.h"
#include "core/meta/place.h"

#define TICK_US      100000	/* 10 events a second at most */
#define TABLE_US     1000000	/* progress in the tables */
#define STILL_US     2000000	/* a load that tells nothing for so long stands still */
#define BLOCKED_US   10000000	/* between two looks at who blocks its target */
#define LEASE_MS     15000
#define LEASE_SHARE  3		/* a renewal every third of the lease */
#define REPEAT_US    1000000	/* a stop that was not heard yet is passed on again */
#define FORCE_US     5000000	/* a cancel that was not heard is written down without the load */
#define LINGER_US    5000000	/* an engine stays busy that long after its last job, */
#define LINGER_SHARE 3		/* or a third of the lease, which nobody renews then */
#define LOOK_US      500000	/* whether busy engines live */
#define RETURN_US    5000000	/* after a lost session of our own, before others are looked at */
#define GRACE_US     400000	/* between two looks, before an engine is called dead */
#define REVIVE_US    3000000	/* between two starts of a private server that dies */
#define MAX_SUSPECTS 16

struct suspect {
	int id;
	int64_t since_us;
};

struct orphan {
	struct job_lease lease;
	struct orphan *next;
};

struct beat {
	const struct engine_env *env;
	const struct beat_ear *ear;
	struct db *db;
	int lease_ms;
	int engine;
	int wake_fd;		/* something changed: an entry came, or the end */
	int end_fd;		/* readable at the end: what runs then is hurried */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_mutex_t look;	/* one look at the others at a time; with lock only tried */
	pthread_cond_t changed;
	struct beat_entry *first;
	struct beat_entry *busy;	/* being worked on without the lock */
	int entries;
	bool is_ending;
	bool has_lease;		/* the others watch us */
	bool is_cut;		/* the session has to be made good again */
	bool is_asked;		/* somebody asked for a stop: look at once */
	bool is_watching;	/* some other engine may be busy */
	int64_t revive_us;	/* when a dead server was last tried to be started */
	int64_t idle_us;	/* since when nothing runs here */
	int64_t look_us, beat_us;
	int64_t stop_seen_us;
	struct suspect suspect[MAX_SUSPECTS];
	int nsuspects;
	struct orphan *orphans;
	struct herald *herald;
	struct event_inbox inbox;
};

int beat_lease_ms(const struct engine_env *env)
{
	const char *text = getenv("LEAT_LEASE_MS");
	long ms = env->lease_ms > 0 ? env->lease_ms : text != NULL ? strtol(text, NULL, 10) : 0;

	return ms >= 100 && ms <= 3600000 ? (int)ms : LEASE_MS;
}

struct job_counts beat_counts(const struct ledger *l)
{
	return (struct job_counts){
		.read = l->read, .written = l->written, .unchanged = l->unchanged,
		.filtered = l->filtered, .rejected = l->rejected, .bytes = l->bytes,
	};
}

struct job_spent beat_spent(const struct flow_spent *s)
{
	return (struct job_spent){ .source_us = s->source_us, .mapping_us = s->mapping_us,
				   .target_us = s->target_us };
}

static void poke(int fd)
{
	uint64_t one = 1;

	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0)
		log_line(LOG_DEBUG, "waking a thread failed");
}

static void interrupt_ends(const struct beat_entry *e)
{
	if (e->source != NULL && e->source->ops->interrupt != NULL)
		e->source->ops->interrupt(e->source);
	if (e->target != NULL && e->target->ops->interrupt != NULL)
		e->target->ops->interrupt(e->target);
}

static void stop_load(struct beat_entry *e, enum flow_stop how)
{
	if (e->asked_us == 0)
		e->asked_us = clock_mono_us();
	e->how = how;
	if (e->flow != NULL)
		atomic_store(&e->flow->stop, how);
	poke(e->stop_fd);
	interrupt_ends(e);
}

static void tell_face(const struct beat_entry *e, const struct flow_progress *p, bool is_last)
{
	struct engine_progress ep = {
		.job = e->lease.job,
		.phase = p->phase,
		.ledger = p->ledger,
		.total_bytes = p->total_bytes,
		.rows_per_s = e->meter.rows_per_s,
		.eta_ms = meter_eta_ms(&e->meter, p->total_bytes),
		.is_last = is_last,
	};

	if (e->hooks != NULL && e->hooks->progress != NULL)
		e->hooks->progress(e->hooks->ctx, &ep);
}

static void send_event(struct beat *b, struct beat_entry *e, const struct flow_progress *p)
{
	struct event ev = {
		.kind = EVENT_PROGRESS,
		.org_id = e->lease.org_id,
		.job = e->lease.job,
		.run = e->lease.run,
		.state = JOB_RUNNING,
		.counts = beat_counts(&p->ledger),
		.total_bytes = p->total_bytes,
		.rows_per_s = (int64_t)e->meter.rows_per_s,
		.eta_ms = meter_eta_ms(&e->meter, p->total_bytes),
	};

	strncat(ev.phase, p->phase != NULL ? p->phase : "", sizeof(ev.phase) - 1);
	herald_tell(b->herald, &ev);
}

/* ---- the lease ------------------------------------------------------------------- */

/* A load that does not hear: the books say it without the load, which is fenced by that. */
static void force(struct beat *b, struct beat_entry *e)
{
	const struct job_left left = { .trace = JOB_TRACE_UNSURE };
	struct err why = { 0 }, err = { 0 };
	enum job_state state;
	enum err_code rc;

	if (e->is_overdue)
		err_set(&why, ERR_TIMEOUT, "the time limit was reached, and the load did not stop");
	else
		err_set(&why, ERR_CANCELLED, "cancelled; the load did not stop by itself");
	rc = job_fail(b->db, &e->lease, &why, &left, &state, &err);
	if (rc == ERR_OK)
		log_line(LOG_WARN, "job %lld does not stop; it is %s without its load",
			 (long long)e->lease.job, job_state_name(state));
	/* What could not be written down is still the load's to write. */
	e->is_fenced = rc == ERR_OK || rc == ERR_FENCED;
}

static void heed(struct beat *b, struct beat_entry *e, const struct engine_pulse *p)
{
	int64_t now = clock_mono_us();

	if (e->is_fenced)
		return;
	if (!p->is_held) {
		e->is_fenced = true;
		log_line(LOG_WARN, "job %lld: another attempt has taken over; run %lld stops here",
			 (long long)e->lease.job, (long long)e->lease.run);
		stop_load(e, FLOW_HAND_BACK);
		return;
	}
	if (p->is_cancelled)
		stop_load(e, FLOW_CANCEL);
	else if (p->is_paused)
		stop_load(e, FLOW_HAND_BACK);
	if (e->asked_us != 0 && e->how == FLOW_CANCEL && now - e->asked_us > FORCE_US)
		force(b, e);
}

static void fence_all(struct beat *b)
{
	for (struct beat_entry *e = b->first; e != NULL; e = e->next) {
		if (!e->is_fenced)
			stop_load(e, FLOW_HAND_BACK);
		e->is_fenced = true;
	}
}

/* A progress line lost in a server crash costs nothing; a flush each would. */
static enum err_code relax(struct beat *b, struct err *err)
{
	return db_exec(b->db, "set synchronous_commit = off", err);
}

/* A new row: at the beginning, or when the others have buried the old one. */
static enum err_code enlist(struct beat *b, struct err *err)
{
	char host[64] = "host", name[96];
	struct engine_self self = {
		.name = name,
		.version = PACKAGE_VERSION,
		.slots = b->ear != NULL ? b->ear->slots : 1,
		.queues = b->ear != NULL ? b->ear->queues : "{}",
	};

	gethostname(host, sizeof(host) - 1);
	snprintf(name, sizeof(name), "%s:%d", host, (int)getpid());
	return engine_row_start(b->db, &self, &b->engine, err);
}

/* A private server that has died stays dead until somebody starts it. */
static enum err_code revive(struct beat *b, struct err *err)
{
	struct err look = { 0 };
	int64_t now = clock_mono_us();

	if (now - b->revive_us < REVIVE_US)
		return ERR_UNREACHABLE;
	b->revive_us = now;
	if (meta_place_revive(b->env->place, &look) != ERR_OK)
		return ERR_UNREACHABLE;
	err_clear(err);
	return db_reconnect(b->db, 1000, err);
}

/* The session is gone, and the lock with it: quickly back, or others call us dead. */
static void come_back(struct beat *b)
{
	struct err err = { 0 };
	bool is_new = db_is_broken(b->db), is_buried;
	int before = b->engine;
	enum err_code rc;

	b->is_cut = true;
	pthread_mutex_unlock(&b->lock);
	rc = is_new ? db_reconnect(b->db, 1000, &err) : ERR_OK;
	if (rc == ERR_UNREACHABLE)
		rc = revive(b, &err);
	if (rc == ERR_OK && is_new)
		rc = relax(b, &err);
	if (rc == ERR_OK)
		rc = engine_row_lock(b->db, before, &err);
	is_buried = rc == ERR_FENCED;
	if (is_buried) {
		err_clear(&err);
		rc = enlist(b, &err);
	}
	/* A claim under the old number may still have been on its way. */
	if (rc == ERR_OK && is_buried && !is_new)
		rc = engine_row_unlock(b->db, before, &err);
	if (rc == ERR_OK)
		rc = event_listen_wake(b->db, &err);
	pthread_mutex_lock(&b->lock);
	if (is_buried) {
		log_line(LOG_WARN, "this engine was given up while it was cut off; it starts anew");
		fence_all(b);
	}
	b->is_cut = rc != ERR_OK;
	if (b->is_cut) {
		log_line(LOG_WARN, "heartbeat: leat's database does not answer: %s",
			 err.frame[0].text);
		return;
	}
	/* Whatever cut us off may have cut off all: they get the time to come back, too. */
	if (is_new)
		b->look_us = clock_mono_us() + RETURN_US;
	/* Notices may have been missed. */
	b->is_watching = b->is_asked = true;
	b->has_lease = false;
	if (b->ear != NULL)
		poke(b->ear->wake_fd);
}

static bool stands_still(const struct beat_entry *e)
{
	return e->flow != NULL && atomic_load(&e->flow->side) != FLOW_NOWHERE &&
	       clock_mono_us() - e->told_us >= STILL_US;
}

/* A load that stands still tells nothing: what it waits for gets the time since it did. */
static struct job_spent spent_of(const struct beat_entry *e)
{
	struct flow_spent s = e->now.spent;
	int64_t still_us = clock_mono_us() - e->told_us;

	if (!stands_still(e))
		return beat_spent(&s);
	switch (atomic_load(&e->flow->side)) {
	case FLOW_SOURCE:
		s.source_us += still_us;
		break;
	case FLOW_MAPPING:
		s.mapping_us += still_us;
		break;
	default:
		s.target_us += still_us;
	}
	return beat_spent(&s);
}

static void forget_block(struct beat_entry *e)
{
	free(e->blocked_by);
	free(e->blocked_hint);
	e->blocked_by = e->blocked_hint = NULL;
}

static void keep_block(struct beat_entry *e)
{
	struct conn_block found = stall_found(e->stall);

	forget_block(e);
	if (found.by != NULL) {
		e->blocked_by = mem_strdup(found.by);
		e->blocked_hint = mem_strdup(found.hint);
	}
	stall_end(e->stall);
	e->stall = NULL;
}

/* With the lock held. Asked of a target that keeps its load standing still, now and then. */
static void watch_block(struct beat_entry *e)
{
	int64_t now = clock_mono_us();

	if (e->target == NULL || !stands_still(e) ||
	    atomic_load(&e->flow->side) != FLOW_TARGET) {
		forget_block(e);
		e->stall_us = 0;
		return;
	}
	if (e->stall != NULL && stall_is_done(e->stall))
		keep_block(e);
	if (e->stall != NULL || (e->stall_us != 0 && now - e->stall_us < BLOCKED_US))
		return;
	e->stall_us = now;
	e->stall = stall_begin(e->target, e->flow->more, e->flow->nmore);
}

/* With the lock held; lets go of it for the statement. */
static void beat_all(struct beat *b)
{
	struct arena *mem = arena_new(NULL, "beat");
	struct engine_pulse *p;
	struct err err = { 0 };
	bool drain = false, was_idle = !b->has_lease;
	enum err_code rc;
	int n = 0;

	p = arena_array(mem, (size_t)b->entries + 1, sizeof(*p));
	for (struct beat_entry *e = b->first; e != NULL; e = e->next, n++) {
		watch_block(e);
		p[n] = (struct engine_pulse){
			.lease = e->lease,
			.is_new = e->is_unsaved || stands_still(e),
			.counts = beat_counts(&e->now.ledger),
			.spent = spent_of(e),
			.total_bytes = e->now.total_bytes,
			.phase = e->now.phase,
		};
		if (e->blocked_by != NULL) {
			p[n].spent.blocked_by = arena_strdup(mem, e->blocked_by);
			p[n].spent.blocked_hint = arena_strdup(mem, e->blocked_hint);
		}
		e->is_unsaved = false;
	}
	pthread_mutex_unlock(&b->lock);
	rc = engine_row_beat(b->db, b->engine, b->lease_ms, p, n, &drain, &err);
	if (rc == ERR_OK && was_idle && event_busy(b->db, &err) != ERR_OK)
		log_line(LOG_DEBUG, "the other engines were not told");
	pthread_mutex_lock(&b->lock);
	if (rc == ERR_OK) {
		b->has_lease = true;
		if (drain && b->ear != NULL) {
			atomic_store(b->ear->drain, 1);
			poke(b->ear->wake_fd);
		}
		/* Some have left meanwhile, and others come: found by what they hold. */
		for (struct beat_entry *e = b->first; e != NULL; e = e->next)
			for (int i = 0; i < n; i++)
				if (p[i].lease.job == e->lease.job &&
				    p[i].lease.run == e->lease.run)
					heed(b, e, &p[i]);
	} else if (rc == ERR_FENCED) {
		log_line(LOG_WARN, "this engine was given up by the others");
		fence_all(b);
		b->is_cut = true;
	} else {
		log_line(LOG_WARN, "heartbeat: %s", err.frame[0].text);
	}
	arena_free(mem);
}

/* With the lock held. Those that cannot be given back now are tried again. */
static void give_back(struct beat *b)
{
	struct orphan *o = b->orphans, *left = NULL;

	b->orphans = NULL;
	pthread_mutex_unlock(&b->lock);
	while (o != NULL) {
		struct orphan *next = o->next;
		struct err err = { 0 };
		enum err_code rc = db_is_broken(b->db) ? ERR_UNREACHABLE
				 : job_hand_back(b->db, &o->lease, JOB_TRACE_UNSURE, &err);

		if (rc == ERR_OK || rc == ERR_FENCED) {
			log_line(LOG_INFO, "job %lld: its end was not written down; the next attempt "
				 "asks the target", (long long)o->lease.job);
			free(o);
		} else {
			o->next = left;
			left = o;
		}
		o = next;
	}
	pthread_mutex_lock(&b->lock);
	while (left != NULL) {
		struct orphan *next = left->next;

		left->next = b->orphans;
		b->orphans = left;
		left = next;
	}
}

/* ---- the others --------------------------------------------------------------------- */

static int64_t suspected_since(struct beat *b, int id)
{
	for (int i = 0; i < b->nsuspects; i++)
		if (b->suspect[i].id == id)
			return b->suspect[i].since_us;
	return 0;
}

/*
 * One look. *any: somebody is busy. Those seen dead twice are buried; *doubt_ms: how long
 * some must be given to come back before their lock says anything; *left: jobs that the
 * buried still hold.
 */
static enum err_code look(struct beat *b, struct db *db, bool *any, int64_t *doubt_ms, int *jobs,
			  int *left, struct err *err)
{
	struct arena *mem = arena_new(NULL, "look");
	struct suspect next[MAX_SUSPECTS];
	struct engine_others others = { 0 };
	int64_t now = clock_mono_us();
	enum err_code rc = engine_row_others(mem, db, b->engine, &others, err);
	int n = 0, taken, held;

	*left = 0;
	*any = others.n > 0;
	*doubt_ms = 0;
	for (int i = 0; i < others.n && rc == ERR_OK; i++) {
		const struct engine_other *o = &others.e[i];
		int64_t since = suspected_since(b, o->id);

		if (!o->is_gone && o->lease_ms >= 0)
			continue;
		if (o->lease_ms >= 0 && o->doubt_ms > 0) {
			*doubt_ms = o->doubt_ms > *doubt_ms ? o->doubt_ms : *doubt_ms;
			continue;
		}
		if (o->lease_ms >= 0 && (since == 0 || now - since < GRACE_US)) {
			if (n < MAX_SUSPECTS)
				next[n++] = (struct suspect){ o->id, since != 0 ? since : now };
			continue;
		}
		rc = engine_row_bury(db, o->id, &taken, &held, err);
		if (rc == ERR_OK && taken >= 0 && (taken > 0 || held == 0))
			log_line(LOG_WARN, "engine %d is gone; %d of its jobs go back to the queue",
				 o->id, taken);
		if (rc == ERR_OK) {
			*jobs += taken > 0 ? taken : 0;
			*left += held;
		}
	}
	memcpy(b->suspect, next, (size_t)n * sizeof(next[0]));
	b->nsuspects = n;
	arena_free(mem);
	return rc;
}

enum err_code beat_bury(struct beat *b, struct db *books, int *jobs, int *left, struct err *err)
{
	struct beat own = { .engine = beat_engine(b) };
	int64_t doubt_ms = 0;
	bool any = false;
	enum err_code rc;

	*jobs = 0;
	/* What the thread of the heartbeat has taken meanwhile is said when this returns. */
	pthread_mutex_lock(&b->look);
	rc = look(&own, books, &any, &doubt_ms, jobs, left, err);
	if (rc == ERR_OK && doubt_ms > 0) {
		usleep((useconds_t)doubt_ms * 1000);
		rc = look(&own, books, &any, &doubt_ms, jobs, left, err);
	}
	if (rc == ERR_OK && own.nsuspects > 0) {
		usleep(GRACE_US + 50000);
		rc = look(&own, books, &any, &doubt_ms, jobs, left, err);
	}
	pthread_mutex_unlock(&b->look);
	return rc;
}

static void watch_others(struct beat *b)
{
	struct err err = { 0 };
	int jobs = 0, left, overdue = 0;
	int64_t doubt_ms;
	bool any = false;

	b->look_us = clock_mono_us();
	/* Another look of this process takes its time, which the lease does not have. */
	if (pthread_mutex_trylock(&b->look) != 0)
		return;
	pthread_mutex_unlock(&b->lock);
	if (look(b, b->db, &any, &doubt_ms, &jobs, &left, &err) == ERR_OK &&
	    engine_row_overdue(b->db, &overdue, &err) == ERR_OK && overdue > 0)
		log_line(LOG_WARN, "%d jobs did not end when their time was up", overdue);
	if (jobs + overdue > 0 && b->ear != NULL) {
		atomic_store(b->ear->buried, 1);
		poke(b->ear->wake_fd);
	}
	pthread_mutex_unlock(&b->look);
	pthread_mutex_lock(&b->lock);
	b->is_watching = any || db_is_broken(b->db);
}

/* ---- the thread ------------------------------------------------------------------------ */

static void serve(struct beat *b, struct beat_entry *e, const struct flow_progress *p, bool is_told)
{
	int64_t now = clock_mono_us();

	meter_feed(&e->meter, now, p->ledger.read, p->ledger.bytes);
	if (is_told) {
		tell_face(e, p, false);
		send_event(b, e, p);
	}
	if (e->time_limit_ms > 0 && !e->is_overdue &&
	    now - e->since_us > e->time_limit_ms * 1000) {
		e->is_overdue = true;
		stop_load(e, FLOW_CANCEL);
	}
}

static bool should_stop(struct beat *b)
{
	int64_t now = clock_mono_us();

	if (b->env->stop == NULL || atomic_load(b->env->stop) != ENGINE_HAND_BACK)
		return false;
	if (now - b->stop_seen_us < REPEAT_US)
		return false;
	b->stop_seen_us = now;
	return true;
}

/* With the lock held; lets go of it while an entry is served. */
static void round_of_beats(struct beat *b)
{
	bool stop = b->first != NULL && should_stop(b);

	for (struct beat_entry *e = b->first; e != NULL; e = e->next) {
		struct flow_progress p = e->now;
		int64_t now = clock_mono_us();
		/* What comes sooner waits for the next round: the newest is never left out. */
		bool is_told = e->is_new && now - e->event_us >= TICK_US;

		if (is_told) {
			e->is_new = false;
			e->event_us = now;
		}
		b->busy = e;
		pthread_mutex_unlock(&b->lock);
		if (stop)
			stop_load(e, FLOW_HAND_BACK);
		serve(b, e, &p, is_told);
		pthread_mutex_lock(&b->lock);
		b->busy = NULL;
		pthread_cond_broadcast(&b->changed);
	}
}

static int64_t linger_us(const struct beat *b)
{
	int64_t share_us = (int64_t)b->lease_ms * 1000 / LINGER_SHARE;

	return share_us < LINGER_US ? share_us : LINGER_US;
}

/* Nothing ran for a while: the others need not watch. */
static void lay_down(struct beat *b)
{
	struct err err = { 0 };
	enum err_code rc = engine_row_rest(b->db, b->engine, &err);

	b->has_lease = rc != ERR_OK && rc != ERR_FENCED;
	b->is_cut |= rc == ERR_FENCED;
}

/* When the next thing is to be done without being woken, in ms; -1: nothing. */
static int next_ms(const struct beat *b)
{
	int64_t now = clock_mono_us(), at = INT64_MAX;
	int due_ms = herald_due_ms(b->herald);

	if (b->is_cut || db_is_broken(b->db))
		return b->entries > 0 || b->is_watching ? 100 : 1000;
	if (b->entries > 0 || b->orphans != NULL)
		at = now + TICK_US;
	else if (b->has_lease)
		at = b->idle_us + linger_us(b);
	for (const struct beat_entry *e = b->first; e != NULL; e = e->next) {
		if (e->is_new && e->event_us + TICK_US < at)
			at = e->event_us + TICK_US;
	}
	if (b->is_watching && b->look_us + LOOK_US < at)
		at = b->look_us + LOOK_US;
	if (due_ms >= 0 && now + due_ms * INT64_C(1000) < at)
		at = now + due_ms * INT64_C(1000);
	if (at == INT64_MAX)
		return -1;
	return at <= now ? 0 : (int)((at - now + 999) / 1000);
}

static void hear(struct beat *b, const struct event *e)
{
	switch (e->kind) {
	case EVENT_WORK:
		if (b->ear != NULL)
			poke(b->ear->wake_fd);
		break;
	case EVENT_BUSY:
		b->is_watching = b->ear != NULL;
		break;
	case EVENT_SWEPT:
		if (b->ear != NULL)
			atomic_store(b->ear->swept, 1);
		break;
	case EVENT_DRAIN:
		if (b->ear != NULL && e->job == b->engine) {
			atomic_store(b->ear->drain, 1);
			poke(b->ear->wake_fd);
		}
		break;
	case EVENT_CANCEL:
		for (const struct beat_entry *x = b->first; x != NULL; x = x->next)
			b->is_asked |= x->lease.job == e->job;
		break;
	default:
		break;
	}
}

/* Sleeps without the lock until a notice, a poke, or the next thing to do. */
static void rest(struct beat *b)
{
	int ms = next_ms(b);
	struct err err = { 0 };
	struct event e;
	bool got = false;
	uint64_t n;

	pthread_mutex_unlock(&b->lock);
	if (b->is_cut || db_is_broken(b->db)) {
		usleep((useconds_t)(ms > 0 ? ms : 100) * 1000);
		pthread_mutex_lock(&b->lock);
		return;
	}
	if (event_next(b->db, &b->inbox, b->wake_fd, ms, &e, &got, &err) != ERR_OK)
		got = false;
	if (read(b->wake_fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
		log_line(LOG_DEBUG, "the beat's wake-up cannot be read");
	pthread_mutex_lock(&b->lock);
	while (got) {
		hear(b, &e);
		got = false;
		pthread_mutex_unlock(&b->lock);
		if (event_next(b->db, &b->inbox, -1, 0, &e, &got, &err) != ERR_OK)
			got = false;
		pthread_mutex_lock(&b->lock);
	}
}

/* With the lock held; lets go of it for the statements. */
static void tell(struct beat *b)
{
	if (b->is_cut || db_is_broken(b->db) || herald_due_ms(b->herald) != 0)
		return;
	pthread_mutex_unlock(&b->lock);
	herald_flush(b->herald, b->db);
	pthread_mutex_lock(&b->lock);
}

static void *beat_thread(void *arg)
{
	struct beat *b = arg;

	pthread_mutex_lock(&b->lock);
	while (!b->is_ending) {
		int64_t now = clock_mono_us();
		int64_t share_us = (int64_t)b->lease_ms * 1000 / LEASE_SHARE;

		if (b->is_cut || db_is_broken(b->db))
			come_back(b);
		round_of_beats(b);
		if (b->entries > 0 && (b->is_asked || !b->has_lease ||
				       now - b->beat_us >= (share_us < TABLE_US ? share_us
										: TABLE_US))) {
			b->beat_us = now;
			b->is_asked = false;
			beat_all(b);
		}
		if (b->orphans != NULL && !b->is_cut)
			give_back(b);
		tell(b);
		if (b->entries == 0 && b->has_lease && now - b->idle_us >= linger_us(b))
			lay_down(b);
		if (b->is_watching && now - b->look_us >= LOOK_US)
			watch_others(b);
		if (!b->is_ending)
			rest(b);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

static enum err_code open_session(struct beat *b, struct err *err)
{
	struct meta_login how = { .role = META_ENGINE, .app_name = "leat heartbeat",
				  .is_listener = true };
	enum err_code rc = meta_open(b->env->place, &how, &b->db, NULL, err);

	if (rc == ERR_OK)
		rc = relax(b, err);
	/* A server that hangs must not keep a stop from being passed on. */
	if (rc == ERR_OK)
		db_set_deadline(b->db, b->lease_ms);
	if (rc == ERR_OK)
		db_set_hurry(b->db, b->end_fd, DEADLINE_LEAVE_MS);
	if (rc == ERR_OK)
		rc = enlist(b, err);
	return rc == ERR_OK ? event_listen_wake(b->db, err) : rc;
}

enum err_code beat_start(const struct engine_env *env, const struct beat_ear *ear,
			 struct beat **out, struct err *err)
{
	struct beat *b = mem_alloc(sizeof(*b));
	enum err_code rc;
	int failed = 0;

	*b = (struct beat){ .env = env, .ear = ear, .lease_ms = beat_lease_ms(env),
			    .is_watching = ear != NULL };
	b->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	b->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	b->herald = herald_new(b->wake_fd);
	pthread_mutex_init(&b->lock, NULL);
	pthread_mutex_init(&b->look, NULL);
	pthread_cond_init(&b->changed, NULL);
	rc = b->wake_fd < 0 || b->end_fd < 0 ? err_sys(err, errno, "making a wake-up descriptor")
			    : open_session(b, err);
	if (rc == ERR_OK) {
		failed = pthread_create(&b->thread, NULL, beat_thread, b);
		if (failed != 0)
			rc = err_sys(err, failed, "starting the heartbeat thread");
	}
	if (rc == ERR_OK) {
		*out = b;
		return ERR_OK;
	}
	db_close(b->db);
	herald_free(b->herald);
	if (b->wake_fd >= 0)
		close(b->wake_fd);
	if (b->end_fd >= 0)
		close(b->end_fd);
	free(b);
	return rc;
}

void beat_stop(struct beat *b)
{
	struct err err = { 0 };

	if (b == NULL)
		return;
	pthread_mutex_lock(&b->lock);
	b->is_ending = true;
	pthread_mutex_unlock(&b->lock);
	poke(b->end_fd);
	poke(b->wake_fd);
	pthread_join(b->thread, NULL);
	pthread_mutex_lock(&b->lock);
	give_back(b);
	/* What is left is seen by whoever looks at engines that are gone. */
	while (b->orphans != NULL) {
		struct orphan *o = b->orphans;

		b->orphans = o->next;
		free(o);
	}
	pthread_mutex_unlock(&b->lock);
	/* The last words; a session that is gone has a second to come back for them. */
	if (herald_due_ms(b->herald) >= 0 &&
	    (!db_is_broken(b->db) || db_reconnect(b->db, 1000, &err) == ERR_OK))
		herald_flush(b->herald, b->db);
	err_clear(&err);
	if (!db_is_broken(b->db) && engine_row_stop(b->db, b->engine, &err) != ERR_OK)
		log_line(LOG_DEBUG, "engine %d: its end was not written down", b->engine);
	db_close(b->db);
	herald_free(b->herald);
	close(b->wake_fd);
	close(b->end_fd);
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->lock);
	pthread_mutex_destroy(&b->look);
	free(b);
}

int beat_engine(struct beat *b)
{
	int id;

	pthread_mutex_lock(&b->lock);
	id = b->is_cut ? 0 : b->engine;
	pthread_mutex_unlock(&b->lock);
	return id;
}

struct herald *beat_herald(struct beat *b)
{
	return b->herald;
}

void beat_renew(struct beat *b)
{
	pthread_mutex_lock(&b->lock);
	b->is_cut = true;
	pthread_mutex_unlock(&b->lock);
	poke(b->wake_fd);
}

void beat_join(struct beat *b, struct beat_entry *e)
{
	int64_t now = clock_mono_us();

	e->now = (struct flow_progress){ .total_bytes = -1 };
	e->since_us = e->told_us = now;
	e->event_us = 0;
	pthread_mutex_lock(&b->lock);
	e->next = b->first;
	b->first = e;
	b->entries++;
	pthread_mutex_unlock(&b->lock);
	poke(b->wake_fd);
}

void beat_leave(struct beat *b, struct beat_entry *e)
{
	struct beat_entry **at = &b->first;

	pthread_mutex_lock(&b->lock);
	while (b->busy == e)
		pthread_cond_wait(&b->changed, &b->lock);
	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	if (--b->entries == 0)
		b->idle_us = clock_mono_us();
	pthread_mutex_unlock(&b->lock);
	meter_feed(&e->meter, clock_mono_us(), e->now.ledger.read, e->now.ledger.bytes);
	tell_face(e, &e->now, true);
}

void beat_progress(struct beat *b, struct beat_entry *e, const struct flow_progress *p)
{
	bool is_first;

	pthread_mutex_lock(&b->lock);
	e->now = *p;
	e->told_us = clock_mono_us();
	/* After a silence it is told at once, and not at the next tick. */
	is_first = !e->is_new && clock_mono_us() - e->event_us >= TICK_US;
	e->is_new = e->is_unsaved = true;
	pthread_mutex_unlock(&b->lock);
	if (is_first)
		poke(b->wake_fd);
}

void beat_ends(struct beat *b, struct beat_entry *e, struct conn *source, struct conn *target)
{
	struct stall *stall;

	pthread_mutex_lock(&b->lock);
	while (b->busy == e)
		pthread_cond_wait(&b->changed, &b->lock);
	e->source = source;
	e->target = target;
	stall = e->stall;
	e->stall = NULL;
	forget_block(e);
	pthread_mutex_unlock(&b->lock);
	stall_end(stall);
}

void beat_orphan(struct beat *b, const struct job_lease *lease)
{
	struct orphan *o = mem_alloc(sizeof(*o));

	pthread_mutex_lock(&b->lock);
	*o = (struct orphan){ .lease = *lease, .next = b->orphans };
	b->orphans = o;
	pthread_mutex_unlock(&b->lock);
	poke(b->wake_fd);
}

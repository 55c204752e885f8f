/*
 * tests/bench/queue_bench.c
 *	The parts of tests/bench/queue where the measuring itself must be quick.
 *
 *	queue_bench CONNINFO add JOBS BATCH PRODUCERS ORGS
 *	queue_bench CONNINFO drain CLAIMERS BATCH APART
 *	queue_bench CONNINFO latency SAMPLES GAP_MS
 *	queue_bench CONNINFO events SAMPLES GAP_MS
 *	queue_bench CONNINFO pause
 *
 * Jobs are asked for as leat_app and run as leat_engine, by the same calls that
 * leat makes. Says {"ready":true} once connected, begins with the first line on
 * standard input, and answers one JSON object. drain does so with every line, by the same
 * claimers, as an engine that goes on. ORGS: 0 for the default one, else so
 * many named o1, o2, ..., each with JOBS. APART: 1 ends and claims in a transaction each,
 * as where limits hold; 0 in one. events also has a line for each event.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/db/db.h"
#include "core/engine/beat.h"
#include "core/meta/engine_row.h"
#include "core/meta/event.h"
#include "core/meta/org.h"
#include "core/meta/place.h"

#define BUSY_MS 3600000
#define THREADS_MAX 16
#define ORGS_MAX    10000	/* their numbers; a new database begins at 1 */
#define ARM_NAP_US  1000

static const char queue_body[] =
	"{\"name\":\"p\",\"source\":{\"connection\":\"files\",\"stream\":\"a.csv\"},"
	"\"target\":{\"stream\":\"public.t\"},\"mode\":\"append\"}";
static struct meta_place *place;
static atomic_int running_of[ORGS_MAX];	/* by organization: claimed, and not finished yet */
static atomic_int most_of[ORGS_MAX];
static atomic_llong claimed, finished, empty;

static void die(const char *what, const struct err *err)
{
	char text[900];

	err_text(err, text, sizeof(text));
	fprintf(stderr, "queue_bench: %s: %s\n", what, text);
	exit(1);
}

static void check(enum err_code rc, const char *what, const struct err *err)
{
	if (rc != ERR_OK)
		die(what, err);
}

static struct db *open_as(enum meta_role role, const char *org)
{
	struct meta_login how = { .role = role, .app_name = "leat bench", .org = org };
	struct err err = { 0 };
	struct db *db;

	check(meta_open(place, &how, &db, NULL, &err), "opening a session", &err);
	return db;
}

/* Tells that it is ready; false: nobody wants it to begin. */
static bool is_wanted(void)
{
	int c;

	puts("{\"ready\":true}");
	fflush(stdout);
	do
		c = getchar();
	while (c != EOF && c != '\n');
	return c != EOF;
}

static void ready_go(void)
{
	if (!is_wanted())
		exit(1);
}

static void nap_us(int64_t us)
{
	struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

	nanosleep(&t, NULL);
}

/* From half of it to half as much again, the same ones every time. */
static void gap(long ms)
{
	static long n;

	nap_us(ms * 500 + ++n * 7919 % (ms * 1000 + 1));
}

/* An engine whose lock db holds from now on. */
static int engine_of(struct db *db)
{
	struct engine_self self = { .name = "bench:1", .version = "bench", .slots = 1 };
	struct err err = { 0 };
	bool drain;
	int id = 0;

	check(engine_row_start(db, &self, &id, &err), "registering an engine", &err);
	/* As one that works: only the first claim of an idle one tells the others. */
	check(engine_row_beat(db, id, BUSY_MS, NULL, 0, &drain, &err), "a first beat", &err);
	return id;
}

/* ---- add ------------------------------------------------------------------- */

struct producer {
	struct db *db;
	long jobs, batch;
	pthread_t thread;
};

static void *produce(void *arg)
{
	struct producer *p = arg;
	struct job_request in = { .kind = "load" };
	struct arena *mem = arena_new(NULL, "bodies");
	const char **bodies = arena_array(mem, (size_t)p->batch, sizeof(*bodies));
	int64_t *ids = arena_array(mem, (size_t)p->batch, sizeof(*ids));
	struct err err = { 0 };

	for (long i = 0; i < p->batch; i++)
		bodies[i] = arena_printf(mem, "{\"n\": %ld}", i);
	for (long i = 0; i < p->jobs; i += p->batch)
		check(job_add_many(p->db, &in, bodies, (int)p->batch, ids, &err), "adding", &err);
	arena_free(mem);
	return NULL;
}

static void add_org(const char *name)
{
	struct db *db = open_as(META_OWNER, NULL);
	struct err err = { 0 };
	int64_t id;

	check(org_add(db, name, &id, &err), name, &err);
	if (id >= ORGS_MAX)
		exit(1);
	db_close(db);
}

static void add_all(long jobs, long batch, int producers, long orgs)
{
	struct producer p[THREADS_MAX] = { 0 };
	int64_t began;

	for (long i = 1; i <= orgs; i++) {
		char name[32];

		snprintf(name, sizeof(name), "o%ld", i);
		add_org(name);
		p[0] = (struct producer){ open_as(META_APP, name), jobs, batch, 0 };
		produce(&p[0]);
		db_close(p[0].db);
	}
	if (orgs > 0)
		return;
	for (int i = 0; i < producers; i++)
		p[i] = (struct producer){ open_as(META_APP, NULL), jobs / producers, batch, 0 };
	ready_go();
	began = clock_mono_us();
	for (int i = 0; i < producers; i++)
		pthread_create(&p[i].thread, NULL, produce, &p[i]);
	for (int i = 0; i < producers; i++)
		pthread_join(p[i].thread, NULL);
	printf("{\"jobs\": %ld, \"seconds\": %.4f}\n", jobs,
	       (double)(clock_mono_us() - began) / 1e6);
	for (int i = 0; i < producers; i++)
		db_close(p[i].db);
}

/* ---- drain ----------------------------------------------------------------- */

struct claimer {
	struct db *db;
	struct job_claimer who;
	int batch;
	bool is_apart;
	int64_t turn_us;	/* spent in the database */
	pthread_t thread;
};

static void raise_to(atomic_int *most, int v)
{
	int old = atomic_load(most);

	while (old < v && !atomic_compare_exchange_weak(most, &old, v))
		;
}

/* Ends what it holds and claims the next. */
static void end_and_claim(struct claimer *c, struct arena *mem, const struct job_turn *turn,
			  struct job_claims *got)
{
	int64_t held = 0, began = clock_mono_us();
	struct err err = { 0 };

	if (c->is_apart) {
		if (turn->n > 0)
			check(job_finish(c->db, turn->lease, NULL, turn->n, &held, &err),
			      "finishing", &err);
		check(job_claim(mem, c->db, &c->who, turn->max, got, &err), "claiming", &err);
	} else {
		check(job_turn(mem, c->db, &c->who, turn, got, &held, &err), "a turn", &err);
	}
	c->turn_us += clock_mono_us() - began;
	if (held != turn->n)
		fprintf(stderr, "queue_bench: %" PRId64 " of %d were held\n", held, turn->n);
	atomic_fetch_add(&finished, held);
}

/* Claims and ends until there is nothing more; those that others hold end with them. */
static void *drain(void *arg)
{
	struct claimer *c = arg;
	struct arena *mem = arena_new(NULL, "claim");
	struct job_lease l[JOB_CLAIM_MAX];
	struct job_claims got;
	long long before, done;
	int n = 0;

	do {
		struct job_turn turn = { .n = n, .max = c->batch, .lease = l };

		done = atomic_load(&finished);
		before = atomic_load(&claimed);
		arena_reset(mem);
		for (int i = 0; i < n; i++)
			atomic_fetch_sub(&running_of[l[i].org_id], 1);
		end_and_claim(c, mem, &turn, &got);
		n = got.n;
		for (int i = 0; i < n; i++) {
			int64_t org = got.c[i].lease.org_id;

			l[i] = got.c[i].lease;
			raise_to(&most_of[org], atomic_fetch_add(&running_of[org], 1) + 1);
		}
		atomic_fetch_add(&claimed, n);
		if (n == 0) {
			atomic_fetch_add(&empty, 1);
			nap_us(200);
		}
	} while (n > 0 || got.wait_ms >= 0 || done != before ||
		 atomic_load(&claimed) != before);
	arena_free(mem);
	return NULL;
}

/* All of them until nothing is left; says what they did since they were told to begin. */
static void drain_once(struct claimer *c, int claimers)
{
	int64_t began = clock_mono_us(), turn_us = 0;
	long long before = atomic_load(&finished), in_vain = atomic_load(&empty);
	int most = 0;

	for (int i = 0; i < claimers; i++) {
		c[i].turn_us = 0;
		pthread_create(&c[i].thread, NULL, drain, &c[i]);
	}
	for (int i = 0; i < claimers; i++) {
		pthread_join(c[i].thread, NULL);
		turn_us += c[i].turn_us;
	}
	for (int i = 0; i < ORGS_MAX; i++)
		most = atomic_load(&most_of[i]) > most ? atomic_load(&most_of[i]) : most;
	printf("{\"jobs\": %lld, \"seconds\": %.4f, \"most_of_an_organization\": %d, "
	       "\"turn_s\": %.3f, \"empty_claims\": %lld}\n",
	       (long long)atomic_load(&finished) - before,
	       (double)(clock_mono_us() - began) / 1e6, most, (double)turn_us / 1e6,
	       (long long)atomic_load(&empty) - in_vain);
}

static void drain_all(int claimers, int batch, bool is_apart)
{
	struct db *life = open_as(META_ENGINE, NULL);
	struct claimer c[THREADS_MAX] = { 0 };
	int id = engine_of(life);

	for (int i = 0; i < claimers; i++) {
		c[i].db = open_as(META_ENGINE, NULL);
		c[i].who.engine = id;
		c[i].batch = batch;
		c[i].is_apart = is_apart;
	}
	while (is_wanted())
		drain_once(c, claimers);
	for (int i = 0; i < claimers; i++)
		db_close(c[i].db);
	db_close(life);
}

/* ---- latency ----------------------------------------------------------------- */

struct sleeper {
	struct db *db, *ear;
	struct event_inbox inbox;
	struct job_claimer who;
	atomic_llong job, seen_us;	/* the last one claimed, and when the claim was back */
	atomic_int stop, is_asleep;
};

/* Finishes what it was given; the loop of an engine without the jobs. */
static int claim_some(struct sleeper *s, struct arena *mem)
{
	struct job_claims got;
	struct err err = { 0 };
	int64_t held;

	arena_reset(mem);
	check(job_claim(mem, s->db, &s->who, 4, &got, &err), "claiming", &err);
	if (got.n == 0)
		return 0;
	atomic_store(&s->seen_us, clock_mono_us());
	atomic_store(&s->job, got.c[0].lease.job);
	for (int i = 0; i < got.n; i++)
		check(job_finish(s->db, &got.c[i].lease, NULL, 1, &held, &err), "finishing", &err);
	return got.n;
}

static void *sleep_and_claim(void *arg)
{
	struct sleeper *s = arg;
	struct arena *mem = arena_new(NULL, "claim");
	struct err err = { 0 };

	while (atomic_load(&s->stop) == 0) {
		struct event e;
		bool armed = false, got = false;
		int64_t due;

		if (claim_some(s, mem) > 0)
			continue;
		check(job_promote(s->db, &due, &err), "promoting", &err);
		for (int64_t us = ARM_NAP_US; !armed; us *= 2) {
			check(job_arm(s->db, NULL, &armed, &err), "arming", &err);
			if (!armed)
				nap_us(us);
		}
		if (claim_some(s, mem) > 0)
			continue;
		atomic_store(&s->is_asleep, 1);
		while (!got && atomic_load(&s->stop) == 0)
			check(event_next(s->ear, &s->inbox, -1, 200, &e, &got, &err), "listening",
			      &err);
		atomic_store(&s->is_asleep, 0);
	}
	arena_free(mem);
	return NULL;
}

static void latency(int samples, long gap_ms)
{
	struct sleeper s = { .db = open_as(META_ENGINE, NULL), .ear = open_as(META_ENGINE, NULL) };
	struct job_request in = { .kind = "load", .body = "{\"n\": 1}" };
	struct db *app = open_as(META_APP, NULL);
	struct err err = { 0 };
	pthread_t thread;

	s.who.engine = engine_of(s.ear);
	check(event_listen_wake(s.ear, &err), "listening", &err);
	ready_go();
	pthread_create(&thread, NULL, sleep_and_claim, &s);
	printf("{\"waits_ms\": [");
	for (int i = -10; i < samples; i++) {
		int64_t began, job = 0;

		gap(gap_ms);
		while (atomic_load(&s.is_asleep) == 0)
			nap_us(1000);
		began = clock_mono_us();
		check(job_add(app, &in, &job, NULL, &err), "adding", &err);
		while (atomic_load(&s.job) < job)
			nap_us(50);
		if (i >= 0)
			printf("%s%.3f", i > 0 ? ", " : "",
			       (double)(atomic_load(&s.seen_us) - began) / 1e3);
	}
	puts("]}");
	atomic_store(&s.stop, 1);
	pthread_join(thread, NULL);
	db_close(app);
	db_close(s.db);
	db_close(s.ear);
}

/* ---- events ------------------------------------------------------------------- */

/* Progress of a running job as a load tells it; rows are the number of the event. */
static void events(int samples, long gap_ms)
{
	struct engine_env env = { .place = place, .stop_fd = -1 };
	struct job_request in = { .kind = "load", .body = queue_body };
	struct db *app = open_as(META_APP, NULL), *db = open_as(META_ENGINE, NULL);
	struct arena *mem = arena_new(NULL, "claim");
	struct beat_entry entry = { 0 };
	struct job_claims got;
	struct beat *beat;
	struct err err = { 0 };
	int64_t job, held;

	check(beat_start(&env, NULL, &beat, &err), "starting the heartbeat", &err);
	check(job_add(app, &in, &job, NULL, &err), "adding", &err);
	check(job_claim(mem, db, &(struct job_claimer){ .engine = beat_engine(beat) }, 1, &got,
			&err), "claiming", &err);
	if (got.n != 1)
		exit(1);
	entry.lease = got.c[0].lease;
	beat_join(beat, &entry);
	printf("{\"job\": %" PRId64 "}\n", job);
	ready_go();
	for (int i = 1; i <= samples; i++) {
		struct flow_progress p = { .total_bytes = -1, .phase = "reading" };

		gap(gap_ms);
		p.ledger.read = p.ledger.written = i;
		printf("{\"n\": %d, \"at_us\": %" PRId64 "}\n", i, clock_wall_us());
		fflush(stdout);
		beat_progress(beat, &entry, &p);
	}
	gap(1000);
	beat_leave(beat, &entry);
	check(job_finish(db, &entry.lease, NULL, 1, &held, &err), "finishing", &err);
	check(event_resync(db, entry.lease.org_id, &err), "telling", &err);
	beat_stop(beat);
	arena_free(mem);
	db_close(app);
	db_close(db);
}

/* A job that waits until somebody resumes it. */
static void add_paused(void)
{
	struct job_request in = { .kind = "load", .body = queue_body, .is_paused = true };
	struct db *app = open_as(META_APP, NULL);
	struct err err = { 0 };
	int64_t job;

	check(job_add(app, &in, &job, NULL, &err), "adding", &err);
	printf("{\"job\": %" PRId64 "}\n", job);
	db_close(app);
}

int main(int argc, char **argv)
{
	long v[4] = { 0 };
	struct err err = { 0 };

	if (argc < 3) {
		fputs("usage: see tests/bench/queue_bench.c\n", stderr);
		return 64;
	}
	for (int i = 3; i < argc && i < 7; i++)
		v[i - 3] = strtol(argv[i], NULL, 10);
	db_ignore_environment();
	check(meta_place_open(argv[1], &place, &err), "opening the database", &err);
	if (strcmp(argv[2], "add") == 0)
		add_all(v[0], v[1], v[2] < THREADS_MAX ? (int)v[2] : THREADS_MAX, v[3]);
	else if (strcmp(argv[2], "drain") == 0)
		drain_all(v[0] < THREADS_MAX ? (int)v[0] : THREADS_MAX, (int)v[1], v[2] != 0);
	else if (strcmp(argv[2], "latency") == 0)
		latency((int)v[0], v[1]);
	else if (strcmp(argv[2], "events") == 0)
		events((int)v[0], v[1]);
	else
		add_paused();
	meta_place_close(place);
	return 0;
}

/*
 * tests/lib/queuetemp.h
 *	A queue of one's own: sessions, an engine that lives, a pipeline.
 *
 * queuetemp_down() also asks tests/chaos/queue.sql whether the books are sound.
 * Whatever goes wrong here fails the test.
 *
 * Memory:  queuetemp_up() to queuetemp_down(); texts to the end of the test.
 * Threads: one.
 */
#ifndef TESTS_LIB_QUEUETEMP_H
#define TESTS_LIB_QUEUETEMP_H

#include "core/base/arena.h"
#include "core/meta/engine_row.h"
#include "core/meta/job_run.h"
#include "tests/lib/metatemp.h"

struct queuetemp {
	const char *conninfo;
	struct db *app, *engine, *super;
	struct db *life;	/* holds the engine's lock */
	struct arena *mem;
	int64_t org, pipeline;	/* its name is "p" */
	int id;			/* of the engine, whose name is "e1" */
	struct job_claimer who;
};

/* files:a.csv -> public.t, of pipeline "p". */
extern const char queuetemp_body[];

/* For cmocka_unit_test_setup_teardown(); the group is begun with metatemp_begin(). */
int queuetemp_up(void **state);
int queuetemp_down(void **state);

/* A one-shot load, or a run of the pipeline. */
int64_t queuetemp_add(struct queuetemp *q, int64_t pipeline, int max_attempts);
int64_t queuetemp_add_as(struct queuetemp *q, const struct job_request *in);
struct job_claimed queuetemp_claim(struct queuetemp *q, int64_t job);
struct job_row queuetemp_get(struct queuetemp *q, int64_t job);
void queuetemp_expect(struct queuetemp *q, int64_t job, enum job_state state);

/* It ends well, as a run of its own or one of several. */
void queuetemp_settle(struct queuetemp *q, const struct job_lease *l);
void queuetemp_finish(struct queuetemp *q, const struct job_claims *c);
/* It fails for good. */
void queuetemp_fail(struct queuetemp *q, const struct job_lease *l);

/* The engine dies and is buried, another one begins; how many jobs were taken from it. */
int queuetemp_lose(struct queuetemp *q);

/* Another engine in a session of its own. */
struct db *queuetemp_engine(struct queuetemp *q, const char *name, int *id);

/* "none", or what tests/chaos/queue.sql found. */
const char *queuetemp_faults(struct queuetemp *q);
#endif

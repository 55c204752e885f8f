/*
 * tests/lib/queuetemp.c
 *	A queue of one's own, for tests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/meta/pipeline_store.h"
#include "tests/lib/queuetemp.h"

static const struct job_left left_none = { .trace = JOB_TRACE_NONE };

#define LOSE_TRIES 500	/* the server lets go of a lock soon after the session went */

const char queuetemp_body[] =
	"{\"name\":\"p\",\"source\":{\"connection\":\"files\",\"stream\":\"a.csv\"},"
	"\"target\":{\"stream\":\"public.t\"},\"mode\":\"append\"}";

struct db *queuetemp_engine(struct queuetemp *q, const char *name, int *id)
{
	struct engine_self self = { .name = name, .version = "test", .slots = 4 };
	struct db *db = metatemp_open(q->conninfo, META_ENGINE, NULL, NULL);
	struct err err = { 0 };

	OK(engine_row_start(db, &self, id, &err));
	assert_true(*id > 0);
	return db;
}

int queuetemp_up(void **state)
{
	struct queuetemp *q = test_calloc(1, sizeof(*q));
	struct err err = { 0 };

	q->conninfo = metatemp_new();
	q->app = metatemp_open(q->conninfo, META_APP, NULL, &q->org);
	q->engine = metatemp_open(q->conninfo, META_ENGINE, NULL, NULL);
	q->super = metatemp_super(q->conninfo);
	q->mem = arena_new(NULL, "test");
	q->life = queuetemp_engine(q, "e1", &q->id);
	q->who.engine = q->id;
	OK(pipeline_put(q->app, "p", queuetemp_body, &q->pipeline, NULL, &err));
	*state = q;
	return 0;
}

int queuetemp_down(void **state)
{
	struct queuetemp *q = *state;

	assert_string_equal(queuetemp_faults(q), "none");
	db_close(q->app);
	db_close(q->engine);
	db_close(q->super);
	db_close(q->life);
	arena_free(q->mem);
	test_free(q);
	return 0;
}

/* ---- jobs ------------------------------------------------------------------ */

int64_t queuetemp_add_as(struct queuetemp *q, const struct job_request *in)
{
	struct job_request all = *in;
	struct err err = { 0 };
	int64_t job = 0;
	bool is_new;

	if (all.kind == NULL)
		all.kind = all.pipeline_id != 0 ? "run" : "load";
	if (all.body == NULL)
		all.body = queuetemp_body;
	OK(job_add(q->app, &all, &job, &is_new, &err));
	assert_true(job > 0);
	return job;
}

int64_t queuetemp_add(struct queuetemp *q, int64_t pipeline, int max_attempts)
{
	struct job_request in = { .pipeline_id = pipeline, .max_attempts = max_attempts };

	return queuetemp_add_as(q, &in);
}

struct job_claimed queuetemp_claim(struct queuetemp *q, int64_t job)
{
	struct job_claimed c;
	struct err err = { 0 };

	OK(job_claim_one(q->mem, q->engine, q->id, q->org, job, &c, &err));
	return c;
}

struct job_row queuetemp_get(struct queuetemp *q, int64_t job)
{
	struct job_row row;
	struct err err = { 0 };

	OK(job_get(q->mem, q->app, job, &row, &err));
	return row;
}

void queuetemp_expect(struct queuetemp *q, int64_t job, enum job_state state)
{
	assert_string_equal(job_state_name(queuetemp_get(q, job).state), job_state_name(state));
}

void queuetemp_settle(struct queuetemp *q, const struct job_lease *l)
{
	struct job_done d = { .committed_run = l->run };
	struct err err = { 0 };

	OK(job_settle(q->engine, l, &d, &err));
}

void queuetemp_finish(struct queuetemp *q, const struct job_claims *c)
{
	struct job_lease l[JOB_CLAIM_MAX];
	struct err err = { 0 };
	int64_t held;

	for (int i = 0; i < c->n; i++)
		l[i] = c->c[i].lease;
	OK(job_finish(q->engine, l, NULL, c->n, &held, &err));
	assert_int_equal(held, c->n);
}

void queuetemp_fail(struct queuetemp *q, const struct job_lease *l)
{
	struct err err = { 0 }, why = { 0 };
	enum job_state st;

	err_set(&why, ERR_INPUT, "it went wrong");
	OK(job_fail(q->engine, l, &why, &left_none, &st, &err));
	assert_int_equal(st, JOB_FAILED);
}

/* ---- engines ----------------------------------------------------------------- */

int queuetemp_lose(struct queuetemp *q)
{
	struct timespec nap = { .tv_nsec = 10000000 };
	struct err err = { 0 };
	int jobs = -1, left;

	db_close(q->life);
	for (int i = 0; i < LOSE_TRIES && jobs < 0; i++) {
		OK(engine_row_bury(q->engine, q->id, &jobs, &left, &err));
		if (jobs < 0)
			nanosleep(&nap, NULL);
	}
	assert_true(jobs >= 0);
	q->life = queuetemp_engine(q, "e1", &q->id);
	q->who.engine = q->id;
	return jobs;
}

const char *queuetemp_faults(struct queuetemp *q)
{
	const char *source = getenv("LEAT_SOURCE");
	const char *path = arena_printf(q->mem, "%s/tests/chaos/queue.sql",
					source != NULL ? source : ".");
	struct db_result *res = NULL;
	struct err err = { 0 };
	char sql[16384], *out = NULL;
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		fail_msg("%s is not there: set LEAT_SOURCE to the folder of the sources", path);
	n = fread(sql, 1, sizeof(sql) - 1, f);
	fclose(f);
	assert_true(n < sizeof(sql) - 1);
	sql[n] = '\0';
	OK(db_query(q->super, sql, NULL, 0, &res, &err));
	for (int i = 0; i < db_result_rows(res); i++)
		out = arena_printf(q->mem, "%s%sjob %s %s", out != NULL ? out : "",
				   out != NULL ? "; " : "", db_result_at(res, i, 0),
				   db_result_at(res, i, 1));
	db_result_free(res);
	return out != NULL ? out : "none";
}

/*
 * tests/unit/core/command/inside_test.c
 *	An engine inside: it runs jobs, hands them back in time, and survives its server.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "connectors/registry.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/command/inside.h"
#include "core/flow/connector.h"
#include "core/meta/job.h"
#include "tests/lib/expect.h"
#include "tests/lib/metatemp.h"
#include "tests/lib/pgtemp.h"

#define WAIT_MS 40000

static const char *conninfo;
static struct meta_place *place;
static struct db *app;
static char folder[80];

static void quiet(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	(void)line;
}

/* A load of rows into table; slow: of many. */
static int64_t add(const char *table, bool is_slow)
{
	char path[100], body[300];
	struct job_request in = { .kind = "load", .body = body, .max_attempts = 3 };
	struct err err = { 0 };
	int64_t id = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.csv", folder, table);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("id\n", f);
	for (int i = 0; i < (is_slow ? 400000 : 100); i++)
		fprintf(f, "%d\n", i);
	fclose(f);
	snprintf(body, sizeof(body), "{\"source\":{\"connector\":\"file\",\"stream\":\"%s\"},"
		 "\"target\":{\"stream\":\"public.%s\"}}", path, table);
	OK(job_add(app, &in, &id, NULL, &err));
	return id;
}

static void wait_state(int64_t job, const char *want)
{
	int64_t until = clock_mono_us() + WAIT_MS * 1000LL;
	struct arena *mem = arena_new(NULL, "wait");
	const char *is = "";

	while (clock_mono_us() < until) {
		struct job_row row;
		struct err err = { 0 };

		OK(job_get(mem, app, job, &row, &err));
		is = job_state_name(row.state);
		arena_reset(mem);
		if (strcmp(is, want) == 0) {
			arena_free(mem);
			return;
		}
		poll(NULL, 0, 10);
	}
	fail_msg("job %lld is %s, not %s", (long long)job, is, want);
}

static void jobs_are_run(void **state)
{
	struct inside *in = inside_start(place, NULL, 2);

	(void)state;
	assert_non_null(in);
	wait_state(add("a", false), "succeeded");
	assert_true(inside_stop(in, 0, 5000));
	assert_true(inside_stop(NULL, 0, 1000));
}

/* A job that waits for a lock of ours is handed back at once and is whole for the next. */
static void running_jobs_are_handed_back(void **state)
{
	struct db *super = metatemp_super(conninfo);
	struct inside *in = inside_start(place, NULL, 1);
	struct err err = { 0 };
	int64_t start, job;

	(void)state;
	metatemp_run(super, "create table public.b (id bigint)");
	metatemp_run(super, "grant all on public.b to public");
	OK(db_begin(super, &err));
	metatemp_run(super, "lock table public.b in access exclusive mode");
	job = add("b", true);
	wait_state(job, "running");
	start = clock_mono_us();
	assert_true(inside_stop(in, 0, 10000));
	assert_true(clock_mono_us() - start < 10000000);
	wait_state(job, "queued");
	db_rollback(super);
	in = inside_start(place, NULL, 1);
	wait_state(job, "succeeded");
	assert_int_equal(metatemp_number(super, "select count(*) from public.b"), 400000);
	assert_true(inside_stop(in, 0, 5000));
	db_close(super);
}

static void a_drain_lets_them_end(void **state)
{
	struct inside *in = inside_start(place, NULL, 1);
	int64_t job = add("c", true);

	(void)state;
	wait_state(job, "running");
	assert_true(inside_stop(in, WAIT_MS, 1000));
	wait_state(job, "succeeded");
}

static void a_lost_server_is_survived(void **state)
{
	struct inside *in = inside_start(place, NULL, 1);

	(void)state;
	wait_state(add("d", false), "succeeded");
	db_close(app);
	app = NULL;
	pgtemp_crash(metatemp_server());
	poll(NULL, 0, 1000);
	pgtemp_up(metatemp_server());
	app = metatemp_open(conninfo, META_APP, NULL, NULL);
	wait_state(add("e", false), "succeeded");
	assert_true(inside_stop(in, 0, 5000));
}

/* While the server is away an engine ends within its try; there is nothing to hand back. */
static void leaving_while_it_is_away(void **state)
{
	struct inside *in = inside_start(place, NULL, 1);
	int64_t start;

	(void)state;
	wait_state(add("f", false), "succeeded");
	db_close(app);
	app = NULL;
	pgtemp_stop(metatemp_server());
	poll(NULL, 0, 700);
	start = clock_mono_us();
	assert_true(inside_stop(in, 0, 8000));
	assert_true(clock_mono_us() - start < 4000000);
	pgtemp_up(metatemp_server());
	app = metatemp_open(conninfo, META_APP, NULL, NULL);
}

static int up(void **state)
{
	struct err err = { 0 };
	struct db *super;

	(void)state;
	conninfo = metatemp_new();
	super = metatemp_super(conninfo);
	metatemp_run(super, "grant all on schema public to public");
	/* A sequence in a fresh copy of a database goes back in a crash before this. */
	metatemp_run(super, "checkpoint");
	db_close(super);
	app = metatemp_open(conninfo, META_APP, NULL, NULL);
	OK(meta_place_open(conninfo, &place, &err));
	return 0;
}

static int down(void **state)
{
	(void)state;
	db_close(app);
	meta_place_close(place);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(jobs_are_run),
		TEST(running_jobs_are_handed_back),
		TEST(a_drain_lets_them_end),
		TEST(a_lost_server_is_survived),
		TEST(leaving_while_it_is_away),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (mkdtemp(expect_temp(folder, sizeof(folder), "leat-inside-XXXXXX")) == NULL)
		return 1;
	log_to(quiet, NULL);
	connector_install(connectors);
	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

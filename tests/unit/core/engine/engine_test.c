/*
 * tests/unit/core/engine/engine_test.c
 *	Jobs from claim to settlement, on a real server: loaded, stopped, failed, found again.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "connectors/registry.h"
#include "core/base/arena.h"
#include "core/db/db.h"
#include "core/engine/engine.h"
#include "core/meta/bookmark.h"
#include "core/meta/job.h"
#include "core/meta/job_run.h"
#include "core/meta/migrate.h"
#include "core/meta/pipeline_store.h"
#include "core/meta/place.h"
#include "core/meta/reject.h"
#include "tests/lib/expect.h"
#include "tests/lib/pgtemp.h"

static struct pgtemp *server;
static struct meta_place *place;
static struct arena *mem;
static struct db *app;
static struct db *plain;	/* looks at people's tables */
static atomic_int stop;
static struct engine_env env;
static char folder[80];

static void must(enum err_code rc, const struct err *err)
{
	char text[1000];

	if (rc == ERR_OK)
		return;
	err_text(err, text, sizeof(text));
	fail_msg("%s: %s (%s)", err_name(rc), text, err->hint);
}

static int64_t number(const char *sql)
{
	struct db_result *res = NULL;
	struct err err = { 0 };
	int64_t n;

	must(db_query(plain, sql, NULL, 0, &res, &err), &err);
	n = strtoll(db_result_at(res, 0, 0), NULL, 10);
	db_result_free(res);
	return n;
}

/* rows good rows and a bad one after every tenth. */
static char *write_csv(const char *name, int rows)
{
	char *path = arena_printf(mem, "%s/%s", folder, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs("id,name,amount\n", f);
	for (int i = 1; i <= rows; i++) {
		fprintf(f, "%d,\"name, %d\",%d.50\n", i, i, i);
		if (i % 10 == 0)
			fprintf(f, "%d,bad,-1\n", rows + i);
	}
	fclose(f);
	return path;
}

static int64_t add_job(const char *path, const char *table, const char *more, int attempts,
		       int64_t pipeline)
{
	struct job_request in = {
		.kind = pipeline != 0 ? "run" : "load",
		.body = arena_printf(mem,
			"{\"source\":{\"connector\":\"file\",\"stream\":\"%s\"},"
			"\"target\":{\"stream\":\"%s\"},\"checks\":[\"amount >= 0\"]%s}",
			path, table, more),
		.pipeline_id = pipeline,
		.max_attempts = attempts,
		.is_quiet = true,
	};
	struct err err = { 0 };
	int64_t id = 0;

	must(job_add(app, &in, &id, NULL, &err), &err);
	return id;
}

static enum job_state state_of(int64_t id)
{
	struct job_row row;
	struct err err = { 0 };

	must(job_get(mem, app, id, &row, &err), &err);
	return row.state;
}

static void a_file_is_loaded_and_the_books_agree(void **state)
{
	int64_t id = add_job(write_csv("plain.csv", 1000), "public.plain", "", 1, 0);
	struct reject_filter of_job = { .job = id };
	struct engine_outcome out;
	struct err err = { 0 };
	int64_t rejects = 0;

	(void)state;
	must(engine_run_job(mem, &env, id, NULL, &out, &err), &err);
	assert_string_equal(out.state, "succeeded");
	assert_int_equal(out.ledger.read, 1100);
	assert_int_equal(out.ledger.written, 1000);
	assert_int_equal(out.ledger.rejected, 100);
	assert_int_equal(number("select count(*) from public.plain"), 1000);
	assert_int_equal(number("select sum(amount)::bigint from public.plain"), 501000);
	must(reject_count(app, &of_job, &rejects, &err), &err);
	assert_int_equal(rejects, 100);
	assert_int_equal(engine_run_job(mem, &env, id, NULL, &out, &err), ERR_CONFLICT);
}

static void a_stopped_job_goes_back_and_runs_again_once(void **state)
{
	int64_t id = add_job(write_csv("stop.csv", 5000), "public.stopped", "", 1, 0);
	struct engine_outcome out;
	struct err err = { 0 };

	(void)state;
	setenv("LEAT_FAULT", "flow-batch-written:stall", 1);
	setenv("LEAT_FAULT_STALL_MS", "700", 1);
	atomic_store(&stop, ENGINE_HAND_BACK);
	assert_int_equal(engine_run_job(mem, &env, id, NULL, &out, &err), ERR_INTERRUPTED);
	atomic_store(&stop, 0);
	unsetenv("LEAT_FAULT");
	assert_int_equal(state_of(id), JOB_QUEUED);
	must(engine_run_job(mem, &env, id, NULL, &out, &err), &err);
	assert_int_equal(number("select count(*) from public.stopped"), 5000);
}

static void cancel_now(void *ctx, const struct engine_progress *p)
{
	struct meta_login how = { .role = META_APP, .app_name = "leat test" };
	int *asked = ctx;
	struct db *db = NULL;
	enum job_state now;
	struct err err = { 0 };

	if ((*asked)++ > 0)
		return;
	must(meta_open(place, &how, &db, NULL, &err), &err);
	must(job_cancel(db, p->job, &now, &err), &err);
	db_close(db);
}

static void a_running_job_can_be_cancelled(void **state)
{
	int64_t id = add_job(write_csv("cancel.csv", 20000), "public.cancelled", "", 3, 0);
	int asked = 0;
	struct engine_hooks hooks = { .ctx = &asked, .progress = cancel_now };
	struct engine_outcome out;
	struct err err = { 0 };

	(void)state;
	setenv("LEAT_FAULT", "flow-batch-written:stall:2", 1);
	setenv("LEAT_FAULT_STALL_MS", "2500", 1);
	assert_int_equal(engine_run_job(mem, &env, id, &hooks, &out, &err), ERR_CANCELLED);
	unsetenv("LEAT_FAULT");
	assert_int_equal(state_of(id), JOB_CANCELLED);
	assert_int_equal(number("select count(*) from pg_class where relname = 'cancelled'"), 0);
}

static void a_lost_answer_to_commit_doubles_nothing(void **state)
{
	int64_t id = add_job(write_csv("lost.csv", 300), "public.lost", "", 3, 0);
	struct reject_filter of_job = { .job = id };
	struct engine_outcome out;
	struct err err = { 0 };
	int64_t rejects = 0;

	(void)state;
	setenv("LEAT_FAULT", "pg-after-commit:error", 1);
	must(engine_run_job(mem, &env, id, NULL, &out, &err), &err);
	unsetenv("LEAT_FAULT");
	assert_string_equal(out.state, "succeeded");
	assert_int_equal(out.ledger.written, 300);
	assert_int_equal(out.ledger.rejected, 30);
	assert_int_equal(number("select count(*) from public.lost"), 300);
	must(reject_count(app, &of_job, &rejects, &err), &err);
	assert_int_equal(rejects, 30);
}

static void another_engine_settles_what_was_committed_unseen(void **state)
{
	int64_t id = add_job(write_csv("unseen.csv", 300), "public.unseen", "", 1, 0);
	struct engine_outcome out;
	struct err err = { 0 };

	(void)state;
	setenv("LEAT_FAULT", "engine-before-settle:error", 1);
	assert_int_not_equal(engine_run_job(mem, &env, id, NULL, &out, &err), ERR_OK);
	unsetenv("LEAT_FAULT");
	assert_int_equal(state_of(id), JOB_QUEUED);
	assert_int_equal(number("select count(*) from public.unseen"), 300);
	must(engine_work(&env, 2, true, NULL, &err), &err);
	assert_int_equal(state_of(id), JOB_SUCCEEDED);
	assert_int_equal(number("select count(*) from public.unseen"), 300);
}

static void what_may_pass_is_tried_again(void **state)
{
	int64_t id = add_job(write_csv("again.csv", 300), "public.again", "", 3, 0);
	struct engine_outcome out;
	struct err err = { 0 };

	(void)state;
	setenv("LEAT_FAULT", "flow-before-commit:error", 1);
	must(engine_run_job(mem, &env, id, NULL, &out, &err), &err);
	unsetenv("LEAT_FAULT");
	assert_int_equal(number("select count(*) from public.again"), 300);
}

static void what_cannot_pass_is_not(void **state)
{
	int64_t id = add_job("/nowhere/at/all.csv", "public.never", "", 5, 0);
	struct engine_outcome out;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(engine_run_job(mem, &env, id, NULL, &out, &err), ERR_NOT_FOUND);
	assert_int_equal(state_of(id), JOB_FAILED);
}

static void a_pipeline_goes_on_where_it_stopped(void **state)
{
	char *path = write_csv("grow.csv", 100);
	struct engine_outcome out;
	struct err err = { 0 };
	int64_t pipeline = 0, id;
	const char *bookmark = NULL;
	FILE *f;

	(void)state;
	must(pipeline_put(app, "grow", "{\"name\":\"grow\"}", &pipeline, NULL, &err), &err);
	id = add_job(path, "public.grow", ",\"cursor\":\"id\"", 1, pipeline);
	must(engine_run_job(mem, &env, id, NULL, &out, &err), &err);
	assert_int_equal(out.ledger.written, 100);
	/* The very same file is not loaded twice. */
	id = add_job(path, "public.grow", ",\"cursor\":\"id\"", 1, pipeline);
	must(engine_run_job(mem, &env, id, NULL, &out, &err), &err);
	assert_int_equal(out.ledger.read, 0);
	/* A longer one is, from behind the bookmark. */
	f = fopen(path, "a");
	assert_non_null(f);
	for (int i = 201; i <= 210; i++)
		fprintf(f, "%d,late,1\n", i);
	fclose(f);
	id = add_job(path, "public.grow", ",\"cursor\":\"id\"", 1, pipeline);
	must(engine_run_job(mem, &env, id, NULL, &out, &err), &err);
	assert_int_equal(out.ledger.written, 10);
	assert_int_equal(number("select count(*) from public.grow"), 110);
	must(bookmark_get(mem, app, pipeline, &bookmark, &err), &err);
	assert_non_null(strstr(bookmark, "210"));
}

static void *watch_to_the_end(void *arg)
{
	struct arena *own = arena_new(NULL, "watcher");
	struct engine_outcome out;
	struct err err = { 0 };

	must(engine_watch(own, &env, *(int64_t *)arg, 20000, NULL, &out, &err), &err);
	assert_string_equal(out.state, "succeeded");
	arena_free(own);
	return NULL;
}

/* Whether it listens before or after the job ends: nobody asks the table again. */
static void a_watcher_hears_how_it_ends(void **state)
{
	int64_t id = add_job(write_csv("heard.csv", 50), "public.heard", "", 1, 0);
	struct engine_outcome out;
	struct err err = { 0 };
	pthread_t watcher;

	(void)state;
	assert_int_equal(pthread_create(&watcher, NULL, watch_to_the_end, &id), 0);
	usleep(300000);
	must(engine_run_job(mem, &env, id, NULL, &out, &err), &err);
	assert_int_equal(pthread_join(watcher, NULL), 0);
}

static void a_watcher_hears_how_it_ended(void **state)
{
	int64_t id = add_job(write_csv("watch.csv", 50), "public.watched", "", 1, 0);
	struct engine_outcome out;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(engine_watch(mem, &env, id, 300, NULL, &out, &err), ERR_TIMEOUT);
	err_clear(&err);
	must(engine_run_job(mem, &env, id, NULL, &out, &err), &err);
	must(engine_watch(mem, &env, id, 5000, NULL, &out, &err), &err);
	assert_int_equal(out.ledger.written, 50);
	assert_string_equal(out.state, "succeeded");
}

static void a_later_row_widens_an_inferred_type(void **state)
{
	char *path = arena_printf(mem, "%s/widen.csv", folder);
	struct engine_outcome out;
	struct err err = { 0 };
	int64_t id;
	FILE *f = fopen(path, "w");

	(void)state;
	assert_non_null(f);
	fputs("id,whole,mixed,amount\n", f);
	for (int i = 1; i <= 60000; i++)
		fprintf(f, "%d,%d,%d,%d\n", i, i, i, i % 100 == 0 ? -1 : i);
	fputs("60001,2.5,n/a,1\n", f);
	fclose(f);
	id = add_job(path, "public.widened", "", 1, 0);
	must(engine_run_job(mem, &env, id, NULL, &out, &err), &err);
	assert_int_equal(out.ledger.rejected, 600);
	assert_int_equal(out.ledger.written, 59401);
	assert_int_equal(number("select count(*) from public.widened"
				" where whole = 2.5 and mixed = 'n/a'"), 1);
	assert_int_equal(number("select sum(whole)::bigint from public.widened where id < 11"), 55);
}

/* Chunks that were committed stay; the next attempt passes over just their rows. */
static void a_parallel_load_goes_on_behind_its_chunks(void **state)
{
	char *path = write_csv("parallel.csv", 400000);
	struct reject_filter filter = { 0 };
	struct engine_outcome out;
	struct err err = { 0 };
	int64_t rejects = 0, id;

	(void)state;
	setenv("LEAT_FAULT", "flow-before-chunk:error:3", 1);
	id = add_job(path, "public.parallel", ",\"parallel\":2", 3, 0);
	must(engine_run_job(mem, &env, id, NULL, &out, &err), &err);
	unsetenv("LEAT_FAULT");
	assert_int_equal(out.ledger.read, 440000);
	assert_int_equal(out.ledger.written, 400000);
	assert_int_equal(out.ledger.rejected, 40000);
	assert_int_equal(number("select count(*) from public.parallel"), 400000);
	assert_int_equal(number("select count(distinct id) from public.parallel"), 400000);
	filter.job = id;
	must(reject_count(app, &filter, &rejects, &err), &err);
	assert_int_equal(rejects, 40000);
	assert_int_equal(number("select count(*) from _leat.commit_chunk"), 0);
}

static void standard_input_is_read_once_by_who_has_it(void **state)
{
	int64_t id = add_job("-", "public.piped", "", 3, 0);
	struct engine_outcome out;
	struct err err = { 0 };

	(void)state;
	/* env has no standard input: as an engine that found the job in the queue. */
	assert_int_equal(engine_run_job(mem, &env, id, NULL, &out, &err), ERR_CONFIG);
	assert_int_equal(state_of(id), JOB_FAILED);
	assert_int_equal(number("select count(*) from pg_class where relname = 'piped'"), 0);
}

static void a_dry_run_writes_nothing(void **state)
{
	struct pipeline p;
	struct engine_outcome out;
	struct err err = { 0 };

	(void)state;
	pipeline_init(&p);
	p.source.connector = "file";
	p.source.stream = write_csv("dry.csv", 70);
	p.target.stream = "public.dry";
	must(engine_dry_run(mem, &env, &p, NULL, NULL, NULL, &out, &err), &err);
	assert_int_equal(out.ledger.read, 77);
	assert_int_equal(number("select count(*) from pg_class where relname = 'dry'"), 0);
}

static int set_up(void **state)
{
	struct meta_login how = { .role = META_APP, .app_name = "leat test" };
	struct db_options look = { .app_name = "leat test look", .search_path = "" };
	struct err err = { 0 };

	(void)state;
	mem = arena_new(NULL, "test");
	assert_non_null(mkdtemp(expect_temp(folder, sizeof(folder), "leat-engine-XXXXXX")));
	server = pgtemp_start();
	connector_install(connectors);
	must(meta_place_open(pgtemp_conninfo(server), &place, &err), &err);
	must(migrate_up(place, 0, NULL, NULL, &err), &err);
	must(meta_open(place, &how, &app, NULL, &err), &err);
	look.conninfo = meta_data_conninfo(place);
	must(db_open(&look, &plain, &err), &err);
	env = (struct engine_env){ .place = place, .stop = &stop, .stop_fd = -1, .lease_ms = 600 };
	return 0;
}

static void *work_on(void *arg)
{
	struct err err = { 0 };

	must(engine_work(arg, 1, false, NULL, &err), &err);
	return NULL;
}

static void acts_are_kept_for_as_long_as_was_said(void **state)
{
	atomic_int leave = 0;
	struct engine_env mine = env;
	pthread_t thread;
	struct err err = { 0 };

	(void)state;
	/* The trail is looked at from its oldest act on. */
	must(db_exec(plain, "update leat.audit a set at = now() - n * interval '1 day', "
		     "action = 'old act' from (select id, 60 - 20 * row_number() over (order by id) "
		     "as n from leat.audit order by id limit 2) x where a.id = x.id", &err), &err);
	assert_int_equal(number("select count(*) from leat.audit where action = 'old act'"), 2);
	mine.stop = &leave;
	mine.keep_days = 30;
	mine.sweep_ms = 50;
	assert_int_equal(pthread_create(&thread, NULL, work_on, &mine), 0);
	for (int i = 0; i < 600 && number("select count(*) from leat.audit "
					  "where at < now() - interval '30 days'") > 0; i++)
		usleep(50000);
	atomic_store(&leave, ENGINE_DRAIN);
	pthread_join(thread, NULL);
	assert_int_equal(number("select count(*) from leat.audit where action = 'old act' "
				"and at > now() - interval '30 days'"), 1);
	assert_int_equal(number("select count(*) from leat.audit where action = 'old act'"), 1);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int tear_down(void **state)
{
	(void)state;
	db_close(plain);
	db_close(app);
	meta_place_close(place);
	pgtemp_free(server);
	arena_free(mem);
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_loaded_and_the_books_agree),
		cmocka_unit_test(a_stopped_job_goes_back_and_runs_again_once),
		cmocka_unit_test(a_running_job_can_be_cancelled),
		cmocka_unit_test(a_lost_answer_to_commit_doubles_nothing),
		cmocka_unit_test(another_engine_settles_what_was_committed_unseen),
		cmocka_unit_test(what_may_pass_is_tried_again),
		cmocka_unit_test(what_cannot_pass_is_not),
		cmocka_unit_test(a_pipeline_goes_on_where_it_stopped),
		cmocka_unit_test(a_watcher_hears_how_it_ended),
		cmocka_unit_test(a_watcher_hears_how_it_ends),
		cmocka_unit_test(a_later_row_widens_an_inferred_type),
		cmocka_unit_test(a_parallel_load_goes_on_behind_its_chunks),
		cmocka_unit_test(standard_input_is_read_once_by_who_has_it),
		cmocka_unit_test(a_dry_run_writes_nothing),
		cmocka_unit_test(acts_are_kept_for_as_long_as_was_said),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

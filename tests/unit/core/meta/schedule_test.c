/*
 * tests/unit/core/meta/schedule_test.c
 *	Slots become jobs, each once: policies, races, failures, the clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/fault.h"
#include "core/meta/job_run.h"
#include "core/meta/org.h"
#include "core/meta/pipeline_store.h"
#include "core/meta/schedule.h"
#include "core/meta/slot.h"
#include "core/meta/sql_text.h"
#include "tests/lib/metatemp.h"

static const char body[] = "{\"name\":\"p\",\"source\":{\"connection\":\"files\",\"stream\":\"a.csv\"},"
			   "\"target\":{\"stream\":\"public.t\"},\"mode\":\"append\"}";

struct bench {
	const char *conninfo;
	struct db *app, *engine, *super;
	struct arena *mem;
	int64_t org;
};

static int set_up(void **state)
{
	struct bench *b = test_calloc(1, sizeof(*b));
	struct err err = { 0 };

	b->conninfo = metatemp_new();
	b->app = metatemp_open(b->conninfo, META_APP, NULL, &b->org);
	b->engine = metatemp_open(b->conninfo, META_ENGINE, NULL, NULL);
	b->super = metatemp_super(b->conninfo);
	b->mem = arena_new(NULL, "test");
	OK(pipeline_put(b->app, "p", body, NULL, NULL, &err));
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	db_close(b->app);
	db_close(b->engine);
	db_close(b->super);
	arena_free(b->mem);
	test_free(b);
	return 0;
}

static void put(struct bench *b, struct db *app, const char *name, const char *spec,
		const char *overlap, const char *missed)
{
	struct schedule_request in = { .name = name, .pipeline = "p", .spec = spec,
				       .overlap = overlap, .missed = missed };
	struct err err = { 0 };

	OK(schedule_check(b->mem, app, &in, &err));
	OK(schedule_put(b->mem, app, &in, true, NULL, &err));
}

/* As if its slot had been due so long ago. */
static void turn_back(struct bench *b, const char *interval)
{
	metatemp_run(b->super, arena_printf(b->mem, "update leat.schedule set "
		"next_at = date_trunc('minute', now() - interval '%s'), "
		"look_at = date_trunc('minute', now() - interval '%s') where deleted_at is null",
		interval, interval));
}

static int run_due(struct bench *b, int64_t *next_ms)
{
	struct err err = { 0 };
	int made;
	int64_t ms;

	OK(schedule_run_due(b->engine, &made, next_ms != NULL ? next_ms : &ms, &err));
	return made;
}

static int64_t number(struct bench *b, const char *sql)
{
	return metatemp_number(b->super, sql);
}

static const char *without_params(struct arena *mem, const char *sql)
{
	const char *at = strstr(sql, "$1::integer");

	assert_non_null(at);
	return arena_printf(mem, "%.*s16%s", (int)(at - sql), sql, at + strlen("$1::integer"));
}

static void nothing_is_due(void **state)
{
	struct bench *b = *state;
	int64_t ms;

	assert_int_equal(run_due(b, &ms), 0);
	assert_int_equal(ms, -1);
	put(b, b->app, "s", "* * * * *", NULL, NULL);
	assert_int_equal(run_due(b, &ms), 0);
	assert_in_range(ms, 1, 60000);
	assert_int_equal(number(b, "select count(*) from leat.tick"), 0);
}

/* What an idle engine asks is answered from the index, however many schedules there are. */
static void looking_is_cheap(void **state)
{
	struct bench *b = *state;
	const char *plan;

	put(b, b->app, "s", "* * * * *", NULL, NULL);
	metatemp_run(b->super, "insert into leat.schedule (org_id, name, pipeline_id, spec, tz, "
		     "next_at, look_at) select org_id, 's' || i, pipeline_id, '@yearly', tz, "
		     "now() + i * interval '1 minute', now() + i * interval '1 minute' "
		     "from leat.schedule, generate_series(1, 20000) i");
	metatemp_run(b->super, "analyze leat.schedule");
	plan = metatemp_one(b->engine, arena_printf(b->mem, "explain (format json) %s",
						    without_params(b->mem, sql_schedule_next)));
	if (strstr(plan, "schedule_look") == NULL || strstr(plan, "Seq Scan") != NULL ||
	    strstr(plan, "\"Sort\"") != NULL)
		fail_msg("%s", plan);
}

static void a_slot_becomes_a_job(void **state)
{
	struct bench *b = *state;
	struct job_rows jobs;
	struct job_row job;
	struct job_filter any = {  };
	struct schedule_row row;
	struct schedule_ticks ticks;
	struct err err = { 0 };
	int64_t ms;

	put(b, b->app, "s", "* * * * *", NULL, NULL);
	turn_back(b, "1 second");
	assert_int_equal(run_due(b, &ms), 1);
	assert_in_range(ms, 1, 60000);
	assert_int_equal(run_due(b, NULL), 0);
	OK(job_list(b->mem, b->app, &any, &jobs, &err));
	assert_int_equal(jobs.n, 1);
	assert_string_equal(jobs.j[0].pipeline, "p");
	assert_string_equal(jobs.j[0].kind, "run");
	assert_int_equal(jobs.j[0].max_attempts, SCHEDULE_ATTEMPTS);
	OK(job_get(b->mem, b->app, jobs.j[0].id, &job, &err));
	assert_non_null(strstr(job.body, "\"slot\""));
	OK(schedule_get(b->mem, b->app, "s", &row, &err));
	assert_int_equal(row.last_job, jobs.j[0].id);
	assert_string_equal(row.last_outcome, "made");
	assert_null(row.problem);
	OK(schedule_ticks(b->mem, b->app, row.id, 10, &ticks, &err));
	assert_int_equal(ticks.n, 1);
	assert_int_equal(ticks.t[0].job, jobs.j[0].id);
	assert_int_equal(number(b, "select count(*) from leat.job where (body #>> "
		"'{slot,end}')::timestamptz = (select due_at from leat.tick) and "
		"(body #>> '{slot,end}')::timestamptz - (body #>> '{slot,start}')::timestamptz = "
		"interval '1 minute'"), 1);
}

/* What the schedule says holds, then what the pipeline says, then the usual. */
static void jobs_stand_as_it_was_said(void **state)
{
	static const char said[] = "{\"source\":{\"stream\":\"a.csv\"},\"target\":{\"stream\":"
		"\"public.t\"},\"queue\":\"night\",\"priority\":40,\"attempts\":5,"
		"\"time_limit\":\"30m\",\"unique\":\"one\",\"on_clash\":\"refuse\"}";
	struct bench *b = *state;
	struct schedule_request in = { .name = "s", .pipeline = "p", .spec = "* * * * *",
				       .overlap = "queue", .missed = "all", .priority = 7 };
	struct job_filter any = { 0 };
	struct job_rows jobs;
	struct job_row job;
	struct schedule_row row;
	struct schedule_ticks ticks;
	struct err err = { 0 };

	OK(pipeline_put(b->app, "p", said, NULL, NULL, &err));
	OK(schedule_check(b->mem, b->app, &in, &err));
	OK(schedule_put(b->mem, b->app, &in, true, NULL, &err));
	turn_back(b, "1 minute");
	assert_int_equal(run_due(b, NULL), 1);
	OK(job_list(b->mem, b->app, &any, &jobs, &err));
	assert_int_equal(jobs.n, 1);
	OK(job_get(b->mem, b->app, jobs.j[0].id, &job, &err));
	assert_string_equal(job.queue, "night");
	assert_int_equal(job.priority, 7);
	assert_int_equal(job.max_attempts, 5);
	assert_int_equal(job.time_limit_ms, 1800000);
	assert_null(strstr(job.body, "night"));
	/* The key is taken: the second slot is left out, and says for which job. */
	OK(schedule_get(b->mem, b->app, "s", &row, &err));
	assert_null(row.problem);
	OK(schedule_ticks(b->mem, b->app, row.id, 10, &ticks, &err));
	assert_int_equal(ticks.n, 2);
	assert_string_equal(ticks.t[0].outcome, "skipped");
	assert_non_null(strstr(ticks.t[0].reason, "with the same key has not ended"));
	assert_int_equal(ticks.t[0].job, 0);
}

static void missed_slots(void **state)
{
	struct bench *b = *state;
	static const struct {
		const char *overlap, *missed, *late;
		int made, ticks;
	} cases[] = {
		{ "queue", "skip", "30 minutes", 0, 1 },
		{ "queue", "one", "30 minutes", 1, 2 },
		{ "queue", "all", "30 minutes", 31, 31 },
		{ "queue", "all", "10 hours", SCHEDULE_CATCH_UP, SCHEDULE_CATCH_UP + 1 },
		{ "queue", "one", "400 days", 1, 2 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = { 0 };
		const char *spec = i == 0 ? "0 0 1 1 *" : "* * * * *";

		put(b, b->app, "s", spec, cases[i].overlap, cases[i].missed);
		if (i == 0)	/* the only slot is long past */
			metatemp_run(b->super, "update leat.schedule set "
				"next_at = date_trunc('year', now()), look_at = now() "
				"where deleted_at is null");
		else
			turn_back(b, cases[i].late);
		/* Not over the edge of a minute: a slot more would be due. */
		if (number(b, "select extract(second from clock_timestamp())::int") > 55)
			metatemp_run(b->super, "select pg_sleep(6)");
		if (i != 0)
			turn_back(b, cases[i].late);
		assert_int_equal(run_due(b, NULL), cases[i].made);
		assert_int_equal(number(b, "select count(*) from leat.tick"), cases[i].ticks);
		assert_int_equal(number(b, "select count(*) from leat.tick where outcome = 'missed'"),
				 cases[i].ticks - cases[i].made);
		assert_int_equal(number(b, "select count(*) from leat.job"), cases[i].made);
		assert_int_equal(number(b, "select count(*) from leat.tick t left join leat.job j on "
			"j.id = t.job_id where t.outcome = 'made' and j.id is null"), 0);
		assert_int_equal(run_due(b, NULL), 0);
		OK(schedule_remove(b->app, "s", &err));
		metatemp_run(b->super, "truncate leat.tick");
		metatemp_run(b->super, "truncate leat.job cascade");
	}
}

static void earlier_jobs_that_have_not_ended(void **state)
{
	static const char *const overlap[] = { "skip", "queue", "cancel" };
	static const int jobs[] = { 1, 2, 2 }, waiting[] = { 1, 2, 1 };
	struct bench *b = *state;

	for (int i = 0; i < 3; i++) {
		struct err err = { 0 };

		put(b, b->app, "s", "* * * * *", overlap[i], "one");
		turn_back(b, "1 minute");
		assert_int_equal(run_due(b, NULL), 1);
		metatemp_run(b->super, "update leat.tick set due_at = due_at - interval '1 hour'");
		turn_back(b, "0 minutes");
		assert_int_equal(run_due(b, NULL), i == 0 ? 0 : 1);
		assert_int_equal(number(b, "select count(*) from leat.job"), jobs[i]);
		assert_int_equal(number(b, "select count(*) from leat.job_view where state = 0"),
				 waiting[i]);
		assert_int_equal(number(b, "select count(*) from leat.tick where "
			"outcome = 'skipped' and reason like 'job % has not ended'"), i == 0);
		OK(schedule_remove(b->app, "s", &err));
		metatemp_run(b->super, "truncate leat.tick");
		metatemp_run(b->super, "truncate leat.job cascade");
	}
}

/* Six engines at once look a hundred times at many schedules, and the slots are turned back. */
static void many_engines_make_it_once(void **state)
{
	struct bench *b = *state;
	int64_t second, jobs;
	pid_t child[6];
	int status;

	for (int i = 0; i < 20; i++)
		put(b, b->app, arena_printf(b->mem, "s%d", i), "* * * * *", "queue", "all");
	turn_back(b, "7 minutes");
	for (int i = 0; i < 6; i++) {
		child[i] = fork();
		assert_true(child[i] >= 0);
		if (child[i] == 0) {
			struct db *db = metatemp_open(b->conninfo, META_ENGINE, NULL, NULL);
			struct err inner = { 0 };
			enum err_code rc = ERR_OK;
			int made;
			int64_t ms;

			for (int k = 0; k < 30 && rc == ERR_OK; k++)
				rc = schedule_run_due(db, &made, &ms, &inner);
			db_close(db);
			_exit(rc == ERR_OK ? 0 : 1);
		}
	}
	for (int i = 0; i < 6; i++) {
		assert_int_equal(waitpid(child[i], &status, 0), child[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(number(b, "select count(*) from (select schedule_id, due_at from leat.tick "
				   "where outcome = 'made' group by 1, 2) x"),
			 number(b, "select count(*) from leat.job"));
	assert_int_equal(number(b, "select count(*) from (select body #>> '{slot,end}', count(*) n "
				   "from leat.job group by 1) x where n <> 20"), 0);
	assert_true(number(b, "select count(*) from leat.job") >= 20 * 8);
	/* The clock goes back an hour, or somebody's next slot does: nothing is made again. */
	jobs = number(b, "select count(*) from leat.job");
	turn_back(b, "7 minutes");
	second = run_due(b, NULL);
	assert_int_equal(number(b, "select count(*) from leat.job"), jobs + second);
	assert_true(second <= 20);	/* of a minute that has just begun, at most */
}

static void failures_leave_nothing_half(void **state)
{
	struct bench *b = *state;
	int met = 0;

	put(b, b->app, "s", "* * * * *", "queue", "one");
	for (int nth = 1;; nth++) {
		struct err err = { 0 };
		int made = 0;
		int64_t ms, jobs = number(b, "select count(*) from leat.job");
		enum err_code rc;
		bool was_hit;

		metatemp_run(b->super, "truncate leat.tick");
		turn_back(b, "2 minutes");
		fault_arm(nth);
		rc = schedule_run_due(b->engine, &made, &ms, &err);
		was_hit = fault_hit() != 0;
		fault_arm(0);
		if (!was_hit) {
			OK(rc);
			break;
		}
		assert_true(rc != ERR_OK || (made == 0 && ms == SCHEDULE_SOON_MS));
		met++;
		if (db_is_broken(b->engine)) {
			err_clear(&err);
			OK(db_reconnect(b->engine, 5000, &err));
		}
		assert_int_equal(number(b, "select count(*) from leat.tick where outcome = 'made'"),
				 number(b, "select count(*) from leat.job") - jobs);
	}
	assert_true(met > 8);
}

static void one_that_cannot_be_looked_at_stands_aside(void **state)
{
	struct bench *b = *state;
	struct schedule_row row;
	struct err err = { 0 };
	int64_t ms;

	OK(pipeline_put(b->app, "q", "{\"name\":\"q\"}", NULL, NULL, &err));
	put(b, b->app, "bad", "* * * * *", NULL, NULL);
	put(b, b->app, "good", "* * * * *", NULL, NULL);
	metatemp_run(b->super, "update leat.schedule set pipeline_id = (select id from leat.pipeline "
		     "where name = 'q') where name = 'bad'");
	metatemp_run(b->super, "update leat.pipeline set deleted_at = now() where name = 'q'");
	turn_back(b, "1 second");
	assert_int_equal(run_due(b, &ms), 1);
	OK(schedule_get(b->mem, b->app, "bad", &row, &err));
	assert_string_equal(row.problem, "its pipeline is gone");
	assert_int_equal(run_due(b, NULL), 0);
	metatemp_run(b->super, "update leat.pipeline set deleted_at = null where name = 'q'");
	metatemp_run(b->super, "update leat.schedule set look_at = now() where name = 'bad'");
	assert_int_equal(run_due(b, NULL), 1);
	OK(schedule_get(b->mem, b->app, "bad", &row, &err));
	assert_null(row.problem);
	/* A zone that the server no longer has. */
	metatemp_run(b->super, "update leat.schedule set tz = 'Gone/Zone' where name = 'bad'");
	turn_back(b, "1 second");
	assert_int_equal(run_due(b, NULL), 0);
	OK(schedule_get(b->mem, b->app, "bad", &row, &err));
	assert_non_null(strstr(row.problem, "Gone/Zone"));
}

static void organizations_keep_apart(void **state)
{
	struct bench *b = *state;
	struct db *owner = metatemp_open(b->conninfo, META_OWNER, NULL, NULL), *other;
	struct err err = { 0 };
	int64_t id, org;

	OK(org_add(owner, "other", &id, &err));
	db_close(owner);
	other = metatemp_open(b->conninfo, META_APP, "other", &org);
	OK(pipeline_put(other, "p", body, NULL, NULL, &err));
	put(b, b->app, "s", "* * * * *", NULL, NULL);
	put(b, other, "s", "* * * * *", NULL, NULL);
	turn_back(b, "1 second");
	assert_int_equal(run_due(b, NULL), 2);
	assert_int_equal(number(b, "select count(*) from leat.tick t join leat.job j on "
				   "j.org_id = t.org_id and j.id = t.job_id "
				   "join leat.pipeline p on p.org_id = j.org_id "
				   "and p.id = j.pipeline_id"), 2);
	assert_int_equal(number(b, "select count(distinct org_id) from leat.job"), 2);
	/* The engine alone, without an organization, sees no pipeline and no body of one. */
	assert_int_equal(metatemp_number(b->engine, "select count(name) from leat.pipeline"), 0);
	db_close(other);
}

static void changing(void **state)
{
	struct bench *b = *state;
	struct schedule_request in = { .name = "s", .pipeline = "p", .spec = "@daily",
				       .tz = "europe/berlin" };
	struct schedule_row row;
	struct schedule_rows rows;
	struct err err = { 0 };
	bool changed;

	OK(schedule_check(b->mem, b->app, &in, &err));
	assert_string_equal(in.tz, "Europe/Berlin");
	OK(schedule_put(b->mem, b->app, &in, true, &changed, &err));
	assert_true(changed);
	assert_int_equal(schedule_put(b->mem, b->app, &in, true, NULL, &err), ERR_CONFLICT);
	err_clear(&err);
	OK(schedule_put(b->mem, b->app, &in, false, &changed, &err));
	assert_false(changed);
	in.priority = 7;
	OK(schedule_put(b->mem, b->app, &in, false, &changed, &err));
	assert_true(changed);
	OK(schedule_pause(b->mem, b->app, "s", true, &changed, &err));
	assert_true(changed);
	OK(schedule_pause(b->mem, b->app, "s", true, &changed, &err));
	assert_false(changed);
	OK(schedule_get(b->mem, b->app, "s", &row, &err));
	assert_true(row.is_paused);
	assert_null(row.next_at);
	assert_int_equal(run_due(b, NULL), 0);
	OK(schedule_pause(b->mem, b->app, "s", false, &changed, &err));
	OK(schedule_get(b->mem, b->app, "s", &row, &err));
	assert_non_null(row.next_at);
	OK(schedule_list(b->mem, b->app, "p", NULL, &rows, &err));
	assert_int_equal(rows.n, 1);
	assert_int_equal(pipeline_remove(b->app, "p", &err), ERR_CONFLICT);
	assert_non_null(strstr(err.frame[0].text, "schedule \"s\""));
	err_clear(&err);
	OK(schedule_remove(b->app, "s", &err));
	assert_int_equal(schedule_remove(b->app, "s", &err), ERR_NOT_FOUND);
	err_clear(&err);
	OK(pipeline_remove(b->app, "p", &err));
	assert_int_equal(number(b, "select count(*) from leat.audit where action like 'schedule %'"),
			 5);
}

static void wrong_ones_are_refused(void **state)
{
	static const struct {
		struct schedule_request in;
		enum err_code code;
		const char *why;
	} cases[] = {
		{ { .name = "", .spec = "@daily" }, ERR_CONFIG, "1 to 63" },
		{ { .name = "s", .spec = "61 * * * *" }, ERR_CONFIG, "minute" },
		{ { .name = "s", .spec = "@daily", .tz = "Mars/Base" }, ERR_NOT_FOUND, "Mars/Base" },
		{ { .name = "s", .spec = "@daily", .overlap = "x" }, ERR_CONFIG, "overlap is" },
		{ { .name = "s", .spec = "@daily", .missed = "x" }, ERR_CONFIG, "missed is" },
		{ { .name = "s", .spec = "@daily", .missed = "all" }, ERR_CONFIG, "overlap queue" },
		{ { .name = "s", .spec = "@daily", .max_attempts = 101 }, ERR_CONFIG, "attempts" },
	};
	struct bench *b = *state;
	struct schedule_request in = { .name = "s", .pipeline = "nothing", .spec = "@daily" };
	struct err err = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct schedule_request one = cases[i].in;

		err_clear(&err);
		assert_int_equal(schedule_check(b->mem, b->app, &one, &err), cases[i].code);
		if (strstr(err.frame[0].text, cases[i].why) == NULL)
			fail_msg("%s: %s", cases[i].why, err.frame[0].text);
	}
	err_clear(&err);
	OK(schedule_check(b->mem, b->app, &in, &err));
	assert_int_equal(schedule_put(b->mem, b->app, &in, true, NULL, &err), ERR_NOT_FOUND);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_due),
		TEST(looking_is_cheap),
		TEST(a_slot_becomes_a_job),
		TEST(jobs_stand_as_it_was_said),
		TEST(missed_slots),
		TEST(earlier_jobs_that_have_not_ended),
		TEST(many_engines_make_it_once),
		TEST(failures_leave_nothing_half),
		TEST(one_that_cannot_be_looked_at_stands_aside),
		TEST(organizations_keep_apart),
		TEST(changing),
		TEST(wrong_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

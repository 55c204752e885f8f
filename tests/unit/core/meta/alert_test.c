/*
 * tests/unit/core/meta/alert_test.c
 *	Ends of jobs become incidents and messages, each once, whoever looks and when.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/fault.h"
#include "core/meta/alert.h"
#include "core/meta/job_run.h"
#include "core/meta/pipeline_store.h"
#include "tests/lib/metatemp.h"

static const struct job_left left_none = { .trace = JOB_TRACE_NONE };

struct bench {
	const char *conninfo;
	struct db *app, *engine, *super;
	struct arena *mem;
	int64_t org, pipeline;
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
	metatemp_run(b->super, "insert into leat.engine (name, version, slots)"
		     " values ('e', 'test', 1)");
	OK(pipeline_put(b->app, "orders", "{\"name\":\"orders\"}", &b->pipeline, NULL, &err));
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

static void add_rule(struct bench *b, const char *name, const char *pipeline, bool on_success,
		     int64_t rejects)
{
	struct alert_rule a = {
		.name = name, .pipeline = pipeline, .kind = "webhook",
		.config = "{\"url\":\"https://example.com/\"}", .on_failure = true,
		.on_recovery = true, .on_success = on_success, .rejects_rows = rejects,
		.rejects_percent = -1,
	};
	struct err err = { 0 };

	OK(alert_put(b->app, PUT_NEW, &a, NULL, &err));
}

/* A job that was claimed and whose end somebody expects, if anybody does. */
static struct job_lease started(struct bench *b, int64_t pipeline, bool *expected)
{
	struct job_request in = { .kind = pipeline != 0 ? "run" : "load",
				  .body = pipeline != 0 ? "{\"name\":\"orders\"}" : "{}",
				  .pipeline_id = pipeline };
	struct job_claimed c;
	struct err err = { 0 };
	int64_t job, unnoted;
	bool noted;

	OK(job_add(b->app, &in, &job, NULL, &err));
	OK(job_claim_one(b->mem, b->engine, 1, b->org, job, &c, &err));
	OK(alert_expect(b->app, job, c.lease.run, pipeline, &noted, &unnoted, &err));
	if (expected != NULL)
		*expected = noted;
	return c.lease;
}

static void ends_badly(struct bench *b, const struct job_lease *l)
{
	struct err why = { 0 }, err = { 0 };

	err_set(&why, ERR_INPUT, "the file is broken");
	OK(job_fail(b->engine, l, &why, &left_none, NULL, &err));
}

static void ends_well(struct bench *b, const struct job_lease *l, int64_t rejected)
{
	struct job_done d = { .committed_run = l->run,
			      .counts = { .read = 10, .written = 10 - rejected,
					  .rejected = rejected } };
	struct err err = { 0 };

	OK(job_settle(b->engine, l, &d, &err));
}

static int look(struct bench *b, const struct job_lease *l)
{
	struct alert_made made = { 0 };
	struct err err = { 0 };

	OK(alert_look(b->mem, b->app, l->job, l->run, &made, &err));
	return made.n;
}

/* "job.failed job.recovered" in the order they were made. */
static const char *told(struct bench *b)
{
	return metatemp_one(b->super, "select coalesce(string_agg(what, ' ' order by id), '') "
			    "from leat.alert_message");
}

static void nobody_wants_to_know(void **state)
{
	struct bench *b = *state;
	struct job_lease l;
	bool expected;

	l = started(b, b->pipeline, &expected);
	assert_false(expected);
	ends_badly(b, &l);
	assert_int_equal(look(b, &l), 0);
	assert_string_equal(told(b), "");
}

static void an_incident_is_told_twice(void **state)
{
	struct bench *b = *state;
	struct alert_incidents list;
	struct alert_rule rule;
	struct err err = { 0 };

	add_rule(b, "ops", NULL, false, -1);
	for (int i = 0; i < 3; i++) {
		bool expected;
		struct job_lease l = started(b, b->pipeline, &expected);

		assert_true(expected);
		assert_int_equal(look(b, &l), 0);	/* it still runs */
		ends_badly(b, &l);
		assert_int_equal(look(b, &l), i == 0 ? 1 : 0);
		assert_int_equal(look(b, &l), 0);	/* looked at already */
	}
	OK(alert_get(b->mem, b->app, "ops", &rule, &err));
	assert_int_equal(rule.open, 1);
	OK(alert_incidents(b->mem, b->app, rule.id, &list, &err));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.i[0].jobs, 3);
	assert_string_equal(list.i[0].pipeline, "orders");
	for (int i = 0; i < 2; i++) {
		struct job_lease l = started(b, b->pipeline, NULL);

		ends_well(b, &l, 0);
		assert_int_equal(look(b, &l), i == 0 ? 1 : 0);
	}
	assert_string_equal(told(b), "job.failed job.recovered");
	assert_int_equal(metatemp_number(b->super, "select count(*) from leat.alert_due"), 0);
	assert_int_equal(metatemp_number(b->super, "select count(*) from leat.job_view "
					 "where kind = 'alert' and state = 0"), 2);
}

static void each_rule_has_its_own_view(void **state)
{
	struct bench *b = *state;
	struct job_lease l;

	add_rule(b, "all", NULL, false, -1);
	add_rule(b, "orders", "orders", true, 2);
	l = started(b, 0, NULL);
	ends_badly(b, &l);
	assert_int_equal(look(b, &l), 1);	/* only the organization's */
	l = started(b, 0, NULL);
	ends_badly(b, &l);
	assert_int_equal(look(b, &l), 1);	/* another load is another incident */
	l = started(b, b->pipeline, NULL);
	ends_well(b, &l, 2);
	assert_int_equal(look(b, &l), 1);
	l = started(b, b->pipeline, NULL);
	ends_well(b, &l, 3);
	assert_int_equal(look(b, &l), 1);
	l = started(b, b->pipeline, NULL);
	ends_well(b, &l, 4);
	assert_int_equal(look(b, &l), 1);	/* a success, the rejects are known */
	l = started(b, b->pipeline, NULL);
	ends_well(b, &l, 0);
	assert_int_equal(look(b, &l), 1);
	assert_string_equal(told(b), "job.failed job.failed job.succeeded job.rejects "
			    "job.succeeded job.recovered");
}

static void what_is_tried_again_or_cancelled_is_no_end(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };
	struct job_lease l;
	struct err why = { 0 };

	add_rule(b, "ops", NULL, true, -1);
	l = started(b, b->pipeline, NULL);
	OK(job_hand_back(b->engine, &l, JOB_TRACE_NONE, &err));
	assert_int_equal(look(b, &l), 0);
	l = started(b, 0, NULL);
	err_set(&why, ERR_CANCELLED, "cancelled");
	OK(job_fail(b->engine, &l, &why, &left_none, NULL, &err));
	assert_int_equal(look(b, &l), 0);
	assert_string_equal(told(b), "");
	assert_int_equal(metatemp_number(b->super, "select count(*) from leat.alert_due"), 0);
}

static void what_nobody_looked_at_is_found(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };
	struct alert_ends left;
	struct job_lease running, dead;

	add_rule(b, "ops", NULL, false, -1);
	running = started(b, 0, NULL);
	dead = started(b, b->pipeline, NULL);
	OK(alert_left(b->mem, b->engine, &left, &err));
	assert_int_equal(left.n, 0);
	ends_badly(b, &dead);
	OK(alert_left(b->mem, b->engine, &left, &err));
	assert_int_equal(left.n, 1);
	assert_int_equal(left.e[0].job, dead.job);
	assert_int_equal(left.e[0].org_id, b->org);
	assert_int_equal(look(b, &dead), 1);
	OK(alert_left(b->mem, b->engine, &left, &err));
	assert_int_equal(left.n, 0);
	ends_well(b, &running, 0);
}

/* The failure is looked at after the success that followed it. */
static void a_late_look_closes_what_is_over(void **state)
{
	struct bench *b = *state;
	struct job_lease failed, good;

	add_rule(b, "ops", NULL, false, -1);
	failed = started(b, b->pipeline, NULL);
	ends_badly(b, &failed);
	good = started(b, b->pipeline, NULL);
	ends_well(b, &good, 0);
	assert_int_equal(look(b, &good), 0);
	assert_int_equal(look(b, &failed), 2);
	assert_string_equal(told(b), "job.failed job.recovered");
	assert_int_equal(metatemp_number(b->super, "select count(*) from leat.alert_incident "
					 "where closed_at is null"), 0);
}

/* Whatever fails while messages are made, the next look makes them. */
static void a_look_that_fails_is_made_again(void **state)
{
	struct bench *b = *state;
	struct alert_made made = { 0 };
	struct err err = { 0 };
	struct job_lease l;

	add_rule(b, "ops", NULL, false, -1);
	l = started(b, b->pipeline, NULL);
	ends_badly(b, &l);
	fault_arm(1);
	assert_int_not_equal(alert_look(b->mem, b->app, l.job, l.run, &made, &err), ERR_OK);
	assert_true(fault_hit());
	fault_arm(0);
	assert_int_equal(made.n, 0);
	assert_string_equal(told(b), "");
	assert_int_equal(metatemp_number(b->super, "select count(*) from leat.job_view "
					 "where kind = 'alert'"), 0);
	assert_int_equal(look(b, &l), 1);
}

static void rules_are_put_paused_and_removed(void **state)
{
	struct bench *b = *state;
	struct err err = { 0 };
	struct alert_rule rule, same = { .name = "ops", .kind = "webhook", .config = "{}",
					 .on_failure = true, .rejects_rows = -1,
					 .rejects_percent = -1 };
	struct alert_rules list;
	struct job_lease l;
	bool expected;

	add_rule(b, "ops", "orders", false, -1);
	assert_int_equal(alert_put(b->app, PUT_NEW, &same, NULL, &err), ERR_CONFLICT);
	same.pipeline = "nothing";
	assert_int_equal(alert_put(b->app, PUT_ANY, &same, NULL, &err), ERR_NOT_FOUND);
	same.pipeline = NULL;
	same.config = "{\"secret\":\"CANARY\"}";
	assert_int_equal(alert_put(b->app, PUT_ANY, &same,
				   (const char *const[]){ "secret", NULL }, &err), ERR_CONFIG);
	OK(alert_pause(b->app, "ops", true, "410", &err));
	OK(alert_get(b->mem, b->app, "ops", &rule, &err));
	assert_true(rule.is_paused);
	assert_string_equal(rule.paused_why, "410");
	l = started(b, b->pipeline, &expected);
	assert_false(expected);
	ends_badly(b, &l);
	OK(alert_pause(b->app, "ops", false, NULL, &err));
	l = started(b, b->pipeline, &expected);
	assert_true(expected);
	ends_badly(b, &l);
	assert_int_equal(look(b, &l), 1);
	OK(alert_remove(b->app, "ops", &err));
	assert_int_equal(alert_remove(b->app, "ops", &err), ERR_NOT_FOUND);
	OK(alert_list(b->mem, b->app, NULL, &list, &err));
	assert_int_equal(list.n, 0);
	assert_int_equal(metatemp_number(b->super, "select count(*) from leat.alert_incident "
					 "where closed_at is null"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nobody_wants_to_know, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_incident_is_told_twice, set_up, tear_down),
		cmocka_unit_test_setup_teardown(each_rule_has_its_own_view, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_tried_again_or_cancelled_is_no_end,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_nobody_looked_at_is_found, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_late_look_closes_what_is_over, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_look_that_fails_is_made_again, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(rules_are_put_paused_and_removed, set_up,
						tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

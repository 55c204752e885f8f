/*
 * tests/unit/core/meta/plan_test.c
 *	How a claim reads the queue, whatever is known of its table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/queuetemp.h"

static const char *plan_of_pick(struct queuetemp *q)
{
	struct db_result *res = NULL;
	struct err err = { 0 };
	const char *body, *out = "";

	/* The very text that the claim runs, under its settings, with values where names stand. */
	body = metatemp_one(q->super,
		"select 'explain ' || replace(replace(replace(replace(replace(replace("
		"substring(prosrc from 'with lanes[^;]*'), 'into places', ''), "
		"'p_max', '10'), 'p_queues', 'null::text[]'), 'p_after_org', '0'), "
		"'p_lanes', '''{}''::bigint[]'), 'p_floors', '''{}''::bigint[]') "
		"from pg_proc where oid = 'leat.pick'::regproc");
	OK(db_begin(q->engine, &err));
	metatemp_run(q->engine, metatemp_one(q->super,
		"select coalesce(string_agg('set local ' || c, '; '), '') from pg_proc, "
		"unnest(proconfig) c where oid = 'leat.pick'::regproc "
		"and c not like 'search_path%'"));
	OK(db_query(q->engine, body, NULL, 0, &res, &err));
	for (int i = 0; i < db_result_rows(res); i++)
		out = arena_printf(q->mem, "%s%s\n", out, db_result_at(res, i, 0));
	db_result_free(res);
	db_rollback(q->engine);
	return out;
}

static void expect_index(struct queuetemp *q, const char *when)
{
	const char *plan = plan_of_pick(q);

	if (strstr(plan, "ready_pkey") == NULL || strstr(plan, "Seq Scan on ready") != NULL)
		fail_msg("%s, ready is not read by its index:\n%s", when, plan);
	/* Without the lane the index is read from its beginning, dead rows and all. */
	if (strstr(plan, "Index Cond: (job_id") != NULL)
		fail_msg("%s, lanes are not looked for by their number:\n%s", when, plan);
}

/* Whatever is known of the table, a claim reads what it takes and no more. */
static void a_claim_reads_by_the_index(void **state)
{
	struct queuetemp *q = *state;
	struct job_request in = { .kind = "load", .body = "{}" };
	static int64_t jobs[20000];
	static const char *body[20000];
	struct err err = { 0 };

	for (int i = 0; i < 20000; i++)
		body[i] = "{}";
	expect_index(q, "never analyzed and empty");
	metatemp_run(q->super, "analyze leat.ready");
	OK(job_add_many(q->app, &in, body, 20000, jobs, &err));
	expect_index(q, "analyzed when empty");
	metatemp_run(q->super, "analyze");
	expect_index(q, "full");
	metatemp_run(q->super, "delete from leat.done");
	metatemp_run(q->super, "create table public.kept as select * from leat.ready");
	metatemp_run(q->super, "delete from leat.ready where job_id % 1000 <> 0");
	expect_index(q, "mostly dead rows");
	metatemp_run(q->super, "analyze leat.ready");
	expect_index(q, "bloated");
	metatemp_run(q->super, "insert into leat.ready select * from public.kept on conflict do "
		     "nothing");
	expect_index(q, "full again");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_claim_reads_by_the_index, queuetemp_up,
						queuetemp_down),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

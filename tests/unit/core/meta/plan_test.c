/*
 * tests/unit/core/meta/plan_test.c
 *	How claims and ends read the queue, whatever is known of its tables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/queuetemp.h"

/* Values where the statements of the functions have names. */
static const char *const names[][2] = {
	{ "\\minto ([a-z_]+, )*[a-z_]+\\s+from\\M", "from" },
	{ "\\minto places\\s*$", "" },
	{ "\\m(p_orgs|p_lanes|p_runs|orgs|ids|floors|backs)\\[(i|1)\\]", "1" },
	{ "\\m(p_lanes|p_floors|orgs|ids|floors|backs|jobs|p_jobs)\\M", "(''{1,2}''::bigint[])" },
	{ "\\m(priorities|p_ends)\\M", "(''{1,2}''::integer[])" },
	{ "\\mresults\\M", "null::jsonb[]" },
	{ "\\mp_queues\\M", "null::text[]" },
	{ "\\mp_after_org\\M", "0" },
	{ "\\mp_max\\M", "10" },
	{ "\\mp_lost\\M", "0" },
	{ "\\mp_most_lost\\M", "1" },
};

/* Of the very text that a function runs, what matches the pattern, under its settings. */
static const char *plan_of(struct queuetemp *q, const char *function, const char *pattern)
{
	const char *text, *out = "";
	struct db_result *res = NULL;
	struct err err = { 0 };

	text = metatemp_one(q->super, arena_printf(q->mem,
		"select 'explain ' || substring(prosrc from '%s') from pg_proc "
		"where oid = 'leat.%s'::regproc", pattern, function));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		text = metatemp_one(q->super, arena_printf(q->mem,
			"select regexp_replace($t$%s$t$, '%s', '%s', 'g')", text, names[i][0],
			names[i][1]));
	OK(db_begin(q->engine, &err));
	metatemp_run(q->engine, arena_printf(q->mem,
		"select set_config(split_part(c, '=', 1), split_part(c, '=', 2), true) "
		"from pg_proc, unnest(proconfig) c where oid = 'leat.%s'::regproc "
		"and c not like 'search_path%%'", function));
	OK(db_query(q->engine, text, NULL, 0, &res, &err));
	for (int i = 0; i < db_result_rows(res); i++)
		out = arena_printf(q->mem, "%s%s\n", out, db_result_at(res, i, 0));
	db_result_free(res);
	db_rollback(q->engine);
	return out;
}

static void expect_ready(const char *plan, const char *when)
{
	if (strstr(plan, "ready_pkey") == NULL || strstr(plan, "Seq Scan on ready") != NULL)
		fail_msg("%s, ready is not read by its index:\n%s", when, plan);
	/* In the other one dead rows are met that never came back. */
	if (strstr(plan, "ready_back") == NULL)
		fail_msg("%s, what comes back is not looked for by its index:\n%s", when, plan);
	/* Without the lane the index is read from its beginning, dead rows and all. */
	if (strstr(plan, "Index Cond: (job_id") != NULL)
		fail_msg("%s, lanes are not looked for by their number:\n%s", when, plan);
}

static void expect_index(struct queuetemp *q, const char *when)
{
	const char *plan = plan_of(q, "job_done", "with gone as .\\s*delete from leat.run r\\s*"
				   "using[^;]*");
	const char *cond = strstr(plan, "Index Cond: ((org_id");

	expect_ready(plan_of(q, "pick", "select array_agg\\(l.org_id[^;]*"), when);
	expect_ready(plan_of(q, "pick", "with lanes[^;]*"), when);
	expect_ready(plan_of(q, "pick", "select r.place\\s+from .select[^;]*limit p_max\\M"), when);
	/* From the first number to the last, once: not job by job, and not all that runs. */
	if (strstr(plan, "run_pkey") == NULL || strstr(plan, "Hash Join") == NULL || cond == NULL ||
	    strstr(cond, "job_id >=") == NULL || strstr(cond, "job_id <=") == NULL)
		fail_msg("%s, the runs that end are not read as a range:\n%s", when, plan);
	plan = plan_of(q, "job_done", "select r.place\\s+from generate_subscripts.*offset 0. r");
	if (strstr(plan, "run_pkey") == NULL || strstr(plan, "(job_id = x.job)") == NULL)
		fail_msg("%s, single runs that end are not found by their key:\n%s", when, plan);
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
	metatemp_run(q->super, "update leat.ready set is_back = true");
	metatemp_run(q->super, "analyze leat.ready");
	expect_index(q, "full of what has come back");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_claim_reads_by_the_index, queuetemp_up,
						queuetemp_down),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

/*
 * tests/unit/core/meta/list_cols_test.c
 *	Each column of each list is one that the server can order and look at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/meta/alert.h"
#include "core/meta/bookmark.h"
#include "core/meta/connection.h"
#include "core/meta/pipeline_store.h"
#include "core/meta/queue.h"
#include "core/meta/reject.h"
#include "core/meta/schedule.h"
#include "tests/lib/queuetemp.h"

typedef enum err_code (*list_fn)(struct queuetemp *q, const struct list_ask *ask, int *n,
				 struct err *err);

#define LIST(name, type, call)                                                               \
	static enum err_code name(struct queuetemp *q, const struct list_ask *ask, int *n,   \
				  struct err *err)                                           \
	{                                                                                    \
		struct type rows = { 0 };                                                    \
		enum err_code rc = call;                                                     \
										     \
		*n = rows.n;                                                                 \
		return rc;                                                                   \
	}

LIST(list_of_pipelines, pipeline_rows, pipeline_list(q->mem, q->app, ask, &rows, err))
LIST(list_of_schedules, schedule_rows, schedule_list(q->mem, q->app, NULL, ask, &rows, err))
LIST(list_of_connections, connection_list, connection_page(q->mem, q->app, ask, &rows, err))
LIST(list_of_engines, engine_rows, engine_row_list(q->mem, q->app, ask, true, &rows, err))
LIST(list_of_alerts, alert_rules, alert_list(q->mem, q->app, ask, &rows, err))
LIST(list_of_bookmarks, bookmark_list, bookmark_list(q->mem, q->app, ask, &rows, err))
LIST(list_of_queues, queue_rows, queue_list(q->mem, q->app, ask, &rows, err))

static enum err_code list_of_jobs(struct queuetemp *q, const struct list_ask *ask, int *n,
				  struct err *err)
{
	struct job_filter f = { .ask = *ask };
	struct job_rows rows = { 0 };
	enum err_code rc = job_list(q->mem, q->app, &f, &rows, err);

	*n = rows.n;
	return rc;
}

static enum err_code list_of_rejects(struct queuetemp *q, const struct list_ask *ask, int *n,
				     struct err *err)
{
	struct reject_filter f = { .ask = *ask, .with_discarded = true };
	struct reject_rows rows = { 0 };
	enum err_code rc = reject_list(q->mem, q->app, &f, &rows, err);

	*n = rows.n;
	return rc;
}

static enum err_code list_of_groups(struct queuetemp *q, const struct list_ask *ask, int *n,
				    struct err *err)
{
	struct reject_filter f = { .ask = *ask };
	struct reject_groups rows = { 0 };
	enum err_code rc = reject_groups(q->mem, q->app, &f, &rows, err);

	*n = rows.n;
	return rc;
}

/* One row in each list, at least. */
static void fill(struct queuetemp *q)
{
	struct job_claimed c;
	struct err err = { 0 };
	int64_t job;

	job = queuetemp_add(q, q->pipeline, 1);
	c = queuetemp_claim(q, job);
	queuetemp_settle(q, &c.lease);
	metatemp_run(q->super, "insert into leat.reject (org_id, job_id, run, part, row_no, line_no, "
		     "byte_offset, raw, problems) select org_id, job_id, committed_run, 'a.csv', 1, 2, 3, "
		     "'\\x61ff62'::bytea, '[{\"field\": \"f\", \"value\": \"12,5\", \"rule\": \"type\", "
		     "\"reason\": \"is no number\"}]' from leat.done");
	metatemp_run(q->super, "insert into leat.bookmark (org_id, pipeline_id, value) "
		     "select org_id, id, '{}' from leat.pipeline");
	metatemp_run(q->super, "insert into leat.schedule (org_id, name, pipeline_id, spec, tz, next_at) "
		     "select org_id, 's', id, '@daily', 'UTC', now() from leat.pipeline");
	metatemp_run(q->super, "insert into leat.alert (org_id, name, kind, config, on_failure, on_recovery, "
		     "on_success, allow_private) "
		     "select org_id, 'a', 'webhook', '{}', true, true, false, false from leat.pipeline");
	OK(connection_put(q->app, PUT_NEW, "c", "file", "{}", NULL, &(bool){ 0 }, &err));
}

/* Something that can be asked of a column, whatever it holds. */
static const char *question(struct queuetemp *q, const struct filter_col *c)
{
	switch (c->kind) {
	case FILTER_TEXT:
		return arena_printf(q->mem, "%s:a | !%s:a | %s~x | %s<x | %s=y", c->name, c->name,
				    c->name, c->name, c->name);
	case FILTER_CHOICE:
	case FILTER_ORDINAL:
		return arena_printf(q->mem, "%s=%.*s | !%s=%.*s", c->name,
				    (int)strcspn(c->choices, "|"), c->choices, c->name,
				    (int)strcspn(c->choices, "|"), c->choices);
	case FILTER_BOOL:
		return arena_printf(q->mem, "%s=yes | %s=no", c->name, c->name);
	case FILTER_TIME:
		return arena_printf(q->mem, "%s<2026-01-01 | !%s<2026-01-01", c->name, c->name);
	default:
		return arena_printf(q->mem, "%s=1..5 | !%s=1..5", c->name, c->name);
	}
}

static void try_column(struct queuetemp *q, list_fn list, const struct filter_col *c, int all)
{
	struct list_ask by = { .sort = arena_printf(q->mem, "-%s", c->name) };
	struct list_ask with = { .filter = question(q, c) };
	struct err err = { 0 };
	int n = 0;

	if (list(q, &by, &n, &err) != ERR_OK || n != all)
		fail_msg("sort %s: %d of %d rows, %s", by.sort, n, all, err.frame[0].text);
	if (list(q, &with, &n, &err) != ERR_OK || n != all)
		fail_msg("%s: %d of %d rows, %s", with.filter, n, all, err.frame[0].text);
}

static void every_column_can_be_asked(void **state)
{
	struct queuetemp *q = *state;
	const struct { const struct filter_col *cols; list_fn list; } all[] = {
		{ job_cols, list_of_jobs }, { list_pipelines.cols, list_of_pipelines },
		{ list_schedules.cols, list_of_schedules },
		{ list_connections.cols, list_of_connections },
		{ list_engines.cols, list_of_engines }, { list_alerts.cols, list_of_alerts },
		{ list_bookmarks.cols, list_of_bookmarks }, { list_queues.cols, list_of_queues },
		{ list_rejects.cols, list_of_rejects }, { list_groups.cols, list_of_groups },
	};
	struct list_ask none = { 0 }, word = { .filter = "surely in none of them" };

	fill(q);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct err err = { 0 };
		int n = 0;

		OK(all[i].list(q, &none, &n, &err));
		assert_true(n > 0);
		for (const struct filter_col *c = all[i].cols; c->name != NULL; c++)
			try_column(q, all[i].list, c, n);
		OK(all[i].list(q, &word, &n, &err));
		assert_int_equal(n, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_column_can_be_asked, queuetemp_up,
						queuetemp_down),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

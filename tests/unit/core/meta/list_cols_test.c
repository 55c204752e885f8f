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
#include "core/meta/log_page.h"
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
	struct reject_filter f = { .ask = *ask, .states = REJECT_ALL };
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

static enum err_code list_of_lines(struct queuetemp *q, const struct list_ask *ask, int *n,
				   struct err *err)
{
	struct log_ask page = { .level = 3, .limit = 100, .filter = ask->filter };
	struct log_rows rows = { 0 };
	enum err_code rc = log_page(q->mem, q->app, &page, &rows, err);

	*n = rows.n;
	return rc;	/* they go by id only: ask->sort is not for them */
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
	metatemp_run(q->super, "insert into leat.job_log (org_id, job_id, run, level, line) "
		     "select org_id, job_id, 1, 1, 'begins' from leat.done");
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
		{ list_lines.cols, list_of_lines },
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

/* Ids of the lines of a page, without blanks. */
static const char *lines(struct queuetemp *q, struct log_ask ask)
{
	struct log_rows got = { 0 };
	struct err err = { 0 };
	const char *out = "";

	ask.level = ask.level != 0 ? ask.level : 2;
	ask.limit = ask.limit != 0 ? ask.limit : 100;
	OK(log_page(q->mem, q->app, &ask, &got, &err));
	for (int i = 0; i < got.n; i++)
		out = arena_printf(q->mem, "%s%d", out, (int)got.r[i].line.id);
	return out;
}

static void lines_go_page_by_page(void **state)
{
	struct queuetemp *q = *state;
	struct list_said said = { 0 };
	int64_t one = queuetemp_add(q, 0, 1), two = queuetemp_add(q, 0, 1);

	metatemp_run(q->super, arena_printf(q->mem, "insert into leat.job_log (org_id, job_id, run, "
		     "level, line) select %lld, %lld + i %% 2, 1, case when i = 4 then 3 else i %% 3 "
		     "end, 'line ' || i from generate_series(1, 8) i",
		     (long long)q->org, (long long)one));
	/* 4 is of a level that is not asked for. */
	assert_string_equal(lines(q, (struct log_ask){ 0 }), "1235678");
	assert_string_equal(lines(q, (struct log_ask){ .limit = 3 }), "678");
	assert_string_equal(lines(q, (struct log_ask){ .limit = 3, .from_start = true }), "123");
	assert_string_equal(lines(q, (struct log_ask){ .limit = 3, .before = 6 }), "235");
	assert_string_equal(lines(q, (struct log_ask){ .limit = 2, .after = 3 }), "56");
	assert_string_equal(lines(q, (struct log_ask){ .filter = "level=error" }), "36");
	assert_string_equal(lines(q, (struct log_ask){ .filter = "\"line 5\"|\"line 2\"" }), "25");
	assert_string_equal(lines(q, (struct log_ask){ .job = two }), "1357");
	assert_string_equal(lines(q, (struct log_ask){ .job = two, .limit = 2, .after = 3 }), "57");
	assert_string_equal(lines(q, (struct log_ask){ .job = two, .limit = 2, .before = 7,
						       .filter = "line:i" }), "35");
	assert_string_equal(lines(q, (struct log_ask){ .filter = "line~", .said = &said }),
			    "1235678");
	assert_string_equal(said.unfinished, "line~");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_column_can_be_asked, queuetemp_up,
						queuetemp_down),
		cmocka_unit_test_setup_teardown(lines_go_page_by_page, queuetemp_up,
						queuetemp_down),
	};

	return cmocka_run_group_tests(tests, metatemp_begin, metatemp_end);
}

/*
 * tui/view/jobs.c
 *	The screen of jobs: the queue, live.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "tui/view/cells.h"
#include "tui/view/job_look.h"
#include "tui/view/show.h"
#include "tui/view/table_rows.h"
#include "tui/view/views.h"

#define FAILED "state=failed,dead"

/* News of the job, while it runs. */
static const struct news *live(const struct table *t, int row)
{
	if (strcmp(table_text(t, row, "state"), "running") != 0)
		return NULL;
	return view_live(&t->base, table_int(t, row, "job"));
}

static void cell_state(struct table *t, int row, struct list_cell *cell)
{
	cells_state(t, row, "state", cell);
}

/* One-shot loads have no pipeline: what is written names them. */
static void cell_pipeline(struct table *t, int row, struct list_cell *cell)
{
	const char *name = table_text(t, row, "pipeline");

	if (name[0] == '\0') {
		cell->role = ROLE_DIM;
		name = table_text(t, row, "target");
	}
	table_print(t, cell, "%s", name);
}

static void cell_progress(struct table *t, int row, struct list_cell *cell)
{
	const struct news *n = live(t, row);
	const char *state = table_text(t, row, "state");
	int64_t bytes = n != NULL ? n->bytes : table_int(t, row, "bytes");
	int64_t total = n != NULL ? n->total_bytes : -1;

	cell->role = show_state_role(state);
	cell->tick = -1;
	if (strcmp(state, "running") == 0) {
		cell->is_bar = true;
		cell->role = ROLE_BAR;
		cell->share = total > 0 ? (double)bytes / (double)total : -1;
		if (total > 0)
			table_print(t, cell, "%3.0f%%", 100 * cell->share);
		else
			table_print(t, cell, "%s", n != NULL ? n->phase : "");
	} else if (strcmp(state, "succeeded") != 0 && bytes > 0 && total > 0) {
		cell->is_bar = true;
		cell->share = (double)bytes / (double)total;
	}
}

static void cell_rows(struct table *t, int row, struct list_cell *cell)
{
	const struct news *n = live(t, row);
	int64_t rows = n != NULL ? n->read : table_int(t, row, "rows_read");

	if (rows > 0 || n != NULL || !table_is_null(t, row, "started_at"))
		cells_round(t, cell, (double)rows, "");
}

static void cell_rejects(struct table *t, int row, struct list_cell *cell)
{
	const struct news *n = live(t, row);
	int64_t rejects = n != NULL ? n->rejected : table_int(t, row, "rows_rejected");

	if (rejects == 0)
		return;
	cells_round(t, cell, (double)rejects, "");
	cell->role = ROLE_WARN;
}

static void cell_rate(struct table *t, int row, struct list_cell *cell)
{
	const struct news *n = live(t, row);
	double seconds = table_float(t, row, "seconds");
	double rate = n != NULL ? (double)n->rows_per_s :
		      seconds > 0 ? (double)table_int(t, row, "rows_read") / seconds : 0;

	if (rate < 1)
		return;
	cells_round(t, cell, rate, "/s");
	cell->role = n != NULL ? ROLE_TEXT : ROLE_DIM;
}

/* How long it has run, or took: of what has ended, that stands still. */
static void cell_time(struct table *t, int row, struct list_cell *cell)
{
	int64_t began = cells_time_us(t, row, "started_at");
	struct buf text;

	buf_init(&text, 64);
	if (live(t, row) != NULL && began > 0)
		show_span(&text, view_now(&t->base) - began);
	else if (table_float(t, row, "seconds") > 0)
		show_span(&text, (int64_t)(table_float(t, row, "seconds") * 1e6));
	table_print(t, cell, "%s", buf_str(&text));
	buf_release(&text);
}

static void cell_when(struct table *t, int row, struct list_cell *cell)
{
	int64_t at = cells_time_us(t, row, "finished_at");
	struct buf text;

	if (at == 0)
		at = cells_time_us(t, row, "started_at");
	if (at == 0)
		at = cells_time_us(t, row, "created_at");
	buf_init(&text, 64);
	show_day(&text, at, view_now(&t->base));
	table_print(t, cell, "%s", buf_str(&text));
	cell->role = ROLE_DIM;
	buf_release(&text);
}

static void cell_eta(struct table *t, int row, struct list_cell *cell)
{
	const struct news *n = live(t, row);
	struct buf text;

	if (n == NULL)
		return;
	buf_init(&text, 64);
	if (n->eta_ms >= 0)
		show_span(&text, n->eta_ms * 1000);
	else
		buf_adds(&text, "?");
	table_print(t, cell, "%s", buf_str(&text));
	buf_release(&text);
}

static void cell_error(struct table *t, int row, struct list_cell *cell)
{
	const char *state = table_text(t, row, "state"), *error = table_text(t, row, "error");

	if (error[0] == '\0')
		return;
	/* Of an earlier attempt, unless it ended so. */
	cell->role = strcmp(state, "failed") == 0 || strcmp(state, "dead") == 0 ? ROLE_BAD :
		     ROLE_DIM;
	table_print(t, cell, "%s %s", table_text(t, row, "error_code"), error);
}

static const struct table_col cols[] = {
	{ "job", "ID", 6, 7, -1, 0, NULL },
	{ "state", "STATE", 11, 11, 0, 0, cell_state },
	{ "pipeline", "PIPELINE", 12, 16, 2, 0, cell_pipeline },
	{ "bytes", "PROGRESS", 9, 14, 1, 2, cell_progress },
	{ "rows_read", "ROWS", 5, 6, -1, 1, cell_rows },
	{ "rows_rejected", "REJ", 5, 5, -1, 1, cell_rejects },
	{ "rows_per_s", "RATE", 6, 8, -1, 6, cell_rate },
	{ "seconds", "TIME", 5, 6, -1, 4, cell_time },
	{ "eta_ms", "ETA", 4, 6, -1, 5, cell_eta },
	{ "created_at", "WHEN", 8, 8, 0, 3, cell_when },
	{ "error", "ERROR", 8, 24, 3, 1, cell_error },
};

/* ---- detail --------------------------------------------------------------------- */

static void detail(struct view *v, struct area a)
{
	struct table *t = (struct table *)v;
	int row = table_at(t), at = 0;
	struct job_look look = { .now_us = view_now(v), .live = live(t, row) };

	look.a = table_rows_at(t->rows, row, &at);
	look.row = at;
	if (look.a != NULL)
		job_look_draw(a, 0, &look);
}

/* ---- its own actions ------------------------------------------------------------ */

/* First on top, then alone, then among the others again. */
static void show_failed(struct view *v)
{
	struct table *t = (struct table *)v;

	if (strcmp(table_filter(v), FAILED) == 0) {
		table_set_filter(v, "");
	} else if (strcmp(table_sorted_as(t), "failed") == 0) {
		table_sort_as(t, NULL);
		table_set_filter(v, FAILED);
	} else {
		table_sort_as(t, "failed");
		view_say(v, ROLE_DIM, "what failed comes first; again: only that");
	}
}

static bool act(struct view *v, enum act act)
{
	if (act != ACT_FAILED_FIRST)
		return table_act(v, act);
	show_failed(v);
	return true;
}

static const struct view_ops *child(struct view *v, const char *segment)
{
	(void)v;
	return strtoll(segment, NULL, 10) > 0 ? view_job : NULL;
}

static const struct table_order orders[] = {
	{ "failed", "failed first" },
};

static const struct table_spec spec = {
	.ops = { .name = "jobs", .title = "Jobs",
		 .summary = "The queue: what runs, waits, has ended or failed.",
		 TABLE_OPS, .act = act, .child = child, .detail = table_detail },
	.command = { "job", "list" },
	.count = { "job", "count" },
	.key = "job",
	.flags = TABLE_PAGED | TABLE_SORTS | TABLE_FILTERS | TABLE_STATES | TABLE_PROGRESS |
		 TABLE_COUNTS,
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(cols[0]),
	.orders = orders,
	.norders = sizeof(orders) / sizeof(orders[0]),
	.empty = "no jobs yet: load a file with :load FILE --into TABLE",
	.noun = "jobs",
	.detail = detail,
};
const struct view_ops *const view_jobs = &spec.ops;

/*
 * tui/view/lists.c
 *	The screens that are plain lists: schedules, engines, queues, alerts.
 */
#include <string.h>

#include "core/base/buf.h"
#include "tui/view/cells.h"
#include "tui/view/show.h"
#include "tui/view/table.h"
#include "tui/view/views.h"

static void cell_state(struct table *t, int row, struct list_cell *cell)
{
	cells_state(t, row, "state", cell);
}

static void cell_started(struct table *t, int row, struct list_cell *cell)
{
	cells_when(t, row, "started_at", cell);
}

static void cell_oldest(struct table *t, int row, struct list_cell *cell)
{
	cells_when(t, row, "oldest_at", cell);
}

static void cell_paused(struct table *t, int row, struct list_cell *cell)
{
	if (!table_bool(t, row, "paused"))
		return;
	table_print(t, cell, "%s paused", glyph(t->grid, GLYPH_PAUSE));
	cell->role = ROLE_WAIT;
}

/* ---- schedules ------------------------------------------------------------------ */

static void cell_next(struct table *t, int row, struct list_cell *cell)
{
	struct buf text;

	buf_init(&text, 64);
	show_when(&text, cells_time_us(t, row, "next_at"), view_now(&t->base));
	table_print(t, cell, "%s", buf_str(&text));
	buf_release(&text);
}

static void cell_outcome(struct table *t, int row, struct list_cell *cell)
{
	cells_state(t, row, "last_outcome", cell);
}

static const struct table_col schedule_cols[] = {
	{ "name", "SCHEDULE", 10, 20, 1, 0, NULL },
	{ "state", "STATE", 9, 9, 0, 0, cell_state },
	{ "next_at", "NEXT", 12, 12, 0, 0, cell_next },
	{ "cron", "SPEC", 11, 16, 1, 1, NULL },
	{ "pipeline", "PIPELINE", 12, 18, 1, 2, NULL },
	{ "last_outcome", "LAST", 9, 9, 0, 3, cell_outcome },
	{ "last_job", "JOB", 6, 8, -1, 4, NULL },
	{ "tz", "ZONE", 12, 16, 0, 5, NULL },
};

static void schedule_detail(struct view *v, struct area a)
{
	struct table *t = (struct table *)v;
	int row = table_at(t), y = 0;

	cells_field(a, &y, "problem", ROLE_BAD, table_text(t, row, "problem"));
	cells_field(a, &y, "next", ROLE_TEXT, table_text(t, row, "next_local"));
	cells_field(a, &y, "zone", ROLE_TEXT, table_text(t, row, "tz"));
	cells_field(a, &y, "pipeline", ROLE_TEXT, table_text(t, row, "pipeline"));
	cells_shown(t, row, a, &y, "last slot", "last_at");
	cells_shown(t, row, a, &y, "last job", "last_job");
}

static bool open_last_job(struct view *v, struct buf *segment)
{
	struct table *t = (struct table *)v;

	if (table_int(t, table_at(t), "last_job") == 0)
		return false;
	buf_addf(segment, "/jobs/%lld", (long long)table_int(t, table_at(t), "last_job"));
	return true;
}

static const struct table_spec schedules = {
	.ops = { .name = "schedules", .title = "Schedules",
		 .summary = "When jobs are made, and what became of the last ones.",
		 TABLE_OPS, .act = table_act, .detail = table_detail },
	.command = { "schedule", "list" },
	.key = "name",
	.flags = TABLE_FILTERS | TABLE_SORTS | TABLE_STATES,
	.cols = schedule_cols,
	.ncols = sizeof(schedule_cols) / sizeof(schedule_cols[0]),
	.empty = "no schedules yet: make one with :schedule add NAME",
	.noun = "schedules",
	.opens = open_last_job,
	.detail = schedule_detail,
};
const struct view_ops *const view_schedules = &schedules.ops;

/* ---- engines -------------------------------------------------------------------- */

static const struct table_col engine_cols[] = {
	{ "engine", "ID", 3, 6, -1, 0, NULL },
	{ "name", "MACHINE", 8, 24, 1, 0, NULL },
	{ "state", "STATE", 10, 11, 0, 0, cell_state },
	{ "running", "RUNS", 4, 5, -1, 0, NULL },
	{ "slots", "SLOTS", 4, 5, -1, 1, NULL },
	{ "jobs", "JOBS", 6, 20, 1, 2, NULL },
	{ "queues", "QUEUES", 6, 16, 0, 3, NULL },
	{ "started_at", "SINCE", 8, 8, 0, 1, cell_started },
};

static void engine_detail(struct view *v, struct area a)
{
	struct table *t = (struct table *)v;
	int row = table_at(t), y = 0;

	cells_shown(t, row, a, &y, "machine", "name");
	cells_shown(t, row, a, &y, "runs", "jobs");
	cells_shown(t, row, a, &y, "queues", "queues");
	cells_shown(t, row, a, &y, "since", "started_at");
	cells_shown(t, row, a, &y, "lease", "lease_until");
	cells_shown(t, row, a, &y, "version", "version");
}

static const struct table_spec engines = {
	.ops = { .name = "engines", .title = "Engines",
		 .summary = "Who runs jobs, on which machine, and what.",
		 TABLE_OPS, .act = table_act, .detail = table_detail },
	.command = { "engine", "list" },
	.key = "engine",
	.flags = TABLE_FILTERS | TABLE_SORTS | TABLE_STATES,
	.cols = engine_cols,
	.ncols = sizeof(engine_cols) / sizeof(engine_cols[0]),
	.empty = "no engine is there: start one with leat work",
	.noun = "engines",
	.detail = engine_detail,
};
const struct view_ops *const view_engines = &engines.ops;

/* ---- queues --------------------------------------------------------------------- */

static const struct table_col queue_cols[] = {
	{ "queue", "QUEUE", 8, 20, 1, 0, NULL },
	{ "paused", "STATE", 8, 10, 0, 0, cell_paused },
	{ "running", "RUNS", 4, 7, -1, 0, NULL },
	{ "queued", "QUEUED", 6, 9, -1, 0, NULL },
	{ "scheduled", "LATER", 5, 9, -1, 2, NULL },
	{ "held", "HELD", 4, 9, -1, 2, NULL },
	{ "max_running", "AT MOST", 5, 8, -1, 3, NULL },
	{ "rate", "RATE", 4, 12, 0, 3, NULL },
	{ "oldest_at", "OLDEST", 8, 8, 0, 1, cell_oldest },
};

static bool open_queue(struct view *v, struct buf *segment)
{
	struct table *t = (struct table *)v;

	if (table_at(t) < 0)
		return false;
	buf_addf(segment, "/jobs?queue=%s", table_text(t, table_at(t), "queue"));
	return true;
}

static const struct table_spec queues = {
	.ops = { .name = "queues", .title = "Queues",
		 .summary = "Where jobs wait, and how many may run.",
		 TABLE_OPS, .act = table_act },
	.command = { "queue", "list" },
	.key = "queue",
	.flags = TABLE_FILTERS | TABLE_SORTS | TABLE_STATES,
	.cols = queue_cols,
	.ncols = sizeof(queue_cols) / sizeof(queue_cols[0]),
	.empty = "no queue has jobs",
	.noun = "queues",
	.opens = open_queue,
};
const struct view_ops *const view_queues = &queues.ops;

/* ---- alerts --------------------------------------------------------------------- */

static void cell_sent(struct table *t, int row, struct list_cell *cell)
{
	cells_state(t, row, "last_state", cell);
}

static const struct table_col alert_cols[] = {
	{ "name", "ALERT", 8, 20, 1, 0, NULL },
	{ "paused", "STATE", 8, 10, 0, 0, cell_paused },
	{ "kind", "BY", 5, 9, 0, 1, NULL },
	{ "on", "ON", 6, 24, 1, 0, NULL },
	{ "pipeline", "PIPELINE", 8, 18, 1, 2, NULL },
	{ "open", "OPEN", 4, 5, -1, 1, NULL },
	{ "last", "LAST", 6, 20, 1, 3, NULL },
	{ "last_state", "SENT", 4, 11, 0, 2, cell_sent },
};

static const struct table_spec alerts = {
	.ops = { .name = "alerts", .title = "Alerts",
		 .summary = "Who is told when jobs fail, recover or succeed.",
		 TABLE_OPS, .act = table_act },
	.command = { "alert", "list" },
	.key = "name",
	.flags = TABLE_FILTERS | TABLE_SORTS,
	.cols = alert_cols,
	.ncols = sizeof(alert_cols) / sizeof(alert_cols[0]),
	.empty = "nobody is told: make an alert with :alert add NAME",
	.noun = "alerts",
};
const struct view_ops *const view_alerts = &alerts.ops;

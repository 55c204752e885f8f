/*
 * tui/view/mappings.c
 *	Pipelines: what is read, how it is mapped, where it is written, how it went.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"
#include "tui/view/cells.h"
#include "tui/view/show.h"
#include "tui/view/table.h"
#include "tui/view/views.h"

static const struct view_ops *child(struct view *v, const char *segment)
{
	(void)v;
	return strcmp(segment, "+") == 0 ? view_pipeline_form : view_mapping;
}

static void edit(struct view *v, const struct action *act)
{
	(void)act;
	view_open(v, "+");
}

/* ---- all of them ---------------------------------------------------------------- */

static void cell_state(struct table *t, int row, struct list_cell *cell)
{
	if (table_bool(t, row, "paused")) {
		table_print(t, cell, "%s %s", glyph(t->grid, GLYPH_PAUSE),
			    table_text(t, row, "paused_why")[0] != '\0' ? "held" : "paused");
		cell->role = ROLE_WAIT;
	} else {
		cells_state(t, row, "last_state", cell);
	}
}

static void cell_when(struct table *t, int row, struct list_cell *cell)
{
	cells_when(t, row, "last_at", cell);
}

/* Its newest ten jobs, the newest at the right end. */
static void cell_recent(struct table *t, int row, struct list_cell *cell)
{
	const char *words = table_text(t, row, "recent"), *at[10];
	char strip[10 * 8] = "";
	int n = 0;

	for (const char *p = words; *p != '\0' && n < 10; p += strcspn(p, " "), p += *p == ' ')
		at[n++] = p;
	for (int i = n - 1; i >= 0; i--) {
		char state[24];

		snprintf(state, sizeof(state), "%.*s", (int)strcspn(at[i], " "), at[i]);
		strncat(strip, glyph(t->grid, show_state_glyph(state)),
			sizeof(strip) - strlen(strip) - 1);
	}
	table_print(t, cell, "%s", strip);
	cell->role = show_state_role(table_text(t, row, "last_state"));
}

static const struct table_col cols[] = {
	{ "name", "PIPELINE", 10, 20, 1, 0, NULL },
	{ "last_state", "LAST", 11, 11, 0, 1, cell_state },
	{ "recent", "RUNS", 10, 10, 0, 1, cell_recent },
	{ "source", "SOURCE", 12, 26, 2, 2, NULL },
	{ "target", "TARGET", 12, 26, 2, 2, NULL },
	{ "mode", "MODE", 7, 7, 0, 4, NULL },
	{ "last_job", "JOB", 6, 8, -1, 5, NULL },
	{ "last_at", "WHEN", 8, 8, 0, 3, cell_when },
};

static void detail(struct view *v, struct area a)
{
	struct table *t = (struct table *)v;
	int row = table_at(t), y = 0;

	cells_shown(t, row, a, &y, "source", "source");
	cells_shown(t, row, a, &y, "target", "target");
	cells_shown(t, row, a, &y, "mode", "mode");
	cells_shown(t, row, a, &y, "last job", "last_job");
	cells_shown(t, row, a, &y, "state", "last_state");
	cells_shown(t, row, a, &y, "held by", "paused_why");
	cells_shown(t, row, a, &y, "bookmark", "bookmark");
	cells_shown(t, row, a, &y, "changed", "updated_at");
}

static const struct table_spec spec = {
	.ops = { .name = "mappings", .title = "Mappings",
		 .summary = "Pipelines: source, mapping, checks, target.",
		 TABLE_OPS, .act = table_act, .child = child, .edit = edit,
		 .detail = table_detail },
	.command = { "pipeline", "list" },
	.key = "name",
	.flags = TABLE_FILTERS | TABLE_SORTS | TABLE_STATES,
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(cols[0]),
	.empty = "no pipelines: A makes one, or :apply -f FILE.yaml",
	.noun = "pipelines",
	.detail = detail,
};
const struct view_ops *const view_mappings = &spec.ops;

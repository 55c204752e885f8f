/*
 * tui/view/connections.c
 *	Connections, the streams of one, the fields of a stream and rows of it.
 */
#include <string.h>

#include "core/base/buf.h"
#include "tui/view/cells.h"
#include "tui/view/table.h"
#include "tui/view/views.h"

/* ---- fields --------------------------------------------------------------------- */

static const struct table_col field_cols[] = {
	{ "field", "FIELD", 10, 30, 1, 0, NULL },
	{ "type", "TYPE", 6, 16, 0, 0, NULL },
	{ "native", "THERE", 6, 24, 1, 2, NULL },
	{ "key", "KEY", 3, 5, 0, 1, NULL },
	{ "required", "NEEDED", 4, 6, 0, 1, NULL },
	{ "generated", "MADE THERE", 4, 10, 0, 3, NULL },
};

static const struct view_ops *field_child(struct view *v, const char *segment)
{
	(void)v;
	if (strcmp(segment, "pipeline") == 0)
		return view_pipeline_form;
	return strcmp(segment, "sample") == 0 ? view_sample : NULL;
}

static const struct table_spec fields = {
	.ops = { .name = "fields", .title = "Fields of",
		 .summary = "Names and types of a stream's fields.",
		 TABLE_OPS, .act = table_act, .child = field_child },
	.command = { "connection", "fields", "{below}", "{}" },
	.key = "field",
	.cols = field_cols,
	.ncols = sizeof(field_cols) / sizeof(field_cols[0]),
	.empty = "the stream has no fields",
	.noun = "fields",
};

/* ---- streams -------------------------------------------------------------------- */

static void cell_rows(struct table *t, int row, struct list_cell *cell)
{
	cells_amount(t, row, "rows", cell);
}

static const struct table_col stream_cols[] = {
	{ "stream", "STREAM", 12, 40, 1, 0, NULL },
	{ "kind", "KIND", 4, 8, 0, 1, NULL },
	{ "rows", "ROWS", 5, 8, -1, 0, cell_rows },
	{ "bytes", "SIZE", 6, 9, -1, 1, NULL },
	{ "note", "RECOGNISED", 8, 30, 2, 2, NULL },
};

static const struct view_ops *stream_child(struct view *v, const char *segment)
{
	(void)v;
	return strcmp(segment, "edit") == 0 ? view_connection_form : &fields.ops;
}

static const struct table_spec streams = {
	.ops = { .name = "streams", .title = "Streams of",
		 .summary = "What can be read from or written to a connection.",
		 TABLE_OPS, .act = table_act, .child = stream_child },
	.command = { "connection", "streams", "{}" },
	.key = "stream",
	.cols = stream_cols,
	.ncols = sizeof(stream_cols) / sizeof(stream_cols[0]),
	.empty = "nothing can be read there",
	.noun = "streams",
};

/* ---- connections ---------------------------------------------------------------- */

static void cell_used(struct table *t, int row, struct list_cell *cell)
{
	cells_when(t, row, "used_at", cell);
}

static void cell_health(struct table *t, int row, struct list_cell *cell)
{
	cells_state(t, row, "health", cell);
}

static const struct table_col cols[] = {
	{ "name", "CONNECTION", 10, 20, 1, 0, NULL },
	{ "health", "HEALTH", 9, 9, 0, 0, cell_health },
	{ "connector", "KIND", 8, 10, 0, 1, NULL },
	{ "used_at", "USED", 8, 8, 0, 2, cell_used },
	{ "config", "SETTINGS", 10, 40, 2, 3, NULL },
};

static const struct view_ops *child(struct view *v, const char *segment)
{
	(void)v;
	return strcmp(segment, "+") == 0 ? view_connection_form : &streams.ops;
}

static void edit(struct view *v, const struct action *act)
{
	struct buf path;

	buf_init(&path, 1024);
	if (strcmp(act->command, "add") == 0) {
		buf_adds(&path, "+");
	} else if (table_opens(v, &path)) {
		buf_adds(&path, "/edit");
	}
	if (path.len > 0)
		view_open(v, buf_str(&path));
	buf_release(&path);
}

static void detail(struct view *v, struct area a)
{
	struct table *t = (struct table *)v;
	int row = table_at(t), y = 0;

	if (strcmp(table_text(t, row, "health"), "problem") == 0)
		cells_field(a, &y, "problem", ROLE_BAD, table_text(t, row, "problem"));
	cells_shown(t, row, a, &y, "connector", "connector");
	cells_shown(t, row, a, &y, "settings", "config");
	cells_shown(t, row, a, &y, "last job", "last_job");
	cells_shown(t, row, a, &y, "used", "used_at");
	cells_shown(t, row, a, &y, "made", "created_at");
	cells_shown(t, row, a, &y, "changed", "updated_at");
}

static const struct table_spec spec = {
	.ops = { .name = "connections", .title = "Connections", .edit = edit,
		 .summary = "Systems that leat can talk to, and how.",
		 TABLE_OPS, .act = table_act, .child = child,
		 .detail = table_detail },
	.command = { "connection", "list" },
	.key = "name",
	.flags = TABLE_FILTERS | TABLE_SORTS | TABLE_STATES,
	.cols = cols,
	.ncols = sizeof(cols) / sizeof(cols[0]),
	.empty = "no connections",
	.noun = "connections",
	.detail = detail,
};
const struct view_ops *const view_connections = &spec.ops;

/* ---- connectors ---------------------------------------------------------------------- */

static const struct table_col setting_cols[] = {
	{ "setting", "SETTING", 10, 20, 0, 0, NULL },
	{ "of", "OF", 10, 10, 0, 2, NULL },
	{ "takes", "TAKES", 10, 20, 1, 1, NULL },
	{ "preset", "PRESET", 6, 12, 0, 2, NULL },
	{ "help", "WHAT IT MEANS", 16, 50, 3, 0, NULL },
};

static const struct table_spec settings = {
	.ops = { .name = "settings", .title = "Connector",
		 .summary = "What a connector takes.",
		 TABLE_OPS, .act = table_act },
	.command = { "connector", "show", "{}" },
	.key = "setting",
	.cols = setting_cols,
	.ncols = sizeof(setting_cols) / sizeof(setting_cols[0]),
	.empty = "it takes nothing",
	.noun = "settings",
};

static const struct view_ops *settings_of(struct view *v, const char *segment)
{
	(void)v;
	(void)segment;
	return &settings.ops;
}

static const struct table_col connector_cols[] = {
	{ "connector", "CONNECTOR", 10, 16, 0, 0, NULL },
	{ "reads", "READS", 5, 6, 0, 1, NULL },
	{ "writes", "WRITES", 6, 6, 0, 1, NULL },
	{ "parallel", "PARALLEL", 8, 8, 0, 2, NULL },
	{ "summary", "WHAT IT IS", 20, 60, 1, 0, NULL },
};

static const struct table_spec connectors = {
	.ops = { .name = "connectors", .title = "Connectors",
		 .summary = "Kinds of systems that leat can talk to.",
		 TABLE_OPS, .act = table_act, .child = settings_of },
	.command = { "connector", "list" },
	.key = "connector",
	.cols = connector_cols,
	.ncols = sizeof(connector_cols) / sizeof(connector_cols[0]),
	.empty = "there are no connectors",
	.noun = "connectors",
};
const struct view_ops *const view_connectors = &connectors.ops;

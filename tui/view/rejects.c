/*
 * tui/view/rejects.c
 *	Rows that were refused: grouped by cause, then row by row with what is wrong marked.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/human.h"
#include "core/base/text.h"
#include "tui/view/cells.h"
#include "tui/view/show.h"
#include "tui/view/table.h"
#include "tui/view/views.h"

#define RAW_BYTES "4000"

/* ---- rows of a group ------------------------------------------------------------ */

static void cell_line(struct table *t, int row, struct list_cell *cell)
{
	bool has_line = !table_is_null(t, row, "line");

	table_print(t, cell, "%lld", (long long)table_int(t, row, has_line ? "line" : "row"));
	cell->role = ROLE_DIM;
}

/* The row as it stood, on one line. */
static void cell_raw(struct table *t, int row, struct list_cell *cell)
{
	char text[512];
	size_t n = 0;

	for (const char *p = table_text(t, row, "raw"); *p != '\0' && n < sizeof(text) - 1; p++)
		text[n++] = *p == '\n' ? ' ' : *p;
	text[n] = '\0';
	table_print(t, cell, "%s", text);
}

static void cell_reasons(struct table *t, int row, struct list_cell *cell)
{
	table_show(t, row, "reasons", cell);
	cell->role = ROLE_BAD;
}

/* What was fixed and waits for its replay. */
static void cell_state(struct table *t, int row, struct list_cell *cell)
{
	const char *state = table_text(t, row, "state");

	if (strcmp(state, "open") == 0)
		return;
	table_print(t, cell, "%s", state);
	cell->role = strcmp(state, "staged") == 0 ? ROLE_OK : ROLE_DIM;
}

static const struct table_col row_cols[] = {
	{ "id", "ID", 4, 8, -1, 3, NULL },
	{ "line", "LINE", 5, 9, -1, 0, cell_line },
	{ "state", "STATE", 6, 7, 0, 2, cell_state },
	{ "reasons", "WRONG", 16, 40, 1, 0, cell_reasons },
	{ "raw", "ROW", 16, 60, 2, 1, cell_raw },
};

/* A field's name in a path: its own colons are doubled, for one colon ends it. */
static void put_field(struct buf *out, const char *name)
{
	struct buf doubled;

	buf_init(&doubled, 4096);
	for (const char *p = name; *p != '\0'; p++)
		buf_adds(&doubled, *p == ':' ? "::" : (char[]){ *p, '\0' });
	view_put_segment(out, buf_str(&doubled));
	buf_release(&doubled);
}

/* The colon behind the field; NULL: there is none. The field's name goes to out. */
static const char *take_field(const char *segment, char *out)
{
	const char *p = segment;

	for (; *p != '\0' && (p[0] != ':' || p[1] == ':'); p++) {
		*out++ = *p;
		p += *p == ':';
	}
	*out = '\0';
	return *p == ':' ? p : NULL;
}

void rejects_group_words(const char *segment, struct arena *mem, struct view_words *w)
{
	char *field = arena_strdup(mem, segment);
	const char *colon = take_field(segment, field);

	if (colon != NULL && field[0] != '\0') {
		words_add(w, "--field");
		words_add(w, field);
	}
	if (colon != NULL && colon[1] != '\0') {
		words_add(w, "--rule");
		words_add(w, colon + 1);
	}
}

/* A row may have megabytes: what a screen can show of it is enough in a list. */
static void row_words(const struct table *t, struct arena *mem, struct view_words *w)
{
	rejects_group_words(t->base.segment, mem, w);
	words_add(w, "--raw-bytes");
	words_add(w, RAW_BYTES);
}

/* ---- what is done about them ------------------------------------------------------ */

enum { WHAT_UNDO = TABLE_OWN };

/* The field that failed, and what stands in it. */
static void bad_cell(struct table *t, int row, struct buf *field, struct buf *value)
{
	json_t *problems = json_loads(table_text(t, row, "problems"), 0, NULL);
	const json_t *p = json_array_get(problems, 0);
	const char *name = json_string_value(json_object_get(p, "field"));
	const char *text = json_string_value(json_object_get(p, "value"));

	buf_adds(field, name != NULL ? name : "");
	buf_adds(value, text != NULL ? text : "");
	json_decref(problems);
}

static void edit_cell(struct table *t, int row, struct buf *line)
{
	struct buf field, value, set;

	buf_init(&field, 4096);
	buf_init(&value, 8192);
	buf_init(&set, 16384);
	bad_cell(t, row, &field, &value);
	if (field.len > 0)
		buf_addf(&set, "%s=%s", buf_str(&field), buf_str(&value));
	buf_addf(line, "reject fix %lld ", (long long)table_int(t, row, "id"));
	show_word(line, buf_str(&set));
	buf_release(&field);
	buf_release(&value);
	buf_release(&set);
}

/* A group of rows, below its job. */
static bool opens(struct view *v, struct buf *segment)
{
	struct table *t = (struct table *)v;
	int row = table_at(t);

	if (v->below == NULL)
		buf_addf(segment, "/jobs/%lld/rejects/", (long long)table_int(t, row, "job"));
	put_field(segment, table_text(t, row, "field"));
	buf_adds(segment, ":");
	view_put_segment(segment, table_text(t, row, "rule"));
	return true;
}

/* Its cell as an expression that is tried while it is typed; "": of the row as a whole. */
static void edit_group(struct view *v)
{
	struct buf path;

	buf_init(&path, 8192);
	if (strcmp(v->ops->name, "rejects") == 0) {
		opens(v, &path);
		buf_adds(&path, "/");
	}
	buf_adds(&path, "fix");
	view_open(v, buf_str(&path));
	buf_release(&path);
}

/* A command that the user completes, or one that shows something. */
static void edit(struct view *v, const struct action *act)
{
	struct table *t = (struct table *)v;
	const char *what = act->command;
	struct view_words redo = { 2, { "reject", "redo" } };
	int row = table_at(t);
	struct buf line;

	if (strcmp(what, "redo") == 0) {
		view_do(v, WHAT_UNDO, &redo);
		return;
	}
	if (row < 0) {
		view_say(v, ROLE_DIM, "no row is chosen");
		return;
	}
	if (strcmp(what, "group") == 0) {
		edit_group(v);
		return;
	}
	buf_init(&line, 65536);
	if (strcmp(what, "cell") == 0) {
		edit_cell(t, row, &line);
	} else if (strcmp(what, "discard") == 0) {
		buf_addf(&line, "reject discard %lld --reason \"\"",
			 (long long)table_int(t, row, "id"));
	} else if (strcmp(what, "history") == 0) {
		buf_addf(&line, "reject history %lld", (long long)table_int(t, row, "id"));
	} else {
		buf_addf(&line, "reject replay --dry-run --job %lld",
			 (long long)table_int(t, row, "job"));
	}
	if (strcmp(what, "plan") == 0 || strcmp(what, "history") == 0)
		view_type(v, buf_str(&line));
	else
		view_prompt(v, buf_str(&line));
	buf_release(&line);
}

static bool act_on(struct view *v, enum act act)
{
	struct view_words undo = { 2, { "reject", "undo" } };

	if (act != ACT_UNDO)
		return table_act(v, act);
	view_do(v, WHAT_UNDO, &undo);
	return true;
}

static void undone(struct view *v, int what, struct answer *a)
{
	(void)what;
	if (a->code != ERR_OK || a->nrows == 0) {
		view_say(v, ROLE_WARN, "%s", a->err.frame[0].text);
	} else {
		view_say(v, ROLE_OK, "act %lld: %lld rejects, %lld left as they are",
			 (long long)answer_int(a, 0, "act"),
			 (long long)answer_int(a, 0, "rejects"), (long long)answer_int(a, 0, "left"));
		view_touch(v);
	}
	answer_free(a);
}

/* ---- one row ------------------------------------------------------------------------ */

/* The raw text with every bad value in it marked. Returns the lines used. */
static int put_raw(struct area a, int y, const char *raw, const json_t *problems)
{
	int lines = show_text(area_part(a, 0, y, a.w, a.h - y), 0, ROLE_TEXT, raw);
	size_t i;
	json_t *p;
	int x;

	json_array_foreach(problems, i, p) {
		const char *value = json_string_value(json_object_get(p, "value")), *at;
		size_t n = value != NULL ? strlen(value) : 0;

		/* Only where the row is one line on the screen: else places are not known. */
		if (n == 0 || lines > 1 || (at = strstr(raw, value)) == NULL)
			continue;
		x = text_width(raw, (size_t)(at - raw));
		area_paint(a, x, y, text_width(at, n), 1, ROLE_BAD, CELL_UNDERLINE);
	}
	return lines;
}

static void put_problems(struct area a, int *y, const json_t *problems)
{
	struct buf line;
	size_t i;
	json_t *p;

	buf_init(&line, 8192);
	json_array_foreach(problems, i, p) {
		const char *field = json_string_value(json_object_get(p, "field"));
		const char *value = json_string_value(json_object_get(p, "value"));
		const char *reason = json_string_value(json_object_get(p, "reason"));

		buf_clear(&line);
		buf_addf(&line, "%s", reason != NULL ? reason : "");
		if (value != NULL)
			buf_addf(&line, ": %s", value);
		cells_field(a, y, field != NULL ? field : "row", ROLE_BAD, buf_str(&line));
	}
	buf_release(&line);
}

static void row_detail(struct view *v, struct area a)
{
	struct table *t = (struct table *)v;
	int row = table_at(t), y = 0;
	json_t *problems = json_loads(table_text(t, row, "problems"), 0, NULL);
	const struct reply_value *raw = table_value(t, row, "raw");
	struct buf place;
	char size[24];

	put_problems(a, &y, problems);
	if (!table_is_null(t, row, "fix"))
		cells_field(a, &y, "fixed", ROLE_OK, table_text(t, row, "fix"));
	buf_init(&place, 4096);
	buf_addf(&place, "%s", table_text(t, row, "part"));
	if (!table_is_null(t, row, "line"))
		buf_addf(&place, ", line %lld", (long long)table_int(t, row, "line"));
	if (!table_is_null(t, row, "offset"))
		buf_addf(&place, ", byte %lld", (long long)table_int(t, row, "offset"));
	if (raw != NULL && table_int(t, row, "raw_size") > (int64_t)raw->len) {
		human_bytes(table_int(t, row, "raw_size"), size, sizeof(size));
		buf_addf(&place, "; its beginning, of %s:", size);
	}
	cells_field(a, &y, "stood in", ROLE_TEXT, buf_str(&place));
	buf_release(&place);
	if (y < a.h)
		put_raw(a, y, table_text(t, row, "raw"), problems);
	json_decref(problems);
}

static const struct view_ops *fix_child(struct view *v, const char *segment)
{
	(void)v;
	return strcmp(segment, "fix") == 0 ? view_reject_fix : NULL;
}

/* A row is all there is of it. */
static bool opens_nothing(struct view *v, struct buf *segment)
{
	(void)v;
	(void)segment;
	return false;
}

static const struct table_spec rows = {
	.ops = { .name = "reject_rows", .title = "Rejects",
		 .summary = "Rows that were refused for one reason, as they stood.",
		 TABLE_OPS, .act = act_on, .edit = edit, .child = fix_child,
		 .detail = table_detail },
	.command = { "reject", "list", "{job}" },
	.answer = undone,
	.words = row_words,
	.key = "id",
	.flags = TABLE_PAGED | TABLE_SORTS | TABLE_FILTER_OPTION,
	.cols = row_cols,
	.ncols = sizeof(row_cols) / sizeof(row_cols[0]),
	.opens = opens_nothing,
	.empty = "no row is left here",
	.noun = "rejects",
	.detail = row_detail,
};

/* ---- groups --------------------------------------------------------------------- */

static void cell_rows(struct table *t, int row, struct list_cell *cell)
{
	cells_amount(t, row, "rows", cell);
	cell->role = ROLE_WARN;
}

static const struct table_col cols[] = {
	{ "rows", "ROWS", 5, 7, -1, 0, cell_rows },
	{ "field", "FIELD", 8, 18, 0, 0, NULL },
	{ "reason", "WHAT IS WRONG", 16, 40, 3, 0, NULL },
	{ "sample", "FOR EXAMPLE", 10, 24, 2, 1, NULL },
	{ "job", "JOB", 6, 8, -1, 2, NULL },
	{ "rule", "RULE", 10, 12, 0, 3, NULL },
};

static void detail(struct view *v, struct area a)
{
	struct table *t = (struct table *)v;
	int row = table_at(t), y = 0;

	cells_shown(t, row, a, &y, "wrong", "reason");
	cells_shown(t, row, a, &y, "rule", "rule");
	cells_shown(t, row, a, &y, "example", "sample");
	cells_shown(t, row, a, &y, "rows", "rows");
	cells_shown(t, row, a, &y, "first row", "first_row");
	cells_shown(t, row, a, &y, "last row", "last_row");
}

static const struct view_ops *child(struct view *v, const char *segment)
{
	(void)v;
	return strchr(segment, ':') != NULL ? &rows.ops : NULL;
}

#define GROUPS                                                                                    \
	.key = "sample_id", .flags = TABLE_STATES | TABLE_SORTS | TABLE_FILTER_OPTION,            \
	.cols = cols, .ncols = sizeof(cols) / sizeof(cols[0]), .noun = "rejects",                 \
	.opens = opens, .detail = detail, .answer = undone

static const struct table_spec spec = {
	.ops = { .name = "rejects", .title = "Rejects",
		 .summary = "Rows that were refused, grouped by cause.",
		 TABLE_OPS, .act = act_on, .edit = edit, .detail = table_detail },
	.command = { "reject", "groups" },
	.empty = "no row waits for repair",
	GROUPS,
};
const struct view_ops *const view_rejects = &spec.ops;

static const struct table_spec of_job = {
	.ops = { .name = "rejects", .title = "Rejects",
		 .summary = "Rows of one job that were refused, grouped by cause.",
		 TABLE_OPS, .act = act_on, .edit = edit, .child = child,
		 .detail = table_detail },
	.command = { "reject", "groups", "{job}" },
	.empty = "no row of this job waits for repair",
	GROUPS,
};
const struct view_ops *const view_reject_groups = &of_job.ops;

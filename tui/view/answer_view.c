/*
 * tui/view/answer_view.c
 *	What a typed command answered: rows as a list, one object or lines as a text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "tui/view/show.h"
#include "tui/view/view.h"
#include "tui/view/views.h"
#include "tui/widget/list.h"
#include "tui/widget/textview.h"

#define TEXT_BYTES (4u << 20)
#define COLS_MAX   32
#define PARTS_MAX  4096

struct answer_view {
	struct view base;
	char *line;		/* the command */
	struct answer **part;	/* rows, in parts as they came */
	int nparts, nrows;
	bool is_over;
	struct err err;
	struct list *list;	/* of many rows; NULL: text */
	struct textview *text;
	struct buf cell;
};

static void open_view(struct view *v)
{
	struct answer_view *w = (struct answer_view *)v;

	buf_init(&w->cell, 1u << 20);
	w->line = mem_strdup("");
	w->text = textview_new(TEXT_BYTES);
}

static void close_view(struct view *v)
{
	struct answer_view *w = (struct answer_view *)v;

	for (int i = 0; i < w->nparts; i++)
		answer_free(w->part[i]);
	free(w->part);
	free(w->line);
	list_free(w->list);
	textview_free(w->text);
	buf_release(&w->cell);
}

/* ---- as a list ------------------------------------------------------------------ */

static const struct answer *part_of(const struct answer_view *w, int *row)
{
	for (int i = 0; i < w->nparts; i++) {
		if (*row < w->part[i]->nrows)
			return w->part[i];
		*row -= w->part[i]->nrows;
	}
	return NULL;
}

static void on_cell(void *ctx, int row, int col, struct list_cell *out)
{
	struct answer_view *w = ctx;
	const struct answer *a = part_of(w, &row);

	if (a == NULL || col >= a->ncols)
		return;
	buf_clear(&w->cell);
	answer_show(&w->cell, &a->cols[col], &a->row[row][col]);
	out->text = buf_str(&w->cell);
	out->len = w->cell.len;
	if (strcmp(a->cols[col].name, "state") == 0)
		out->role = show_state_role(out->text);
}

static const char *on_key(void *ctx, int row)
{
	static _Thread_local char key[16];

	(void)ctx;
	snprintf(key, sizeof(key), "%d", row);
	return key;
}

static bool is_number(enum val_kind kind)
{
	return kind == VAL_INT8 || kind == VAL_FLOAT8 || kind == VAL_BYTES || kind == VAL_SECONDS;
}

static void make_list(struct answer_view *w, const struct answer *a)
{
	struct list_source src = { .ctx = w, .cell = on_cell, .key = on_key };
	struct list_col cols[COLS_MAX];
	int n = a->ncols < COLS_MAX ? a->ncols : COLS_MAX;

	for (int i = 0; i < n; i++) {
		int name = (int)strlen(a->cols[i].name), wide = name;

		for (int row = 0; row < a->nrows && row < 100; row++) {
			buf_clear(&w->cell);
			answer_show(&w->cell, &a->cols[i], &a->row[row][i]);
			if ((int)w->cell.len > wide)
				wide = (int)w->cell.len;
		}
		cols[i] = (struct list_col){
			.title = a->cols[i].name,
			.min = name < 6 ? 6 : name,
			.want = wide < 40 ? wide : 40,
			.grow = wide > 12 ? 1 : 0,
			.rank = (a->cols[i].flags & COL_WIDE) ? 10 + i : i / 2,
			.is_right = is_number(a->cols[i].kind),
		};
	}
	w->list = list_new(cols, n, &src);
}

/* ---- as a text ------------------------------------------------------------------ */

static void put_line(struct answer_view *w, enum role role, const char *head, const char *p,
		     size_t n)
{
	struct text_line line = { .p = p, .n = n, .role = role, .head = head };

	textview_add(w->text, &line);
}

static void put_lines(struct answer_view *w, enum role role, const char *head, const char *text)
{
	do {
		size_t n = strcspn(text, "\n");

		put_line(w, role, head, text, n);
		head = NULL;
		text += n + (text[n] == '\n');
	} while (*text != '\0');
}

/* Names beside values; a plain command's lines stand for themselves. */
static void put_object(struct answer_view *w, const struct answer *a, int row)
{
	bool is_plain = a->spec != NULL && (a->spec->flags & CMD_PLAIN) != 0;

	for (int i = 0; i < a->ncols; i++) {
		char head[40];

		if (!a->row[row][i].is_set)
			continue;
		snprintf(head, sizeof(head), "%-18s", a->cols[i].name);
		buf_clear(&w->cell);
		if (is_plain)
			buf_add(&w->cell, a->row[row][i].text, a->row[row][i].len);
		else
			answer_show(&w->cell, &a->cols[i], &a->row[row][i]);
		put_lines(w, ROLE_TEXT, is_plain ? NULL : head, buf_str(&w->cell));
	}
}

/* ---- taking it ------------------------------------------------------------------ */

static bool is_list(const struct answer *a)
{
	if (a->spec == NULL || a->ncols == 0 || (a->spec->flags & CMD_PLAIN))
		return false;
	return !(a->spec->flags & CMD_ONE) || a->is_many;
}

static void take_rows(struct answer_view *w, struct answer *a)
{
	if (is_list(a)) {
		if (w->list == NULL)
			make_list(w, a);
		w->nrows += a->nrows;
		w->part = mem_resize(w->part, (size_t)(w->nparts + 1) * sizeof(struct answer *));
		w->part[w->nparts++] = a;
		list_rows(w->list, w->nrows, false, false);
		return;
	}
	for (int i = 0; i < a->nrows; i++)
		put_object(w, a, i);
	answer_free(a);
}

void view_answer_give(struct view *v, const char *line, struct answer *a)
{
	struct answer_view *w = (struct answer_view *)v;

	free(w->line);
	w->line = mem_strdup(line);
	w->is_over = a->is_last;
	if (a->code != ERR_OK) {
		w->err = a->err;
		w->err.code = a->code;
	}
	for (int i = 0; i < a->nnotes; i++)
		view_say(v, ROLE_WARN, "%s", a->note[i]);
	if (a->is_cut)
		view_say(v, ROLE_WARN, "only the first rows are kept here");
	if (a->nrows > 0)
		take_rows(w, a);
	else
		answer_free(a);
	view_dirty(v);
}

/* ---- drawing and hands ---------------------------------------------------------- */

static void draw(struct view *v, struct area a, bool has_focus)
{
	struct answer_view *w = (struct answer_view *)v;
	char text[400];
	int y = 0;

	if (w->err.code != ERR_OK) {
		err_text(&w->err, text, sizeof(text));
		y = show_text(area_part(a, 0, 0, a.w, 3), 0, ROLE_BAD, text);
		if (w->err.hint[0] != '\0')
			y += show_text(area_part(a, 0, y, a.w, 2), 0, ROLE_DIM, w->err.hint);
	}
	a = area_part(a, 0, y, a.w, a.h - y);
	if (w->list != NULL)
		list_draw(w->list, a, has_focus);
	else if (textview_count(w->text) > 0)
		textview_draw(w->text, a, has_focus);
	else
		area_text(a, 1, 0, ROLE_DIM, w->is_over ? "nothing to show" : "running ...");
}

static void status(struct view *v, struct buf *out)
{
	struct answer_view *w = (struct answer_view *)v;

	buf_addf(out, "%.60s", w->line);
	if (w->nrows > 0)
		buf_addf(out, "  %d", w->nrows);
	if (!w->is_over)
		buf_adds(out, "  running");
}

static int by_of(enum act act, int page)
{
	switch (act) {
	case ACT_UP:
		return -1;
	case ACT_DOWN:
		return 1;
	case ACT_PAGE_UP:
		return -page;
	case ACT_PAGE_DOWN:
		return page;
	default:
		return 0;
	}
}

static bool act_list(struct answer_view *w, enum act act)
{
	int by = by_of(act, list_page(w->list));

	if (by != 0)
		list_move(w->list, by);
	else if (act == ACT_FIRST)
		list_first(w->list);
	else if (act == ACT_LAST)
		list_last(w->list);
	else if (act == ACT_LEFT || act == ACT_RIGHT)
		list_side(w->list, act == ACT_LEFT ? -8 : 8);
	else
		return false;
	return true;
}

static bool act_text(struct answer_view *w, enum act act)
{
	int by = by_of(act, textview_page(w->text));

	if (by != 0)
		textview_move(w->text, by);
	else if (act == ACT_FIRST)
		textview_first(w->text);
	else if (act == ACT_LAST)
		textview_last(w->text);
	else if (act == ACT_LEFT || act == ACT_RIGHT)
		textview_side(w->text, act == ACT_LEFT ? -8 : 8);
	else if (act == ACT_WRAP)
		textview_wrap(w->text, !textview_is_wrapped(w->text));
	else if (act == ACT_NEXT || act == ACT_PREV)
		textview_next_hit(w->text, act == ACT_NEXT);
	else
		return false;
	return true;
}

static bool act(struct view *v, enum act what)
{
	struct answer_view *w = (struct answer_view *)v;

	return w->list != NULL ? act_list(w, what) : act_text(w, what);
}

static void typed(struct view *v, enum typing what, const char *text)
{
	struct answer_view *w = (struct answer_view *)v;

	if (what == TYPE_SEARCH) {
		textview_search(w->text, text[0] != '\0' ? text : NULL);
		if (w->list != NULL)
			list_match(w->list, text[0] != '\0' ? text : NULL);
		textview_next_hit(w->text, true);
	} else if (what == TYPE_STACK) {
		textview_filter_add(w->text, text);
	}
	view_dirty(v);
}

static bool copy(struct view *v, struct buf *out)
{
	struct answer_view *w = (struct answer_view *)v;
	int row = w->list != NULL ? list_at(w->list) : -1;
	const struct answer *a = row >= 0 ? part_of(w, &row) : NULL;

	if (a == NULL) {
		textview_text(w->text, out);
		return out->len > 0;
	}
	for (int i = 0; i < a->ncols; i++) {
		if (i > 0)
			buf_adds(out, "\t");
		answer_show(out, &a->cols[i], &a->row[row][i]);
	}
	return true;
}

static const struct view_ops ops = {
	.name = "answer", .title = "Answer",
	.summary = "What the last command answered.",
	.size = sizeof(struct answer_view),
	.open = open_view, .close = close_view, .draw = draw, .status = status, .act = act,
	.typed = typed, .copy = copy,
};
const struct view_ops *const view_answer = &ops;

/* ---- answers of looks ----------------------------------------------------------- */

#define SAMPLE_ROWS "100"

static void start_over(struct answer_view *w)
{
	for (int i = 0; i < w->nparts; i++)
		answer_free(w->part[i]);
	w->nparts = w->nrows = 0;
	list_free(w->list);
	w->list = NULL;
	err_clear(&w->err);
	textview_clear(w->text);
}

static void take_look(struct view *v, int what, struct answer *a)
{
	(void)what;
	start_over((struct answer_view *)v);
	view_answer_give(v, "", a);
}

static void ask_preview(struct view *v)
{
	view_askl(v, 1, "pipeline", "preview", v->below->segment, "--limit", SAMPLE_ROWS, NULL);
}

static void open_preview(struct view *v)
{
	open_view(v);
	ask_preview(v);
}

static const struct view_ops preview = {
	.name = "preview", .title = "Preview:",
	.summary = "Rows as they would be written, errors and all; nothing is written.",
	.size = sizeof(struct answer_view),
	.open = open_preview, .close = close_view, .refresh = ask_preview, .answer = take_look,
	.draw = draw, .status = status, .act = act, .typed = typed, .copy = copy,
};
const struct view_ops *const view_preview = &preview;

static void ask_sample(struct view *v)
{
	view_askl(v, 1, "connection", "sample", v->below->below->segment, v->below->segment,
		  "--limit", SAMPLE_ROWS, NULL);
}

static void open_sample(struct view *v)
{
	open_view(v);
	ask_sample(v);
}

static const struct view_ops sample = {
	.name = "sample", .title = "Rows:",
	.summary = "The first rows of a stream.",
	.size = sizeof(struct answer_view),
	.open = open_sample, .close = close_view, .refresh = ask_sample, .answer = take_look,
	.draw = draw, .status = status, .act = act, .typed = typed, .copy = copy,
};
const struct view_ops *const view_sample = &sample;

/*
 * tui/view/table.c
 *	The screen that most screens are.
 */
#include "tui/view/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "tui/view/show.h"
#include "tui/view/table_rows.h"

#define PAGE_ROWS 100		/* asked for at once, at least */
#define NEAR_ROWS 30		/* so near to the window's end more is fetched */

enum what { WHAT_WINDOW = 1, WHAT_AFTER, WHAT_BEFORE, WHAT_COUNT };

/* ---- rows ----------------------------------------------------------------------- */

int table_rows(const struct table *t)
{
	return t->rows->n;
}

int table_at(const struct table *t)
{
	return list_at(t->list);
}

const struct reply_value *table_value(const struct table *t, int row, const char *name)
{
	int at = 0;
	const struct answer *a = row >= 0 ? table_rows_at(t->rows, row, &at) : NULL;

	return a != NULL ? answer_value(a, at, name) : NULL;
}

const char *table_text(const struct table *t, int row, const char *name)
{
	const struct reply_value *v = table_value(t, row, name);

	return v != NULL && v->is_set && v->text != NULL ? v->text : "";
}

int64_t table_int(const struct table *t, int row, const char *name)
{
	const struct reply_value *v = table_value(t, row, name);

	return v != NULL && v->is_set ? v->i : 0;
}

double table_float(const struct table *t, int row, const char *name)
{
	const struct reply_value *v = table_value(t, row, name);

	return v != NULL && v->is_set ? v->f : 0;
}

bool table_bool(const struct table *t, int row, const char *name)
{
	return table_int(t, row, name) != 0;
}

bool table_is_null(const struct table *t, int row, const char *name)
{
	const struct reply_value *v = table_value(t, row, name);

	return v == NULL || !v->is_set;
}

void table_print(struct table *t, struct list_cell *cell, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_clear(t->scratch);
	buf_adds(t->scratch, text);
	cell->text = buf_str(t->scratch);
}

void table_show(struct table *t, int row, const char *name, struct list_cell *cell)
{
	int at = 0, col;
	const struct answer *a = table_rows_at(t->rows, row, &at);

	if (a == NULL || (col = answer_col(a, name)) < 0)
		return;
	buf_clear(t->scratch);
	answer_show(t->scratch, &a->cols[col], &a->row[at][col]);
	cell->text = buf_str(t->scratch);
	cell->len = t->scratch->len;
}

/* ---- the list's source ---------------------------------------------------------- */

void table_cell(void *ctx, int row, int col, struct list_cell *out)
{
	static const struct grid unicode = { 0 };
	struct table *t = ctx;
	const struct table_col *c = &t->spec->cols[col];

	/* Asked for before it was ever drawn: to mark what holds a text. */
	if (t->grid == NULL)
		t->grid = &unicode;
	if (c->cell != NULL)
		c->cell(t, row, out);
	else
		table_show(t, row, c->name, out);
}

static const char *on_key(void *ctx, int row)
{
	struct table *t = ctx;
	static _Thread_local char key[256];

	return table_rows_key(t->rows, row, t->spec->key, key, sizeof(key));
}

static void set_columns(struct table *t)
{
	struct list_col cols[32];
	struct list_source src = { .ctx = t, .cell = table_cell, .key = on_key };
	int n = t->spec->ncols < 32 ? t->spec->ncols : 32;

	for (int i = 0; i < n; i++) {
		const struct table_col *c = &t->spec->cols[i];

		int title = (int)strlen(c->title);

		/* A head that is cut names nothing. */
		cols[i] = (struct list_col){ c->title, c->min > title ? c->min : title, c->want,
					     c->grow, c->rank, c->grow < 0 };
		if (c->grow < 0)
			cols[i].grow = 0;
	}
	t->list = list_new(cols, n, &src);
}

/* ---- asking --------------------------------------------------------------------- */

/* What the path is about: 42 of jobs/42/rejects/... */
static const char *above_root(const struct view *v)
{
	while (v->below != NULL && v->below->below != NULL)
		v = v->below;
	return v->segment;
}

/* Words of a command of the spec; "{}" and "{below}" are segments of the path. */
static void spec_words(const struct table *t, struct arena *mem, const char *const *command,
		       struct view_words *w)
{
	const struct view *v = &t->base;

	for (int i = 0; i < TABLE_WORDS && command[i] != NULL; i++)
		if (strcmp(command[i], "{}") == 0)
			words_add(w, v->segment);
		else if (strcmp(command[i], "{below}") == 0)
			words_add(w, v->below != NULL ? v->below->segment : "");
		else if (strcmp(command[i], "{job}") == 0)
			words_add(w, above_root(v));
		else
			words_add(w, command[i]);
	if (t->spec->words != NULL)
		t->spec->words(t, mem, w);
}

/* Behind all options: a filter may begin with anything. */
static void filter_words(const struct table *t, struct view_words *w)
{
	if (t->filter[0] == '\0' || !(t->spec->flags & (TABLE_FILTERS | TABLE_FILTER_OPTION)))
		return;
	words_add(w, t->spec->flags & TABLE_FILTERS ? "--" : "--filter");
	words_add(w, t->filter);
}

static void ask_rows(struct table *t, int what, const char *side, const char *key, int limit)
{
	struct arena *mem = arena_new(NULL, "words");
	struct view_words w = { 0 };
	char text[24], sort[80];

	spec_words(t, mem, t->spec->command, &w);
	if (t->sort >= 0) {
		snprintf(sort, sizeof(sort), "%s%s", t->is_down ? "-" : "", table_sorted_as(t));
		words_add(&w, "--sort");
		words_add(&w, sort);
	}
	if (t->spec->flags & TABLE_PAGED) {
		snprintf(text, sizeof(text), "%d", limit);
		words_add(&w, "--limit");
		words_add(&w, text);
		if (key != NULL) {
			words_add(&w, side);
			words_add(&w, key);
		}
	}
	filter_words(t, &w);
	view_ask(&t->base, what, &w);
	arena_free(mem);
}

static int page_rows(const struct table *t)
{
	int n = 2 * list_page(t->list);

	return n > PAGE_ROWS ? n : PAGE_ROWS;
}

static void ask_count(struct table *t)
{
	struct arena *mem;
	struct view_words w = { 0 };

	if (!(t->spec->flags & TABLE_COUNTS))
		return;
	mem = arena_new(NULL, "words");
	spec_words(t, mem, t->spec->count, &w);
	filter_words(t, &w);
	view_ask(&t->base, WHAT_COUNT, &w);
	arena_free(mem);
}

void table_refresh(struct view *v)
{
	struct table *t = (struct table *)v;
	int n = t->rows->n > page_rows(t) ? t->rows->n : page_rows(t);

	/* The same stretch again; at the top, whatever is new comes in. */
	ask_rows(t, WHAT_WINDOW, "--after", t->rows->has_before ? t->rows->before : NULL, n);
	ask_count(t);
}

/* From the top; what is shown stays until the new rows are there. */
void table_start_over(struct table *t)
{
	free(t->rows->before);
	t->rows->before = NULL;
	t->rows->has_before = false;
	t->count = -1;
	ask_rows(t, WHAT_WINDOW, NULL, NULL, page_rows(t));
	ask_count(t);
}

/* More, when the cursor comes near an end of the window. */
void table_fetch_near(struct table *t)
{
	const struct table_rows *r = t->rows;
	int at = list_at(t->list);
	char key[256];

	if (!(t->spec->flags & TABLE_PAGED) || at < 0 || view_is_asking(&t->base, WHAT_WINDOW))
		return;
	if (r->has_after && at >= r->n - NEAR_ROWS && !view_is_asking(&t->base, WHAT_AFTER))
		ask_rows(t, WHAT_AFTER, "--after",
			 table_rows_key(r, r->n - 1, t->spec->key, key, sizeof(key)),
			 page_rows(t));
	if (r->has_before && at < NEAR_ROWS && !view_is_asking(&t->base, WHAT_BEFORE))
		ask_rows(t, WHAT_BEFORE, "--before",
			 table_rows_key(r, 0, t->spec->key, key, sizeof(key)), page_rows(t));
}

/* ---- answers -------------------------------------------------------------------- */

static void take_window(struct table *t, struct answer *a)
{
	bool had_before = t->rows->has_before;
	char *before = had_before && t->rows->before != NULL ? mem_strdup(t->rows->before) : NULL;
	int asked = t->rows->n > page_rows(t) ? t->rows->n : page_rows(t);

	table_rows_set(t->rows, a);
	t->rows->has_after = (t->spec->flags & TABLE_PAGED) && a->nrows >= asked;
	t->rows->has_before = had_before;
	t->rows->before = before;
	list_rows(t->list, t->rows->n, t->rows->has_before, t->rows->has_after);
}

static void take_page(struct table *t, int what, struct answer *a)
{
	bool more = a->nrows >= page_rows(t);

	if (what == WHAT_AFTER) {
		table_rows_append(t->rows, a, t->spec->key);
		t->rows->has_after = more;
	} else {
		table_rows_prepend(t->rows, a);
		t->rows->has_before = more;
	}
	list_rows(t->list, t->rows->n, t->rows->has_before, t->rows->has_after);
}

static void take_count(struct table *t, struct answer *a)
{
	if (a->code == ERR_OK && a->nrows > 0) {
		t->count = answer_int(a, 0, "count");
		t->is_count_exact = answer_col(a, "is_exact") < 0 || answer_bool(a, 0, "is_exact");
	}
	answer_free(a);
}

/* What is shown stays; an order that there is not is given up. */
static void take_error(struct table *t, struct answer *a)
{
	char text[400];

	t->err = a->err;
	t->err.code = a->code;
	err_text(&a->err, text, sizeof(text));
	if (a->code != ERR_INTERRUPTED)
		view_say(&t->base, ROLE_BAD, "%s", text);
	if (a->code == ERR_USAGE && t->sort >= 0)
		t->sort = -1;
	answer_free(a);
}

void table_answer(struct view *v, int what, struct answer *a)
{
	struct table *t = (struct table *)v;

	if (what >= TABLE_OWN) {
		t->spec->answer(v, what, a);
	} else if (what == WHAT_COUNT) {
		take_count(t, a);
	} else if (a->code != ERR_OK) {
		take_error(t, a);
	} else {
		err_clear(&t->err);
		if (a->nnotes > 0)
			view_say(v, ROLE_DIM, "%s", a->note[0]);
		if (what == WHAT_WINDOW)
			take_window(t, a);
		else
			take_page(t, what, a);
		table_fetch_near(t);
	}
	view_dirty(v);
}

void table_news(struct view *v, const struct news *n)
{
	struct table *t = (struct table *)v;

	if (n->kind == NEWS_UP || n->kind == NEWS_RESYNC ||
	    (n->kind == NEWS_STATE && (t->spec->flags & TABLE_STATES)))
		view_touch(v);
	else if (n->kind == NEWS_PROGRESS && (t->spec->flags & TABLE_PROGRESS))
		view_dirty(v);
}

/* ---- life ----------------------------------------------------------------------- */

void table_open(struct view *v)
{
	struct table *t = (struct table *)v;

	t->spec = (const struct table_spec *)v->ops;
	t->rows = table_rows_new();
	t->scratch = arena_alloc(v->mem, sizeof(*t->scratch));
	buf_init(t->scratch, 65536);
	t->filter = mem_strdup("");
	t->sort = -1;
	t->count = -1;
	set_columns(t);
	ask_rows(t, WHAT_WINDOW, NULL, NULL, page_rows(t));
	ask_count(t);
}

void table_close(struct view *v)
{
	struct table *t = (struct table *)v;

	list_free(t->list);
	table_rows_free(t->rows);
	buf_release(t->scratch);
	free(t->filter);
}

/* ---- drawing -------------------------------------------------------------------- */

static void empty_line(struct table *t, char *out, size_t size, enum role *role)
{
	char text[300];

	*role = ROLE_DIM;
	if (t->err.code != ERR_OK) {
		*role = ROLE_BAD;
		err_text(&t->err, text, sizeof(text));
		snprintf(out, size, "%s", text);
	} else if (view_is_asking(&t->base, WHAT_WINDOW) || !view_is_up(&t->base)) {
		snprintf(out, size, "reading %s ...", t->spec->noun);
	} else if (t->filter[0] != '\0') {
		snprintf(out, size, "no %s match: %s", t->spec->noun, t->filter);
	} else {
		snprintf(out, size, "%s", t->spec->empty);
	}
}

void table_draw(struct view *v, struct area a, bool has_focus)
{
	struct table *t = (struct table *)v;
	char line[400];
	enum role role;

	t->grid = a.g;
	if (t->rows->n > 0) {
		list_sorted(t->list, t->sort < t->spec->ncols ? t->sort : -1, t->is_down);
		list_draw(t->list, a, has_focus);
		return;
	}
	empty_line(t, line, sizeof(line), &role);
	list_draw_empty(t->list, a, role, line);
}

void table_detail(struct view *v, struct area a)
{
	struct table *t = (struct table *)v;

	if (t->spec->detail != NULL && list_at(t->list) >= 0)
		t->spec->detail(v, a);
}

void table_status(struct view *v, struct buf *out)
{
	struct table *t = (struct table *)v;
	const struct table_order *order = table_own_order(t);
	int marked = list_marked(t->list);

	if (order != NULL)
		buf_addf(out, "%s%s  ", order->title, t->is_down ? ", turned round" : "");
	if (t->filter[0] != '\0')
		buf_addf(out, "/%s  ", t->filter);
	if (t->is_marking_all)
		buf_adds(out, "[all that match] ");
	else if (marked > 0)
		buf_addf(out, "[%d marked] ", marked);
	if (t->count >= 0)
		buf_addf(out, "%s%lld", t->is_count_exact ? "" : "~", (long long)t->count);
	else if (t->rows->n > 0)
		buf_addf(out, "%d%s", t->rows->n,
			 t->rows->has_after || t->rows->has_before ? "+" : "");
}

/* ---- what others ask ------------------------------------------------------------ */

bool table_opens(struct view *v, struct buf *segment)
{
	struct table *t = (struct table *)v;
	const char *key = list_key(t->list);

	if (key == NULL || list_at(t->list) < 0)
		return false;
	if (t->spec->opens != NULL)
		return t->spec->opens(v, segment);
	if (v->ops->child == NULL)
		return false;
	buf_adds(segment, key);
	return true;
}

bool table_value_of(struct view *v, const char *name, struct buf *out)
{
	struct table *t = (struct table *)v;
	int row = list_at(t->list);
	const struct reply_value *val;

	if (strcmp(name, "id") == 0)
		name = t->spec->key;
	val = table_value(t, row, name);
	/* What the path is about, in lists below it. */
	if (val == NULL && v->below != NULL &&
	    (strcmp(name, "name") == 0 || strcmp(name, "job") == 0 ||
	     strcmp(name, "connection") == 0)) {
		buf_adds(out, above_root(v));
		return true;
	}
	if (row < 0)
		return false;
	if (val == NULL && strcmp(name, "connection") == 0)
		val = table_value(t, row, t->spec->key);
	if (val == NULL || !val->is_set)
		return false;
	if (val->text != NULL)
		buf_add(out, val->text, val->len);
	else
		buf_addf(out, "%lld", (long long)val->i);
	return true;
}

const char *table_why_not(struct view *v, const struct action *a)
{
	struct table *t = (struct table *)v;

	(void)a;
	return list_at(t->list) < 0 && list_marked(t->list) == 0 ? "no row is chosen" : NULL;
}

const char *table_filter(struct view *v)
{
	return ((struct table *)v)->filter;
}

void table_set_filter(struct view *v, const char *text)
{
	struct table *t = (struct table *)v;
	char *own = mem_strdup(text);

	free(t->filter);
	t->filter = own;
	t->is_marking_all = false;
	table_start_over(t);
	view_dirty(v);
}

int table_chosen(const struct view *v, bool *is_all)
{
	const struct table *t = (const struct table *)v;

	*is_all = t->is_marking_all;
	return list_marked(t->list);
}

const char *table_chosen_key(const struct view *v, int i)
{
	return list_mark_at(((const struct table *)v)->list, i);
}

void table_done(struct view *v, const struct action *a)
{
	struct table *t = (struct table *)v;

	(void)a;
	t->is_marking_all = false;
	list_unmark_all(t->list);
	view_touch(v);
}

bool table_copy(struct view *v, struct buf *out)
{
	struct table *t = (struct table *)v;
	int row = list_at(t->list), at = 0;
	const struct answer *a = row >= 0 ? table_rows_at(t->rows, row, &at) : NULL;

	if (a == NULL)
		return false;
	for (int i = 0; i < a->ncols; i++) {
		if (i > 0)
			buf_adds(out, "\t");
		answer_show(out, &a->cols[i], &a->row[at][i]);
	}
	return true;
}

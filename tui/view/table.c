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

static void on_cell(void *ctx, int row, int col, struct list_cell *out)
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
	struct list_source src = { .ctx = t, .cell = on_cell, .key = on_key };
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

/* ---- orders --------------------------------------------------------------------- */

static int orders(const struct table *t)
{
	return t->spec->ncols + t->spec->norders;
}

/* The one of spec->orders that is in use; NULL: none of them. */
static const struct table_order *own_order(const struct table *t)
{
	int n = t->spec->ncols;

	return t->sort >= n ? &t->spec->orders[t->sort - n] : NULL;
}

const char *table_sorted_as(const struct table *t)
{
	const struct table_order *o = own_order(t);

	return o != NULL ? o->name : t->sort >= 0 ? t->spec->cols[t->sort].name : "";
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
static void start_over(struct table *t)
{
	free(t->rows->before);
	t->rows->before = NULL;
	t->rows->has_before = false;
	t->count = -1;
	ask_rows(t, WHAT_WINDOW, NULL, NULL, page_rows(t));
	ask_count(t);
}

/* More, when the cursor comes near an end of the window. */
static void fetch_near(struct table *t)
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
		fetch_near(t);
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
	const struct table_order *order = own_order(t);
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

/* ---- hands ---------------------------------------------------------------------- */

static void move(struct table *t, int by)
{
	list_move(t->list, by);
	fetch_near(t);
	view_dirty(&t->base);
}

/* To the end of the list, not of the window. */
static void go_last(struct table *t)
{
	if ((t->spec->flags & TABLE_PAGED) && t->rows->has_after) {
		view_say(&t->base, ROLE_DIM, "the last of the rows read so far; more follow");
	}
	list_last(t->list);
	fetch_near(t);
}

static void go_first(struct table *t)
{
	if (t->rows->has_before)
		start_over(t);
	list_first(t->list);
}

static void sort_by(struct table *t, int col, bool is_down)
{
	if (!(t->spec->flags & TABLE_SORTS)) {
		view_say(&t->base, ROLE_DIM, "this list has one order");
		return;
	}
	t->sort = col;
	t->is_down = is_down;
	start_over(t);
}

static void mark(struct table *t)
{
	const char *key = list_key(t->list);

	if (key == NULL)
		return;
	t->is_marking_all = false;
	if (list_in_range(t->list)) {
		list_range_end(t->list);
		return;
	}
	list_mark(t->list, key, !list_is_marked(t->list, key));
	move(t, 1);
}

static bool act_marks(struct table *t, enum act act)
{
	switch (act) {
	case ACT_MARK:
		mark(t);
		return true;
	case ACT_RANGE:
		if (list_in_range(t->list))
			list_range_end(t->list);
		else
			list_range_start(t->list);
		return true;
	case ACT_MARK_ALL:
		t->is_marking_all = !t->is_marking_all;
		return true;
	case ACT_UNMARK:
		t->is_marking_all = false;
		list_unmark_all(t->list);
		return true;
	default:
		return false;
	}
}

static bool act_moves(struct table *t, enum act act)
{
	int page = list_page(t->list);

	switch (act) {
	case ACT_UP:
		move(t, -1);
		return true;
	case ACT_DOWN:
		move(t, 1);
		return true;
	case ACT_PAGE_UP:
		move(t, -page);
		return true;
	case ACT_PAGE_DOWN:
		move(t, page);
		return true;
	case ACT_FIRST:
		go_first(t);
		return true;
	case ACT_LAST:
		go_last(t);
		return true;
	case ACT_LEFT:
	case ACT_RIGHT:
		list_side(t->list, act == ACT_LEFT ? -8 : 8);
		return true;
	case ACT_HALF_LEFT:
	case ACT_HALF_RIGHT:
		list_side(t->list, act == ACT_HALF_LEFT ? -40 : 40);
		return true;
	default:
		return false;
	}
}

bool table_act(struct view *v, enum act act)
{
	struct table *t = (struct table *)v;
	int n = orders(t);

	view_dirty(v);
	if (act_moves(t, act) || act_marks(t, act))
		return true;
	switch (act) {
	case ACT_SORT_NEXT:
		sort_by(t, t->sort + 1 < n ? t->sort + 1 : 0, t->is_down);
		return true;
	case ACT_SORT_PREV:
		sort_by(t, t->sort > 0 ? t->sort - 1 : n - 1, t->is_down);
		return true;
	case ACT_SORT_INVERT:
		sort_by(t, t->sort >= 0 ? t->sort : 0, !t->is_down);
		return true;
	default:
		return false;
	}
}

void table_mouse(struct view *v, const struct input *in)
{
	struct table *t = (struct table *)v;
	int row = list_row_at(t->list, in->y), col = list_col_at(t->list, in->x);

	if (in->mouse == MOUSE_WHEEL_UP || in->mouse == MOUSE_WHEEL_DOWN)
		move(t, in->mouse == MOUSE_WHEEL_UP ? -3 : 3);
	else if (row == -2 && col >= 0)
		sort_by(t, col, t->sort == col && !t->is_down);
	else if (row >= 0)
		move(t, row - list_at(t->list));
	if (row >= 0 && in->mouse == MOUSE_DOUBLE) {
		struct buf segment;

		buf_init(&segment, 4096);
		if (v->ops->opens != NULL && v->ops->opens(v, &segment))
			view_open(v, buf_str(&segment));
		buf_release(&segment);
	}
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
	start_over(t);
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

/* Marks every row of the window that holds the text in a column that is shown. */
void table_typed(struct view *v, enum typing what, const char *text)
{
	struct table *t = (struct table *)v;
	char key[256];
	int n = 0;

	if (what != TYPE_MARK || text[0] == '\0')
		return;
	for (int row = 0; row < t->rows->n; row++) {
		bool has = false;

		for (int i = 0; i < t->spec->ncols && !has; i++) {
			struct list_cell cell = { 0 };

			on_cell(t, row, i, &cell);
			has = cell.text != NULL && strcasestr(cell.text, text) != NULL;
		}
		if (has) {
			list_mark(t->list,
				  table_rows_key(t->rows, row, t->spec->key, key, sizeof(key)),
				  true);
			n++;
		}
	}
	view_say(v, ROLE_DIM, "%d of the rows read so far are marked", n);
	view_dirty(v);
}

const char *table_sort_name(struct view *v, int n)
{
	const struct table *t = (struct table *)v;

	if (!(t->spec->flags & TABLE_SORTS) || n >= orders(t))
		return NULL;
	return n < t->spec->ncols ? t->spec->cols[n].title :
	       t->spec->orders[n - t->spec->ncols].title;
}

void table_sort(struct view *v, int n)
{
	struct table *t = (struct table *)v;

	sort_by(t, n, t->sort == n && !t->is_down);
	view_dirty(v);
}

void table_sort_as(struct table *t, const char *name)
{
	int n = -1;

	for (int i = 0; name != NULL && i < orders(t); i++)
		if (strcmp(i < t->spec->ncols ? t->spec->cols[i].name :
			   t->spec->orders[i - t->spec->ncols].name, name) == 0)
			n = i;
	sort_by(t, n, false);
	view_dirty(&t->base);
}

void table_mark(struct view *v, const char *key)
{
	list_mark(((struct table *)v)->list, key, true);
}

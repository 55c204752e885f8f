/*
 * tui/widget/list.c
 *	The rows of a list: cursor, marks and ranges, all by key.
 */
#include "tui/widget/list.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "tui/widget/list_priv.h"

static void set_text(char **to, const char *text)
{
	char *copy = text != NULL ? mem_strdup(text) : NULL;

	free(*to);	/* text may be what is replaced */
	*to = copy;
}

static const char *key_of(const struct list *l, int row)
{
	return l->src.key(l->src.ctx, row);
}

struct list *list_new(const struct list_col *cols, int ncols, const struct list_source *src)
{
	struct list *l = mem_alloc(sizeof(*l));

	memset(l, 0, sizeof(*l));
	l->src = *src;
	l->at = -1;
	l->total = l->before = -1;
	l->marks = marks_new();
	list_columns(l, cols, ncols);
	return l;
}

static void drop_titles(struct list *l)
{
	for (int i = 0; i < l->ncols; i++)
		free(l->title[i]);
}

void list_free(struct list *l)
{
	if (l == NULL)
		return;
	drop_titles(l);
	for (int i = 0; i < 2 * LIST_NEAR; i++)
		free(l->near[i]);
	marks_free(l->marks);
	marks_free(l->range);
	free(l->key);
	free(l->awaited);
	free(l);
}

void list_columns(struct list *l, const struct list_col *cols, int ncols)
{
	drop_titles(l);
	l->ncols = ncols < LIST_COLS ? ncols : LIST_COLS;
	for (int i = 0; i < l->ncols; i++) {
		l->title[i] = mem_strdup(cols[i].title != NULL ? cols[i].title : "");
		l->col[i] = cols[i];
		l->col[i].title = l->title[i];
		l->place[i] = (struct list_place){ 0 };
		l->need[i] = 0;
	}
	l->sort_col = -1;
	l->side = 0;
}

/* ---- the cursor ------------------------------------------------------------ */

/* The keys around the cursor are kept: when its row goes, they say where it was. */
static void remember(struct list *l)
{
	if (l->at >= 0)
		set_text(&l->key, key_of(l, l->at));
	for (int i = 0; i < LIST_NEAR && l->at >= 0; i++) {
		int below = l->at + 1 + i, above = l->at - 1 - i;

		set_text(&l->near[i], below < l->n ? key_of(l, below) : NULL);
		set_text(&l->near[LIST_NEAR + i], above >= 0 ? key_of(l, above) : NULL);
	}
}

static int row_of(const struct list *l, const char *key)
{
	if (key == NULL)
		return -1;
	for (int i = 0; i < l->n; i++)
		if (strcmp(key_of(l, i), key) == 0)
			return i;
	return -1;
}

/* Where the cursor goes when its row is gone: what was below it, what was above, its place. */
static int nearest_row(const struct list *l)
{
	for (int i = 0; i < 2 * LIST_NEAR; i++) {
		int row = row_of(l, l->near[i]);

		if (row >= 0)
			return row;
	}
	return l->at < l->n ? l->at : l->n - 1;
}

void list_settle(struct list *l)
{
	/* Before the first drawing any row may be the first. */
	int page = l->page > 0 ? l->page : INT_MAX;

	if (l->at >= 0 && l->top > l->at)
		l->top = l->at;
	if (l->at >= 0 && l->top <= l->at - page)
		l->top = l->at - page + 1;
	if (l->top > l->n - page)
		l->top = l->n - page;
	if (l->top < 0)
		l->top = 0;
}

void list_rows(struct list *l, int n, bool has_before, bool has_after)
{
	bool was_on_top = l->top == 0 && !l->has_before && !has_before;
	int was_at = l->at, row;

	l->n = n > 0 ? n : 0;
	l->has_before = has_before;
	l->has_after = has_after;
	if (l->n == 0) {
		l->at = -1;
		l->top = 0;
		return;
	}
	row = row_of(l, l->awaited);
	if (row >= 0)
		set_text(&l->awaited, NULL);
	else
		row = row_of(l, l->key);
	if (row < 0)
		row = was_at < 0 ? 0 : nearest_row(l);
	l->at = row;
	/*
	 * The row stays where it is on the screen; only who looks at the very first rows goes
	 * on seeing them, while the cursor is carried down to the foot of the page.
	 */
	if (was_at >= 0 && !was_on_top)
		l->top += l->at - was_at;
	list_settle(l);
	remember(l);
}

void list_extent(struct list *l, int64_t before, int64_t total)
{
	l->before = before;
	l->total = total;
}

int list_at(const struct list *l)
{
	return l->at;
}

const char *list_key(const struct list *l)
{
	return l->at < 0 && l->awaited != NULL ? l->awaited : l->key;
}

/* The row that is entered; one that was passed already is left: the way back. */
static void extend_range(struct list *l, int from, int to)
{
	if (marks_has(l->range, key_of(l, to)))
		marks_remove(l->range, key_of(l, from));
	else
		marks_add(l->range, key_of(l, to));
}

static void put_cursor(struct list *l, int row)
{
	int step = row > l->at ? 1 : -1;

	if (l->range != NULL)
		for (int i = l->at; i != row; i += step)
			extend_range(l, i, i + step);
	l->at = row;
	set_text(&l->awaited, NULL);
	remember(l);
	list_settle(l);
}

void list_go(struct list *l, const char *key)
{
	int row = row_of(l, key);

	if (row >= 0)
		put_cursor(l, row);
	else
		set_text(&l->awaited, key);
}

bool list_move(struct list *l, int by)
{
	int64_t to = (int64_t)l->at + by;

	if (l->at < 0)
		return false;
	put_cursor(l, to < 0 ? 0 : to >= l->n ? l->n - 1 : (int)to);
	return to >= 0 && to < l->n;
}

void list_first(struct list *l)
{
	if (l->at >= 0)
		put_cursor(l, 0);
}

void list_last(struct list *l)
{
	if (l->at >= 0)
		put_cursor(l, l->n - 1);
}

int list_page(const struct list *l)
{
	return l->page > 0 ? l->page : 1;
}

void list_side(struct list *l, int by)
{
	int64_t to = (int64_t)l->side + by;

	/* How far there is something to see is known when it is drawn. */
	l->side = to < 0 ? 0 : to > INT_MAX / 2 ? INT_MAX / 2 : (int)to;
}

void list_shown(const struct list *l, int *first, int *last)
{
	*first = l->n > 0 ? l->top : -1;
	*last = l->top + l->page < l->n ? l->top + l->page - 1 : l->n - 1;
}

/* ---- marks ----------------------------------------------------------------- */

void list_mark(struct list *l, const char *key, bool on)
{
	if (on)
		marks_add(l->marks, key);
	else
		marks_remove(l->marks, key);
}

bool list_is_marked(const struct list *l, const char *key)
{
	return marks_has(l->marks, key);
}

int list_marked(const struct list *l)
{
	return marks_count(l->marks);
}

void list_unmark_all(struct list *l)
{
	marks_clear(l->marks);
	list_range_drop(l);
}

const char *list_mark_at(const struct list *l, int i)
{
	return marks_at(l->marks, i);
}

void list_range_start(struct list *l)
{
	list_range_drop(l);
	l->range = marks_new();
	if (l->at >= 0)
		marks_add(l->range, key_of(l, l->at));
}

void list_range_end(struct list *l)
{
	for (int i = 0; l->range != NULL && i < marks_count(l->range); i++)
		marks_add(l->marks, marks_at(l->range, i));
	list_range_drop(l);
}

void list_range_drop(struct list *l)
{
	marks_free(l->range);
	l->range = NULL;
}

bool list_in_range(const struct list *l)
{
	return l->range != NULL;
}

/* ---- how it looks ---------------------------------------------------------- */

void list_sorted(struct list *l, int col, bool is_down)
{
	l->sort_col = col;
	l->is_down = is_down;
}

int list_row_at(const struct list *l, int y)
{
	int row = l->top + y - l->heads;

	if (y >= 0 && y < l->heads)
		return -2;
	return y >= l->heads && y < l->heads + l->page && row < l->n ? row : -1;
}

int list_col_at(const struct list *l, int x)
{
	for (int i = 0; i < l->ncols; i++)
		if (x >= l->place[i].x && x < l->place[i].x + l->place[i].w && x < l->w)
			return i;
	return -1;
}

void list_match(struct list *l, const char *text)
{
	match_set(&l->match, text);
}

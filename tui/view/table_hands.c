/*
 * tui/view/table_hands.c
 *	Hands on a table: moving, marking, orders, the mouse.
 */
#include <string.h>

#include "tui/view/table.h"
#include "tui/view/table_rows.h"

static int orders(const struct table *t)
{
	return t->spec->ncols + t->spec->norders;
}

/* The one of spec->orders that is in use; NULL: none of them. */
const struct table_order *table_own_order(const struct table *t)
{
	int n = t->spec->ncols;

	return t->sort >= n ? &t->spec->orders[t->sort - n] : NULL;
}

const char *table_sorted_as(const struct table *t)
{
	const struct table_order *o = table_own_order(t);

	return o != NULL ? o->name : t->sort >= 0 ? t->spec->cols[t->sort].name : "";
}

static void move(struct table *t, int by)
{
	list_move(t->list, by);
	table_fetch_near(t);
	view_dirty(&t->base);
}

/* To the end of the list, not of the window. */
static void go_last(struct table *t)
{
	if ((t->spec->flags & TABLE_PAGED) && t->rows->has_after) {
		view_say(&t->base, ROLE_DIM, "the last of the rows read so far; more follow");
	}
	list_last(t->list);
	table_fetch_near(t);
}

static void go_first(struct table *t)
{
	if (t->rows->has_before)
		table_start_over(t);
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
	table_start_over(t);
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

			table_cell(t, row, i, &cell);
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

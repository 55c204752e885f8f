/*
 * tui/widget/list_draw.c
 *	A list on the screen: which columns there is room for, and its rows.
 */
#include <string.h>

#include "core/base/text.h"
#include "tui/widget/bars.h"
#include "tui/widget/list.h"
#include "tui/widget/list_priv.h"

#define MEASURED 4096	/* bytes of a cell that are looked at for its width */
#define BAR_TEXT 5	/* cells for " 100%", so that bars of all rows end together */
#define BAR_LEAST 3	/* a shorter bar says nothing */

/* Where columns may stand. */
struct room {
	int x, w;
	int gap;
};

static size_t length_of(const struct list_cell *c)
{
	return c->text == NULL ? 0 : c->len > 0 ? c->len : strlen(c->text);
}

static int width_of(const char *p, size_t n)
{
	return text_width(p, n < MEASURED ? n : MEASURED);
}

static void get_cell(const struct list *l, int row, int col, struct list_cell *out)
{
	*out = (struct list_cell){ .tick = -1 };
	l->src.cell(l->src.ctx, row, col, out);
}

/* ---- columns --------------------------------------------------------------- */

/* Leaves out columns until the narrowest form of the others fits; returns the cells left. */
static int choose(struct list *l, struct room room, int width[LIST_COLS])
{
	for (int i = 0; i < l->ncols; i++)
		width[i] = l->col[i].min > 0 ? l->col[i].min : 1;
	for (;;) {
		int left = room.w + room.gap, worst = -1;

		for (int i = 0; i < l->ncols; i++) {
			if (width[i] == 0)
				continue;
			left -= width[i] + room.gap;
			if (l->col[i].rank > 0 &&
			    (worst < 0 || l->col[i].rank >= l->col[worst].rank))
				worst = i;
		}
		if (left >= 0 || worst < 0)
			return left;
		width[worst] = 0;
	}
}

/* Cells of a cell's text; a bar takes what its column wants. */
static int cell_width(const struct list *l, int row, int col)
{
	struct list_cell c;

	get_cell(l, row, col, &c);
	if (c.is_bar)
		return l->col[col].want;
	return c.text != NULL ? width_of(c.text, length_of(&c)) : 0;
}

/* The widest text of each column. It only grows: columns that follow every row would jump. */
static void measure(struct list *l, const int width[LIST_COLS])
{
	for (int i = 0; i < l->ncols; i++) {
		int most = width_of(l->title[i], strlen(l->title[i])) + 1;

		if (width[i] == 0 || l->n == 0)
			continue;
		for (int row = l->top; row < l->top + l->page && row < l->n; row++) {
			int w = cell_width(l, row, i);

			most = w > most ? w : most;
		}
		if (l->need[i] < most)
			l->need[i] = most;
	}
}

/* How wide a column would be: first without what no text fills, then whatever it needs. */
static int wish(const struct list *l, int col, bool is_first)
{
	int want = l->col[col].want, need = l->need[col];

	if (need == 0)	/* nothing was shown yet */
		return is_first ? want : 0;
	return is_first && need > want ? want : need;
}

/* Each up to its wish, the most important ones first; returns the cells left. */
static int widen(struct list *l, int left, bool is_first, int width[LIST_COLS])
{
	int last = -1;

	while (left > 0) {
		int next = -1;

		for (int i = 0; i < l->ncols; i++)
			if (l->col[i].rank > last && (next < 0 || l->col[i].rank < next))
				next = l->col[i].rank;
		if (next < 0)
			break;
		for (int i = 0; i < l->ncols; i++) {
			int more = wish(l, i, is_first) - width[i];

			if (width[i] == 0 || l->col[i].rank != next || more <= 0)
				continue;
			more = more < left ? more : left;
			width[i] += more;
			left -= more;
		}
		last = next;
	}
	return left;
}

/* What is left goes to those that grow, by their shares. */
static void grow(struct list *l, int left, int width[LIST_COLS])
{
	int shares = 0;

	for (int i = 0; i < l->ncols; i++)
		shares += width[i] > 0 ? l->col[i].grow : 0;
	for (int i = 0; i < l->ncols && left > 0 && shares > 0; i++) {
		int share = width[i] > 0 ? l->col[i].grow : 0;
		int more = (int)((int64_t)left * share / shares);

		width[i] += more;
		left -= more;
		shares -= share;
	}
}

static void layout_fitted(struct list *l, struct room room)
{
	int width[LIST_COLS];
	int left = choose(l, room, width), x = 0;

	measure(l, width);
	left = widen(l, left, true, width);
	left = widen(l, left, false, width);
	grow(l, left, width);
	for (int i = 0; i < l->ncols; i++) {
		struct list_place *p = &l->place[i];
		int rest = room.w - x;

		*p = (struct list_place){ .x = room.x + x };
		if (width[i] == 0 || rest <= 0)
			continue;
		p->w = width[i] < rest ? width[i] : rest;
		x += width[i] + room.gap;
	}
}

/* Cells that column i needs for its head and for what it shows in rows now on the page. */
static int natural(const struct list *l, int i)
{
	int most = width_of(l->title[i], strlen(l->title[i])) + 2;

	if (most < l->col[i].want)
		most = l->col[i].want;
	for (int row = l->top; row < l->top + l->page && row < l->n; row++) {
		int w = cell_width(l, row, i);

		if (w > most)
			most = w;
	}
	return most;
}

/*
 * All columns in full, moved to the left; the first one stays when it leaves room for the
 * others. false: there is nothing to be moved.
 */
static bool layout_moved(struct list *l, struct room room)
{
	int width[LIST_COLS], total = -room.gap, x, edge = 0;

	for (int i = 0; i < l->ncols; i++) {
		width[i] = natural(l, i);
		total += width[i] + room.gap;
	}
	if (l->side > total - room.w)
		l->side = total - room.w > 0 ? total - room.w : 0;
	if (l->side == 0 || l->ncols == 0)
		return false;
	if (width[0] <= room.w / 2)
		edge = width[0] + room.gap;
	x = -l->side;
	for (int i = 0; i < l->ncols; i++) {
		struct list_place *p = &l->place[i];
		int from = x, end = x + width[i];

		x = end + room.gap;
		if (i == 0 && edge > 0) {
			*p = (struct list_place){ .x = room.x, .w = width[0] };
			continue;
		}
		p->skip = from < edge ? edge - from : 0;
		from = from < edge ? edge : from;
		end = end < room.w ? end : room.w;
		p->x = room.x + from;
		p->w = end > from ? end - from : 0;
	}
	return true;
}

/* ---- cells ----------------------------------------------------------------- */

static void draw_text(struct area a, int y, const struct list_place *p, bool is_right,
		      enum role role, const char *text, size_t n)
{
	int skip = p->skip;

	/* Of numbers that are half scrolled away the right part is what stands there. */
	if (is_right && skip > 0) {
		int w = width_of(text, n);

		skip = w > p->w ? w - p->w : 0;
	}
	area_fit(a, p->x, y, p->w, is_right ? FIT_RIGHT : FIT_LEFT, skip, role, text, n);
}

static void draw_bar(struct area a, int y, const struct list_place *p, const struct list_cell *c)
{
	size_t n = length_of(c);
	int text = n > 0 ? width_of(c->text, n) + 1 : 0, bar;

	if (text < BAR_TEXT && n > 0)
		text = BAR_TEXT;
	bar = p->w - text;
	if (p->skip > 0 || bar < BAR_LEAST) {
		draw_text(a, y, p, true, c->role, n > 0 ? c->text : "", n);
		return;
	}
	bars_progress(a, p->x, y, bar, c->share, c->tick,
		      c->role == ROLE_TEXT ? ROLE_BAR : c->role);
	if (n > 0)
		area_fit(a, p->x + bar, y, text, FIT_RIGHT, 0, c->role, c->text, n);
}

static void draw_head(const struct list *l, struct area a, int col)
{
	struct list_place p = l->place[col];
	const char *title = l->title[col];

	if (p.w == 0)
		return;
	if (col == l->sort_col && p.w > 1) {
		int w = width_of(title, strlen(title)) - p.skip, at;

		p.w--;
		at = l->col[col].is_right || w >= p.w ? p.w : w > 0 ? w : 0;
		area_text(a, p.x + at, 0, ROLE_HEAD,
			  glyph(a.g, l->is_down ? GLYPH_DOWN : GLYPH_UP));
		if (at < p.w)
			p.w = at;
	}
	if (p.w > 0)
		draw_text(a, 0, &p, l->col[col].is_right, ROLE_HEAD, title, strlen(title));
}

/* Glyphs in front: cells for cursor and mark, and one between them and the row. */
static int gutter_of(int w)
{
	return w >= 30 ? 3 : w >= 12 ? 2 : w >= 4 ? 1 : 0;
}

static void draw_row(const struct list *l, struct area a, int row, int y, int gutter,
		     bool has_focus)
{
	bool is_cursor = row == l->at;
	const char *key = l->src.key(l->src.ctx, row);
	bool is_marked = marks_has(l->marks, key) || (l->range != NULL && marks_has(l->range, key));

	for (int i = 0; i < l->ncols; i++) {
		struct list_cell c;

		if (l->place[i].w == 0)
			continue;
		get_cell(l, row, i, &c);
		if (is_marked && c.role == ROLE_TEXT)
			c.role = ROLE_MARK;
		if (c.is_bar)
			draw_bar(a, y, &l->place[i], &c);
		else if (c.text != NULL)
			draw_text(a, y, &l->place[i], l->col[i].is_right, c.role, c.text,
				  length_of(&c));
	}
	if (is_cursor && gutter > 0)
		area_text(a, 0, y, ROLE_TEXT, glyph(a.g, GLYPH_CURSOR));
	if (is_marked && gutter > 0)
		area_text(a, gutter > 1 ? 1 : 0, y, ROLE_MARK, glyph(a.g, GLYPH_MARK));
	if (is_cursor && has_focus)
		area_paint(a, 0, y, a.w, 1, ROLE_CURSOR, 0);
	else if (is_cursor)
		area_attr(a, 0, y, a.w, 1, CELL_BOLD);
	match_paint(&l->match, a, gutter, y, a.w - gutter);
}

/* Beside the rows. What is not known to be there still makes the thumb stay off the end. */
static void draw_scroll(const struct list *l, struct area a)
{
	int64_t before = l->before >= 0 ? l->before : l->has_before ? l->n : 0;
	int64_t total = l->total >= 0 ? l->total : before + l->n + (l->has_after ? l->n : 0);
	int first, last;

	list_shown(l, &first, &last);
	if (first >= 0)
		bars_scroll(a, a.w - 1, before + first, before + last, total);
}

void list_draw(struct list *l, struct area a, bool has_focus)
{
	int bar = a.w >= 20 ? 1 : 0, gutter = gutter_of(a.w);
	struct room room = { .x = gutter, .w = a.w - bar - gutter, .gap = a.w >= 60 ? 2 : 1 };
	struct area rows;

	if (a.w <= 0 || a.h <= 0)
		return;
	l->w = a.w;
	l->heads = a.h >= 3 ? 1 : 0;
	l->page = a.h - l->heads;
	list_settle(l);
	if (l->side == 0 || !layout_moved(l, room))
		layout_fitted(l, room);
	if (l->heads > 0) {
		area_paint(a, 0, 0, a.w, 1, ROLE_HEAD, 0);
		for (int i = 0; i < l->ncols; i++)
			draw_head(l, a, i);
	}
	rows = area_part(a, 0, l->heads, a.w - bar, l->page);
	for (int y = 0; y < l->page && l->top + y < l->n; y++)
		draw_row(l, rows, l->top + y, y, gutter, has_focus);
	if (bar > 0)
		draw_scroll(l, area_part(a, 0, l->heads, a.w, l->page));
}

void list_draw_empty(struct list *l, struct area a, enum role role, const char *line)
{
	int w = text_width(line, strlen(line)), x = (a.w - w) / 2;

	list_draw(l, a, false);
	if (l->n == 0 && a.w > 0 && a.h > 0)
		area_text(a, x > 0 ? x : 0, (a.h - 1 + l->heads) / 2, role, line);
}

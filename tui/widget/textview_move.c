/*
 * tui/widget/textview_move.c
 *	Where a text view stands: scrolling, following, going to what was looked for.
 *
 * The place is the row at the top of the page: a line's number and, when lines are
 * wrapped, the row in it. While following, it is worked out from the end.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/text.h"
#include "tui/widget/textview.h"
#include "tui/widget/textview_priv.h"
#include "tui/widget/wrap.h"

/* ---- rows -------------------------------------------------------------------- */

int textview_head_cells(const struct textview *v, const struct ring_line *l)
{
	int w = l->head_n > 0 ? text_width(l->head, l->head_n) + 1 : 0;

	return w <= v->w / 2 ? w : 0;
}

/* Cells for each row of the line's text. */
static int cells_for(const struct textview *v, const struct ring_line *l)
{
	int cells = v->w - textview_head_cells(v, l);

	return cells > 0 ? cells : 1;
}

int textview_rows(const struct textview *v, int64_t no)
{
	struct measure *m = &v->measure[(uint64_t)no % TEXTVIEW_MEASURES];
	struct ring_line l;
	int cells;

	if (!v->is_wrapped)
		return 1;
	ring_get(v->ring, no, &l);
	cells = cells_for(v, &l);
	if (l.is_plain && l.n <= (size_t)cells)
		return 1;
	if (m->no != no || m->cells != cells)
		*m = (struct measure){ no, cells, wrap_rows(l.text, l.n, cells) };
	return m->rows;
}

struct spot textview_next_spot(const struct textview *v, struct spot s)
{
	if (s.row + 1 < textview_rows(v, s.no))
		return (struct spot){ s.no, s.row + 1 };
	return (struct spot){ textview_seek(v, s.no + 1, 1), 0 };
}

static struct spot spot_before(const struct textview *v, struct spot s)
{
	if (s.row > 0)
		return (struct spot){ s.no, s.row - 1 };
	s.no = textview_seek(v, s.no - 1, -1);
	s.row = s.no != 0 ? textview_rows(v, s.no) - 1 : 0;
	return s;
}

/* n rows above s, or as many as there are. */
static struct spot spot_above(const struct textview *v, struct spot s, int n)
{
	while (n-- > 0) {
		struct spot before = spot_before(v, s);

		if (before.no == 0)
			break;
		s = before;
	}
	return s;
}

/* The lowest place: the last row of all is the last of the page. */
static struct spot lowest(const struct textview *v)
{
	struct spot s = { textview_seek(v, ring_end(v->ring) - 1, -1), 0 };

	if (s.no == 0)
		return s;
	s.row = textview_rows(v, s.no) - 1;
	return spot_above(v, s, v->h - 1);
}

static bool is_below(struct spot a, struct spot b)
{
	return a.no > b.no || (a.no == b.no && a.row > b.row);
}

void textview_settle(struct textview *v)
{
	struct spot low = lowest(v);
	int64_t no = v->top.no;

	if (v->is_following || low.no == 0) {
		v->top = low;
		return;
	}
	if (no < ring_first(v->ring) || no >= ring_end(v->ring) || !textview_passes(v, no)) {
		v->top.no = textview_seek(v, no, 1);
		v->top.row = 0;
	}
	if (v->top.no == 0 || is_below(v->top, low))
		v->top = low;
	else if (v->top.row >= textview_rows(v, v->top.no))
		v->top.row = textview_rows(v, v->top.no) - 1;
}

/* ---- following and scrolling --------------------------------------------------- */

void textview_follow(struct textview *v, bool on)
{
	if (on == v->is_following)
		return;
	/* Where it stands is where the reader saw the end. */
	textview_settle(v);
	v->is_following = on;
	v->has_followed = true;
	v->seen = ring_end(v->ring) - 1;
	v->unseen = 0;
	if (on)
		v->found = 0;
}

bool textview_is_following(const struct textview *v)
{
	return v->is_following;
}

int64_t textview_unseen(const struct textview *v)
{
	return v->unseen;
}

bool textview_move(struct textview *v, int by)
{
	textview_settle(v);
	if (v->top.no == 0)
		return by >= 0;
	if (by < 0)
		textview_follow(v, false);
	for (; by > 0; by--) {
		struct spot next = textview_next_spot(v, v->top);

		if (next.no == 0)
			break;
		v->top = next;
	}
	for (; by < 0; by++) {
		struct spot before = spot_before(v, v->top);

		if (before.no == 0)
			return false;
		v->top = before;
	}
	textview_settle(v);
	return true;
}

void textview_first(struct textview *v)
{
	textview_follow(v, false);
	v->top = (struct spot){ textview_seek(v, ring_first(v->ring), 1), 0 };
}

void textview_last(struct textview *v)
{
	v->top = lowest(v);
}

void textview_side(struct textview *v, int by)
{
	int64_t to = (int64_t)v->side + by;

	v->side = to < 0 ? 0 : to > TEXTVIEW_LINE_MAX ? TEXTVIEW_LINE_MAX : (int)to;
}

int textview_page(const struct textview *v)
{
	return v->h;
}

void textview_wrap(struct textview *v, bool on)
{
	v->is_wrapped = on;
	v->top.row = 0;
	v->side = 0;
}

bool textview_is_wrapped(const struct textview *v)
{
	return v->is_wrapped;
}

/* ---- going to a line ------------------------------------------------------------ */

/* Whether that row is on the page. */
static bool is_on_page(const struct textview *v, struct spot s)
{
	struct spot at = v->top;

	for (int y = 0; y < v->h && at.no != 0; y++, at = textview_next_spot(v, at))
		if (at.no == s.no && at.row == s.row)
			return true;
	return false;
}

/* Lines around it are read as well: what is off the page comes to its upper third. */
static void show(struct textview *v, struct spot s)
{
	textview_follow(v, false);
	v->found = s.no;
	if (!is_on_page(v, s))
		v->top = spot_above(v, s, v->h / 3);
	textview_settle(v);
}

/* The present line: the one that was gone to while it is on the page, else the top one. */
static int64_t present(const struct textview *v)
{
	int64_t no = v->found;

	if (no >= ring_first(v->ring) && no < ring_end(v->ring) && textview_passes(v, no)) {
		struct spot at = v->top;

		for (int y = 0; y < v->h && at.no != 0; y++, at = textview_next_spot(v, at))
			if (at.no == no)
				return no;
	}
	no = v->top.no;
	if (no < ring_first(v->ring) || no >= ring_end(v->ring))
		no = ring_first(v->ring);
	return textview_seek(v, no, 1);
}

bool textview_at(const struct textview *v, struct text_line *out)
{
	struct ring_line l;
	int64_t no = present(v);

	if (no == 0)
		return false;
	ring_get(v->ring, no, &l);
	*out = (struct text_line){ .p = l.text, .n = l.n, .role = (enum role)l.role,
				   .head = l.head_n > 0 ? l.head : NULL, .key = l.key,
				   .is_error = l.is_error };
	return true;
}

void textview_go_key(struct textview *v, int64_t key)
{
	struct ring_line l;

	for (int64_t no = ring_first(v->ring); (no = textview_seek(v, no, 1)) != 0; no++) {
		ring_get(v->ring, no, &l);
		if (l.key >= key) {
			textview_settle(v);
			show(v, (struct spot){ no, 0 });
			return;
		}
	}
}

void textview_search(struct textview *v, const char *text)
{
	char *copy = text != NULL && text[0] != '\0' ? mem_strdup(text) : NULL;

	v->is_fresh = copy != NULL && (v->searched == NULL || strcmp(copy, v->searched) != 0);
	free(v->searched);
	v->searched = copy;
	match_set(&v->match, copy);
}

const char *textview_searched(const struct textview *v)
{
	return v->searched;
}

/* Where looking begins: behind the present line, or with it when it was not looked at. */
static int64_t start_of(struct textview *v, bool down, bool is_fresh)
{
	int64_t no;

	textview_settle(v);
	no = present(v);
	if (no == 0 || (down && (is_fresh || no != v->found)))
		return no;
	return textview_seek(v, no + (down ? 1 : -1), down ? 1 : -1);
}

/* The row of a wrapped line that holds byte `at`; not wrapped: makes its column seen. */
static int row_at(struct textview *v, const struct ring_line *l, size_t at, size_t len)
{
	int cells = cells_for(v, l), row = 0, x, end;

	if (!v->is_wrapped) {
		x = text_width(l->text, at);
		end = x + text_width(l->text + at, len);
		if (end <= cells)
			v->side = 0;
		else if (x < v->side || end > v->side + cells)
			v->side = end - cells + cells / 3;
		return 0;
	}
	for (size_t done = 0; done < l->n; row++) {
		done += wrap_next(l->text + done, l->n - done, cells, NULL);
		if (done > at)
			break;
	}
	return row;
}

bool textview_next_hit(struct textview *v, bool down)
{
	int step = down ? 1 : -1;
	int64_t no = start_of(v, down, v->is_fresh);

	v->is_fresh = false;
	for (; no != 0; no = textview_seek(v, no + step, step)) {
		struct ring_line l;
		size_t len = 0;
		ptrdiff_t at;

		ring_get(v->ring, no, &l);
		at = match_find(&v->match, l.text, l.n, &len);
		if (at < 0 && match_find(&v->match, l.head, l.head_n, NULL) < 0)
			continue;
		show(v, (struct spot){ no, row_at(v, &l, at >= 0 ? (size_t)at : 0, len) });
		return true;
	}
	return false;
}

bool textview_next_error(struct textview *v, bool down)
{
	int step = down ? 1 : -1;
	int64_t no = start_of(v, down, false);

	for (; no != 0; no = textview_seek(v, no + step, step)) {
		if (!ring_is_error(v->ring, no))
			continue;
		show(v, (struct spot){ no, 0 });
		return true;
	}
	return false;
}

/*
 * tui/widget/textview_draw.c
 *	A text view on the screen.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/human.h"
#include "core/base/text.h"
#include "tui/widget/bars.h"
#include "tui/widget/textview.h"
#include "tui/widget/textview_priv.h"
#include "tui/widget/wrap.h"

/* Where the row that was drawn last ends: the next one of the same line begins there. */
struct place {
	struct spot s;
	size_t at;
};

/* The text of a row of a wrapped line; its bytes in *n. */
static const char *row_of(const struct ring_line *l, struct spot s, int cells, struct place *last,
			  size_t *n)
{
	struct place p = { { s.no, 0 }, 0 };
	const char *text = l->text;

	*n = 0;
	if (last->s.no == s.no && last->s.row == s.row)
		p = *last;
	for (; p.s.row <= s.row && p.at < l->n; p.s.row++) {
		text = l->text + p.at;
		p.at += wrap_next(text, l->n - p.at, cells, n);
	}
	*last = p;
	return text;
}

/* One row of a line; a wrapped line continues below its text, not below its head. */
static void draw_row(const struct textview *v, struct area a, int y, struct spot s,
		     struct place *last, bool has_focus)
{
	struct ring_line l;
	const char *p;
	size_t n;
	int x;

	ring_get(v->ring, s.no, &l);
	x = textview_head_cells(v, &l);
	p = l.text;
	n = l.n;
	if (s.row == 0 && x > 0)
		area_textn(a, 0, y, ROLE_DIM, l.head, l.head_n);
	if (v->is_wrapped) {
		p = row_of(&l, s, a.w - x, last, &n);
		area_textn(a, x, y, (enum role)l.role, p, n);
	} else if (l.is_plain && v->side > 0) {
		size_t skip = (size_t)v->side < n ? (size_t)v->side : n;

		area_textn(a, x, y, (enum role)l.role, p + skip, n - skip);
	} else {
		area_fit(a, x, y, a.w - x, FIT_LEFT, v->side, (enum role)l.role, p, n);
	}
	if (s.no == v->found && has_focus)
		area_paint(a, 0, y, a.w, 1, ROLE_CURSOR, 0);
	else if (s.no == v->found)
		area_attr(a, 0, y, a.w, 1, CELL_BOLD);
	match_paint(&v->match, a, 0, y, a.w);
}

/* New lines that are on the page now need not be told of any more. */
static void note_seen(struct textview *v, int64_t last)
{
	if (last <= v->seen)
		return;
	v->seen = last;
	v->unseen = 0;
	for (int64_t no = last + 1; no < ring_end(v->ring); no++)
		v->unseen += textview_passes(v, no);
}

static void draw_unseen(const struct textview *v, struct area a)
{
	char number[32], text[64];
	int w;

	human_grouped(v->unseen, number, sizeof(number));
	snprintf(text, sizeof(text), " +%s new ", number);
	w = (int)strlen(text);
	if (w <= a.w)
		area_textn(a, a.w - w, a.h - 1, ROLE_RUN, text, (size_t)w);
}

/* Beside the text: where errors are, in all that is kept. The thumb shows through. */
static void draw_errors(const struct textview *v, struct area a)
{
	int64_t first = ring_first(v->ring), n = textview_count(v);
	int at = -1;

	for (int64_t no = first; v->errors > 0 && no < first + n; no++) {
		int y;

		if (!ring_is_error(v->ring, no) || !textview_passes(v, no))
			continue;
		y = (int)((no - first) * a.h / n);
		if (y == at)
			continue;
		at = y;
		if (a.g->cell[(a.y + y) * a.g->w + a.x + a.w - 1].ch == ' ')
			area_text(a, a.w - 1, y, ROLE_BAD, glyph(a.g, GLYPH_HLINE));
		else
			area_paint(a, a.w - 1, y, 1, 1, ROLE_BAD, 0);
	}
}

/* Whether lines that pass lie above or below the page. */
static bool has_more(const struct textview *v, struct spot last)
{
	return v->top.row > 0 || last.row + 1 < textview_rows(v, last.no) ||
	       textview_seek(v, v->top.no - 1, -1) != 0 || textview_seek(v, last.no + 1, 1) != 0;
}

static void draw_nothing(const struct textview *v, struct area a)
{
	const char *text = "no line passes the filters";
	int w = (int)strlen(text);

	if (textview_count(v) > 0)
		area_text(a, a.w > w ? (a.w - w) / 2 : 0, (a.h - 1) / 2, ROLE_DIM, text);
}

void textview_draw(struct textview *v, struct area a, bool has_focus)
{
	int bar = a.w >= 20 ? 1 : 0;
	struct area rows = area_part(a, 0, 0, a.w - bar, a.h);
	struct spot s, last = { 0 };
	struct place place = { 0 };

	if (rows.w <= 0 || rows.h <= 0)
		return;
	v->w = rows.w;
	v->h = rows.h;
	textview_settle(v);
	s = v->top;
	if (s.no == 0)
		draw_nothing(v, rows);
	for (int y = 0; y < rows.h && s.no != 0; y++, s = textview_next_spot(v, s)) {
		draw_row(v, rows, y, s, &place, has_focus);
		last = s;
	}
	if (last.no == 0)
		return;
	note_seen(v, last.no);
	if (v->unseen > 0)
		draw_unseen(v, rows);
	if (bar > 0 && has_more(v, last)) {
		area_clear(area_part(a, a.w - 1, 0, 1, a.h), ROLE_TEXT);
		bars_scroll(a, a.w - 1, v->top.no - ring_first(v->ring),
			    last.no - ring_first(v->ring), textview_count(v));
		draw_errors(v, a);
	}
}

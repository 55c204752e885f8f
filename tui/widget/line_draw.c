/*
 * tui/widget/line_draw.c
 *	A line on the screen, and its candidates above it.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "tui/widget/cells.h"
#include "tui/widget/line.h"
#include "tui/widget/line_priv.h"

/* Moves what is seen so that the cursor is in it, with a little of what is around. */
static void scroll_to(int cursor, int all, int w)
{
	int *scroll = &line_now.scroll;
	/* The cells at the ends show that there is more. */
	int first = *scroll + (*scroll > 0 ? 1 : 0);
	int last = *scroll + w - 1 - (all > *scroll + w - 1 ? 1 : 0);

	if (all < w)
		*scroll = 0;
	else if (cursor < first)
		*scroll = cursor - w / 3 > 0 ? cursor - w / 3 : 0;
	else if (cursor > last)
		*scroll = cursor - w + 1 + w / 3;
	if (*scroll > cursor)
		*scroll = cursor;
}

static void draw_secret(struct area a, int y)
{
	const char *dot = a.g->is_ascii ? "*" : "\xe2\x80\xa2";
	size_t n = 0;
	int shown;

	for (size_t i = 0; i < line_now.secret.n; i++)
		n += (line_now.secret.text[i] & 0xC0) != 0x80;
	shown = n < (size_t)(a.w - 1) ? (int)n : a.w - 1;
	for (int x = 0; x < shown; x++)
		area_text(a, x, y, ROLE_TEXT, dot);
	a.g->cursor_x = a.x + shown;
}

static void draw_text(struct area a, int y)
{
	const char *text = line_text();
	size_t n = line_length();
	int cursor = text_width(text, line_point()), all = text_width(text, n), scroll;

	scroll_to(cursor, all, a.w);
	scroll = line_now.scroll;
	area_fit(a, 0, y, a.w, FIT_LEFT, scroll, ROLE_TEXT, text, n);
	if (scroll > 0 && a.w > 2)
		area_text(a, 0, y, ROLE_DIM, glyph(a.g, GLYPH_MORE));
	if (scroll > 0 && all - scroll > a.w && a.w > 2)
		area_text(a, a.w - 1, y, ROLE_DIM, glyph(a.g, GLYPH_MORE));
	a.g->cursor_x = a.x + cells_min(cursor - scroll, a.w - 1);
}

void line_draw(struct area a, int y)
{
	const char *label = line_message();
	int w, most = label != NULL ? a.w * 3 / 4 : a.w / 2;

	if (!line_now.is_open || a.w <= 0 || y < 0 || y >= a.h)
		return;
	if (label == NULL)
		label = line_now.label;
	w = cells_of(label);
	/* What is typed matters more than what it is for. */
	if (w > most)
		w = most;
	area_fit(a, 0, y, w, FIT_LEFT, 0, ROLE_KEY, label, strlen(label));
	a = area_part(a, w, 0, a.w - w, a.h);
	area_clear(area_part(a, 0, y, a.w, 1), ROLE_TEXT);
	a.g->cursor_y = a.y + y;
	if (line_now.is_secret)
		draw_secret(a, y);
	else
		draw_text(a, y);
}

/* ---- candidates ------------------------------------------------------------------ */

/* How they lie: all words in columns, or one a line with its help. */
struct plan {
	int columns, width;	/* of a column */
	int rows;
};

static struct plan plan_for(const struct line_offers *o, int w)
{
	struct plan p = { 1, 1, 0 };

	for (int i = 0; i < o->n; i++)
		if (cells_of(o->word[i]) + 2 > p.width)
			p.width = cells_of(o->word[i]) + 2;
	if (p.width > w)
		p.width = w;
	if (!o->has_help)
		p.columns = w / p.width;
	p.rows = (o->n + p.columns - 1) / p.columns;
	return p;
}

static void draw_offer(struct area a, const struct line_offers *o, const struct plan *p, int i,
		       int x, int y)
{
	int w = p->width - 2 > 0 ? p->width - 2 : 1;
	int rest = a.w - x - w - 2;

	area_fit(a, x, y, w, FIT_LEFT, 0, ROLE_TEXT, o->word[i], strlen(o->word[i]));
	if (o->help[i] != NULL && rest > 3)
		area_fit(a, x + w + 2, y, rest, FIT_LEFT, 0, ROLE_DIM, o->help[i],
			 strlen(o->help[i]));
	if (i == o->chosen)
		area_paint(a, x, y, o->has_help ? a.w - x : w, 1, ROLE_CURSOR, 0);
}

int line_draw_offers(struct area a, int y, int h)
{
	const struct line_offers *o = &line_now.offers;
	int left = a.w > 10 ? 2 : 0, rule, rows, top = 0;
	struct plan p;
	char more[48];

	h = cells_min(h, cells_min(y, a.h));
	if (!line_now.is_open || o->n == 0 || h <= 0 || a.w <= left)
		return 0;
	p = plan_for(o, a.w - left);
	rule = h > 2 ? 1 : 0;
	rows = cells_min(p.rows, h - rule);
	if (o->chosen >= 0 && o->chosen / p.columns >= rows)
		top = o->chosen / p.columns - rows + 1;
	area_clear(area_part(a, 0, y - rows - rule, a.w, rows + rule), ROLE_TEXT);
	for (int x = 0; x < a.w && rule > 0; x++)
		area_text(a, x, y - rows - 1, ROLE_BORDER, glyph(a.g, GLYPH_HLINE));
	if (rows < p.rows && rule > 0) {
		snprintf(more, sizeof(more), " %d of %d ", cells_min(rows * p.columns, o->n), o->n);
		if (cells_of(more) + 2 < a.w)
			area_text(a, a.w - cells_of(more) - 1, y - rows - 1, ROLE_DIM, more);
	}
	a = area_part(a, left, y - rows, a.w - left, rows);
	for (int i = top * p.columns; i < o->n && i / p.columns - top < rows; i++)
		draw_offer(a, o, &p, i, i % p.columns * p.width, i / p.columns - top);
	return rows + rule;
}

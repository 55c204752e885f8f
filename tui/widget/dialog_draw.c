/*
 * tui/widget/dialog_draw.c
 *	A dialog on the screen: a box as large as it needs, the question always in sight.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "tui/widget/bars.h"
#include "tui/widget/cells.h"
#include "tui/widget/dialog.h"
#include "tui/widget/dialog_priv.h"
#include "tui/widget/frame.h"
#include "tui/widget/wrap.h"

#define WIDTH_MOST  72	/* cells inside: longer lines are tiring to read */
#define WIDTH_LEAST 24
#define EDGES_W     4	/* cells of the border with its margins */
#define EDGES_H     2

/* Cells of the widest line. */
static int widest(const char *text)
{
	int most = 0;

	for (size_t n; *text != '\0'; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		most = cells_max(most, text_width(text, n < 4096 ? n : 4096));
	}
	return most;
}

/* A box of that inside in the middle of a, or as much of it as there is; its inside. */
static struct area box(const struct dialog *d, struct area a, int w, int h)
{
	char title[256];
	struct area at;

	w = cells_min(w + EDGES_W, a.w);
	h = cells_min(h + EDGES_H, a.h);
	snprintf(title, sizeof(title), "%s%s%s", d->is_prod ? "PROD" : "",
		 d->is_prod && d->title[0] != '\0' ? ": " : "", d->title);
	at = area_part(a, (a.w - w) / 2, (a.h - h) / 2, w, h);
	return frame_box(at, title, d->role);
}

static int title_width(const struct dialog *d)
{
	return cells_of(d->title) + (d->is_prod ? 6 : 0) + 2;
}

/* ---- text and question -------------------------------------------------------- */

struct piece {
	enum role role;
	const char *text;
};

/* Pieces one behind the other; what does not fit is cut. Returns where they end. */
static int draw_pieces(struct area a, int y, const struct piece *piece, int n)
{
	int x = 0;

	for (int i = 0; i < n; i++)
		x += area_text(a, x, y, piece[i].role, piece[i].text);
	return x;
}

static void draw_word(const struct dialog *d, struct area a, int y)
{
	const struct piece piece[] = {
		{ d->is_wrong ? ROLE_BAD : ROLE_TEXT, d->is_wrong ? "that is not " : "type " },
		{ ROLE_KEY, d->word }, { ROLE_TEXT, d->is_wrong ? ": " : " and enter: " },
	};
	int x = draw_pieces(a, y, piece, 3), w = cells_of(d->typed.text), room;

	/* Room for what is typed comes first. */
	if (x > a.w - cells_max(w + 1, 6)) {
		x = cells_max(a.w - cells_max(w + 1, 6), 0);
		area_fit(a, 0, y, x, FIT_LEFT, 0, ROLE_KEY, d->word, strlen(d->word));
		if (x > 1)
			area_text(a, x - 1, y, ROLE_TEXT, " ");
	}
	room = a.w - x - 1;
	area_clear(area_part(a, x, y, a.w - x, 1), ROLE_TEXT);
	area_fit(a, x, y, a.w - x, FIT_LEFT, w > room ? w - room : 0,
		 d->is_wrong ? ROLE_BAD : ROLE_TEXT, d->typed.text, d->typed.n);
	a.g->cursor_x = a.x + x + cells_min(w, room);
	a.g->cursor_y = a.y + y;
}

static void draw_question(const struct dialog *d, struct area a, int y)
{
	const struct piece yes_no[] = {
		{ ROLE_KEY, "y" }, { ROLE_TEXT, " yes   " }, { ROLE_KEY, "n" }, { ROLE_TEXT, " no" },
	};
	const struct piece close[] = { { ROLE_KEY, "Enter" }, { ROLE_TEXT, " close" } };

	if (d->kind == DIALOG_TELL)
		draw_pieces(a, y, close, 2);
	else if (d->word == NULL)
		draw_pieces(a, y, yes_no, 4);
	else
		draw_word(d, a, y);
}

/* In the margin of the box, beside h rows; very small boxes have none. */
static void draw_scroll(struct area in, int h, int top, int rows)
{
	if (in.w < 8)
		return;
	in.w++;
	in.h = h;
	bars_scroll(in, in.w - 1, top, top + h - 1, rows);
}

/* Rows top .. of the text. */
static void draw_rows(struct area a, int top, const char *text)
{
	size_t n = strlen(text);
	int row = 0;

	for (size_t at = 0, shown; at < n && row < top + a.h; row++) {
		size_t len = wrap_next(text + at, n - at, a.w, &shown);

		if (row >= top)
			area_textn(a, 0, row - top, ROLE_TEXT, text + at, shown);
		at += len;
	}
}

static void draw_text(struct dialog *d, struct area a)
{
	int least = d->word != NULL ? cells_of(d->word) * 2 + 24 : WIDTH_LEAST;
	int w = cells_max(cells_max(widest(d->text), title_width(d)), least), rows, gap;
	struct area in;

	w = cells_min(w, cells_min(WIDTH_MOST, a.w - EDGES_W));
	rows = wrap_rows(d->text, strlen(d->text), w);
	gap = rows + 2 + EDGES_H <= a.h ? 1 : 0;
	in = box(d, a, w, rows + gap + 1);
	if (in.h < 1)
		return;
	d->page = cells_max(in.h - 1 - gap, 1);
	rows = wrap_rows(d->text, strlen(d->text), in.w);
	if (d->top > rows - d->page)
		d->top = cells_max(rows - d->page, 0);
	draw_rows(area_part(in, 0, 0, in.w, in.h - 1 - gap), d->top, d->text);
	draw_scroll(in, in.h - 1 - gap, d->top, rows);
	draw_question(d, in, in.h - 1);
}

/* ---- menus ---------------------------------------------------------------------- */

static void draw_item(const struct dialog *d, struct area a, int y, int i, int key_w)
{
	const struct menu_item *m = &d->item[i];
	int w = cells_of(m->text), room = a.w - 2 - (key_w > 0 ? key_w + 2 : 0);
	bool is_at = i == d->at;
	char why[256];

	if (is_at)
		area_text(a, 0, y, ROLE_TEXT, glyph(a.g, GLYPH_CURSOR));
	w = cells_min(w, cells_max(room, 1));
	area_fit(a, 2, y, w, FIT_LEFT, 0, m->why_not != NULL ? ROLE_DIM : ROLE_TEXT, m->text,
		 strlen(m->text));
	if (m->why_not != NULL && room - w > 6) {
		snprintf(why, sizeof(why), "(%s)", m->why_not);
		area_fit(a, 2 + w + 1, y, room - w - 1, FIT_LEFT, 0, ROLE_DIM, why, strlen(why));
	}
	if (m->key != NULL && key_w > 0)
		area_fit(a, a.w - key_w, y, key_w, FIT_RIGHT, 0,
			 m->why_not != NULL ? ROLE_DIM : ROLE_KEY, m->key, strlen(m->key));
	if (is_at)
		area_paint(a, 0, y, a.w, 1, ROLE_CURSOR, 0);
	for (int k = 0; k < d->nmatch; k++)
		match_paint(&d->match[k], a, 2, y, w);
}

/* What was typed, or that something may be. */
static void draw_typed(const struct dialog *d, struct area a)
{
	int w = cells_of(d->typed.text), room = a.w - 3;

	area_text(a, 0, 0, ROLE_KEY, "/");
	if (d->typed.n == 0)
		area_text(a, 2, 0, ROLE_DIM, "type to narrow");
	else
		area_fit(a, 2, 0, a.w - 2, FIT_LEFT, w > room ? w - room : 0, ROLE_TEXT,
			 d->typed.text, d->typed.n);
	if (a.w > 2) {
		a.g->cursor_x = a.x + 2 + cells_min(w, cells_max(room, 0));
		a.g->cursor_y = a.y;
	}
}

static void draw_menu(struct dialog *d, struct area a)
{
	int w = cells_max(WIDTH_LEAST, title_width(d)), key_w = 0, at = 0, head;
	struct area in;

	/* The size is that of all items, so that the box stays still while one types. */
	for (int i = 0; i < d->n; i++) {
		const struct menu_item *m = &d->item[i];
		int why = m->why_not != NULL ? cells_of(m->why_not) + 3 : 0;

		key_w = cells_max(key_w, m->key != NULL ? cells_of(m->key) : 0);
		w = cells_max(w, 2 + cells_of(m->text) + why);
	}
	in = box(d, a, cells_min(w + (key_w > 0 ? key_w + 2 : 0), WIDTH_MOST), d->n + 1);
	if (in.h < 1)
		return;
	if (key_w > in.w / 3)
		key_w = 0;
	head = in.h > 1 ? 1 : 0;
	if (head > 0)
		draw_typed(d, in);
	in = area_part(in, 0, head, in.w, in.h - head);
	d->page = in.h;
	for (int i = 0; i < d->nshown; i++)
		if (d->shown[i] == d->at)
			at = i;
	d->top = cells_min(d->top, at);
	d->top = cells_max(d->top, at - in.h + 1);
	d->top = cells_max(cells_min(d->top, d->nshown - in.h), 0);
	for (int y = 0; y < in.h && d->top + y < d->nshown; y++)
		draw_item(d, in, y, d->shown[d->top + y], key_w);
	if (d->nshown == 0)
		area_text(in, 2, 0, ROLE_DIM, "nothing matches");
	draw_scroll(in, in.h, d->top, d->nshown);
}

void dialog_draw(struct dialog *d, struct area a)
{
	if (a.w <= 0 || a.h <= 0)
		return;
	a.g->cursor_x = a.g->cursor_y = -1;
	if (d->kind == DIALOG_MENU)
		draw_menu(d, a);
	else
		draw_text(d, a);
}

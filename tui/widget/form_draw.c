/*
 * tui/widget/form_draw.c
 *	A form on the screen: names left, values right, help at the foot.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "tui/widget/bars.h"
#include "tui/widget/cells.h"
#include "tui/widget/form.h"
#include "tui/widget/form_priv.h"
#include "tui/widget/frame.h"
#include "tui/widget/line.h"
#include "tui/widget/wrap.h"

#define FIELD_MOST 48	/* cells of a value: a blank as long as the screen asks for too much */

/* Where things stand in a row. */
struct columns {
	int label, label_w;
	int need;		/* the mark of what must be filled in */
	int value, value_w;
	int fault, fault_w;	/* what is told below */
};

static struct columns columns_of(const struct form *f, int w)
{
	struct columns c = { .label = w >= 16 ? 2 : 0 };
	int most = 0;

	for (int i = 0; i < f->n; i++)
		most = cells_max(most, cells_of(f->value[i].spec->label));
	c.label_w = cells_max(cells_min(most, w * 2 / 5), 0);
	c.need = c.label + c.label_w + 1;
	c.value = c.need + (w >= 16 ? 2 : 1);
	c.value_w = cells_max(cells_min(w - c.value - 1, FIELD_MOST), 1);
	c.fault = c.value_w >= 20 ? c.value : c.label;
	c.fault_w = cells_max(w - c.fault - 1, 1);
	return c;
}

static int fault_rows(const struct form_value *v, const struct columns *c)
{
	return v->fault != NULL ? wrap_rows(v->fault, strlen(v->fault), c->fault_w) : 0;
}

/* ---- values -------------------------------------------------------------------- */

static bool is_true(const char *text)
{
	return strcmp(text, "true") == 0 || strcmp(text, "yes") == 0 || strcmp(text, "1") == 0;
}

static void draw_typed(const struct form *f, const struct form_value *v, struct area a, bool is_at)
{
	if (is_at && f->is_typing && line_is_open()) {
		line_draw(a, 0);
	} else if (v->spec->kind == FIELD_SECRET) {
		const char *dot = a.g->is_ascii ? "*" : "\xe2\x80\xa2";
		int n = 0;

		for (const char *p = v->text; *p != '\0'; p++)
			n += (*p & 0xC0) != 0x80;
		for (int x = 0; x < cells_min(n, a.w); x++)
			area_text(a, x, 0, ROLE_TEXT, dot);
	} else {
		area_fit(a, 0, 0, a.w, FIT_LEFT, 0, ROLE_TEXT, v->text, strlen(v->text));
	}
	/* As on paper: a line to write on. */
	area_attr(a, 0, 0, a.w, 1, CELL_UNDERLINE);
}

static void draw_choice(const struct form_value *v, struct area a, bool is_at)
{
	const char *text = v->text[0] != '\0' ? v->text : "none";
	int x = 0, w;

	if (is_at) {
		area_text(a, 0, 0, ROLE_KEY, glyph(a.g, GLYPH_LEFT));
		x = 2;
	}
	w = cells_min(cells_of(text), cells_max(a.w - x - (is_at ? 2 : 0), 1));
	area_fit(a, x, 0, w, FIT_LEFT, 0, v->text[0] != '\0' ? ROLE_TEXT : ROLE_DIM, text,
		 strlen(text));
	if (is_at)
		area_text(a, x + w + 1, 0, ROLE_KEY, glyph(a.g, GLYPH_RIGHT));
}

static void draw_field(const struct form *f, struct area a, const struct columns *c, int y, int i)
{
	const struct form_value *v = &f->value[i];
	struct area value = area_part(a, c->value, y, c->value_w, 1);
	bool is_at = i == f->at;

	if (is_at && c->label > 0)
		area_text(a, 0, y, ROLE_FOCUS, glyph(a.g, GLYPH_CURSOR));
	area_fit(a, c->label, y, c->label_w, FIT_LEFT, 0, is_at ? ROLE_FOCUS : ROLE_HEAD,
		 v->spec->label, strlen(v->spec->label));
	if (v->spec->is_required)
		area_text(a, c->need, y, ROLE_WARN, "*");
	if (value.w <= 0)
		return;
	if (form_is_typed(v->spec))
		draw_typed(f, v, value, is_at);
	else if (v->spec->kind == FIELD_CHOICE)
		draw_choice(v, value, is_at);
	else
		area_text(value, 0, 0, ROLE_TEXT, is_true(v->text) ? "[x] yes" : "[ ] no");
	if (is_at && !form_is_typed(v->spec)) {
		a.g->cursor_x = value.x + (v->spec->kind == FIELD_BOOL && value.w > 1 ? 1 : 0);
		a.g->cursor_y = value.y;
	}
}

/* ---- all of it ------------------------------------------------------------------- */

/* What is told below the fields: the fault of all, then the help of one. Returns its rows. */
static int draw_foot(const struct form *f, struct area a)
{
	const char *help = f->n > 0 ? f->value[f->at].spec->help : NULL;
	int faults = f->fault != NULL ? wrap_rows(f->fault, strlen(f->fault), a.w) : 0, helps, rows;

	/* The help has as many rows for every field, so that nothing jumps. */
	helps = 0;
	for (int i = 0; i < f->n; i++) {
		const char *text = f->value[i].spec->help;

		if (text != NULL)
			helps = cells_max(helps, wrap_rows(text, strlen(text), a.w));
	}
	faults = cells_min(faults, a.h / 2);
	helps = cells_min(helps, cells_max(a.h / 2 - faults - 1, 0));
	rows = faults + helps;
	if (rows == 0)
		return 0;
	frame_titled(area_part(a, 0, a.h - rows - 1, a.w, 1), "", NULL, false);
	if (faults > 0)
		wrap_draw(area_part(a, 0, a.h - rows, a.w, faults), 0, 0, a.w, ROLE_BAD, f->fault);
	if (helps > 0 && help != NULL)
		wrap_draw(area_part(a, 0, a.h - helps, a.w, helps), 0, 0, a.w, ROLE_DIM, help);
	return rows + 1;
}

/* Rows before field i. */
static int row_of(const struct form *f, const struct columns *c, int i)
{
	int row = 0;

	for (int k = 0; k < i; k++)
		row += 1 + fault_rows(&f->value[k], c);
	return row;
}

static void draw_fields(struct form *f, struct area a)
{
	struct columns c = columns_of(f, a.w);
	int first = row_of(f, &c, f->at), all = row_of(f, &c, f->n), last, row = 0;

	if (a.h <= 0 || f->n == 0)
		return;
	last = first + fault_rows(&f->value[f->at], &c);
	f->top = cells_max(f->top, last - a.h + 1);
	f->top = cells_min(f->top, first);
	f->top = cells_max(cells_min(f->top, all - a.h), 0);
	for (int i = 0; i < f->n; i++) {
		const struct form_value *v = &f->value[i];
		int y = row - f->top, faults = fault_rows(v, &c);

		if (y >= 0 && y < a.h)
			draw_field(f, a, &c, y, i);
		if (faults > 0 && y + 1 >= 0)
			wrap_draw(a, c.fault, y + 1, c.fault_w, ROLE_BAD, v->fault);
		row += 1 + faults;
	}
	if (a.w >= 16)
		bars_scroll(a, a.w - 1, f->top, f->top + a.h - 1, all);
}

void form_draw(struct form *f, struct area a)
{
	bool has_required = false;

	if (a.w <= 0 || a.h <= 0)
		return;
	for (int i = 0; i < f->n; i++)
		has_required = has_required || f->value[i].spec->is_required;
	a.g->cursor_x = a.g->cursor_y = -1;
	if (a.h >= 3)
		a = frame_titled(a, f->title, has_required ? "* must be filled in" : NULL, true);
	if (a.h >= 5)
		a.h -= draw_foot(f, a);
	draw_fields(f, a);
}

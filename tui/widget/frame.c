/*
 * tui/widget/frame.c
 *	Lines around things: titles of panes, rules between them, boxes of dialogs.
 */
#include "tui/widget/frame.h"

#include <string.h>

#include "core/base/text.h"
#include "tui/widget/cells.h"

static void rule(struct area a, int x, int y, int w, enum role role)
{
	for (int i = 0; i < w; i++)
		area_text(a, x + i, y, role, glyph(a.g, GLYPH_HLINE));
}

/* " title " into the rule at y; what does not fit is left out from the right. */
static int title_on(struct area a, int x, int y, int room, const char *title, enum role role)
{
	int w = cells_of(title);

	if (title[0] == '\0' || room < 3)
		return 0;
	if (w > room - 2)
		w = room - 2;
	area_text(a, x, y, role, " ");
	area_fit(a, x + 1, y, w, FIT_LEFT, 0, role, title, strlen(title));
	area_text(a, x + 1 + w, y, role, " ");
	return w + 2;
}

struct area frame_titled(struct area a, const char *title, const char *right, bool has_focus)
{
	int used, w;

	if (a.w <= 0 || a.h <= 0)
		return a;
	rule(a, 0, 0, a.w, ROLE_BORDER);
	used = 1 + title_on(a, 1, 0, a.w - 2, title, has_focus ? ROLE_FOCUS : ROLE_TITLE);
	if (right != NULL && right[0] != '\0') {
		w = cells_of(right);
		/* Half of it would mislead: all or nothing. */
		if (w + 2 <= a.w - used - 2)
			title_on(a, a.w - w - 3, 0, w + 2, right, ROLE_DIM);
	}
	return area_part(a, 0, 1, a.w, a.h - 1);
}

void frame_rule(struct area a, int x)
{
	for (int y = 0; y < a.h; y++)
		area_text(a, x, y, ROLE_BORDER, glyph(a.g, GLYPH_VLINE));
}

/* Corners have no glyph of their own: only boxes have them. */
static void corner(struct area a, int x, int y, const char *mark, enum role role)
{
	area_text(a, x, y, role, a.g->is_ascii ? "+" : mark);
}

struct area frame_box(struct area a, const char *title, enum role role)
{
	int bottom = a.h - 1, right = a.w - 1;

	if (a.w <= 0 || a.h <= 0)
		return a;
	area_clear(a, ROLE_TEXT);
	/* Too small for a border: what is in it matters more. */
	if (a.w < 5 || a.h < 3)
		return a;
	rule(a, 1, 0, a.w - 2, role);
	rule(a, 1, bottom, a.w - 2, role);
	for (int y = 1; y < bottom; y++) {
		area_text(a, 0, y, role, glyph(a.g, GLYPH_VLINE));
		area_text(a, right, y, role, glyph(a.g, GLYPH_VLINE));
	}
	corner(a, 0, 0, "\xe2\x94\x8c", role);
	corner(a, right, 0, "\xe2\x94\x90", role);
	corner(a, 0, bottom, "\xe2\x94\x94", role);
	corner(a, right, bottom, "\xe2\x94\x98", role);
	title_on(a, 2, 0, a.w - 4, title, role);
	return area_part(a, 2, 1, a.w - 4, a.h - 2);
}

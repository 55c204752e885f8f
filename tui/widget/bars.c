/*
 * tui/widget/bars.c
 *	Quantities in a few cells: progress in eighths, sparks, scroll bars.
 */
#include "tui/widget/bars.h"

#include "core/base/text.h"

#define EIGHTH_LEFT  0x258Fu	/* one eighth from the left; more are the numbers before it */
#define EIGHTH_LOWER 0x2581u	/* one eighth from below; more are the numbers behind it */

static void put(struct area a, int x, int y, enum role role, uint32_t c)
{
	char bytes[4];

	area_textn(a, x, y, role, bytes, utf8_encode(c, bytes));
}

/*
 * Filled eighths of cells. Nothing looks finished that is not, nothing looks untouched that
 * has begun.
 */
static int eighths_of(double share, int cells, int unit)
{
	int all = cells * unit, n;

	if (!(share > 0))	/* also what is not a number */
		return 0;
	if (share >= 1)
		return all;
	n = (int)(share * all);
	if (n == 0)
		n = 1;
	return n < all ? n : all - 1;
}

void bars_progress(struct area a, int x, int y, int cells, double share, double tick,
		   enum role role)
{
	int unit, filled, at = -1;

	if (cells <= 0 || a.g == NULL)
		return;
	unit = a.g->is_ascii ? 1 : 8;
	if (share < 0) {
		for (int i = 0; i < cells; i++)
			area_text(a, x + i, y, ROLE_DIM, glyph(a.g, GLYPH_DOT));
		return;
	}
	filled = eighths_of(share, cells, unit);
	if (tick >= 0)
		at = tick < 1 ? (int)(tick * cells) : cells - 1;
	for (int i = 0; i < cells; i++) {
		int part = filled - i * unit;

		if (part >= unit)
			area_text(a, x + i, y, role, glyph(a.g, GLYPH_BAR_FULL));
		else if (part > 0)
			put(a, x + i, y, role, EIGHTH_LEFT + 1 - (uint32_t)part);
		else
			area_text(a, x + i, y, ROLE_DIM, glyph(a.g, GLYPH_BAR_REST));
		/* In the filled part it is a notch, where the bar ends it must not hide that. */
		if (i == at && (part <= 0 || part >= unit)) {
			area_text(a, x + i, y, part > 0 ? role : ROLE_DIM, glyph(a.g, GLYPH_VLINE));
			if (part > 0)
				area_attr(a, x + i, y, 1, 1, CELL_REVERSE);
		}
	}
}

void bars_spark(struct area a, int x, int y, int cells, enum role role, const double *value,
		int n)
{
	static const char ascii[] = "_.:-=+*#";
	int shown = n < cells ? n : cells;
	double most = 0;

	if (shown <= 0 || a.g == NULL)
		return;
	value += n - shown;
	for (int i = 0; i < shown; i++)
		if (value[i] > most)
			most = value[i];
	for (int i = 0; i < shown; i++) {
		int level = most > 0 ? eighths_of(value[i] / most, 1, 8) : 0;

		if (level == 0)
			continue;
		put(a, x + cells - shown + i, y, role, a.g->is_ascii ?
		    (uint32_t)ascii[level - 1] : EIGHTH_LOWER + (uint32_t)level - 1);
	}
}

void bars_scroll(struct area a, int x, int64_t first, int64_t last, int64_t total)
{
	int top, end;

	if (a.g == NULL || a.h < 1 || total <= 0 || (first <= 0 && last >= total - 1))
		return;
	top = (int)((double)first / (double)total * a.h);
	end = (int)((double)(last + 1) / (double)total * a.h + 0.999);
	/* An end of the bar is touched only where there is nothing beyond. */
	if (first > 0 && top == 0 && a.h > 2)
		top = 1;
	if (last < total - 1 && end >= a.h && a.h > 2)
		end = a.h - 1;
	if (top > a.h - 1)
		top = a.h - 1;
	if (end <= top) {
		end = top + 1;
		if (last < total - 1 && end == a.h && a.h > 2) {
			top--;
			end--;
		}
	}
	for (int y = top; y < end; y++)
		area_text(a, x, y, ROLE_DIM, glyph(a.g, GLYPH_THUMB));
}

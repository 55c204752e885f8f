/*
 * tui/term/grid.c
 *	Cells, and text cut to them.
 */
#include "tui/term/grid.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/text.h"

/* Clean text of one cell: a character and 8 combining marks, 4 bytes each. */
#define CELL_BYTES_MAX 36

static const char *const role_names[ROLE_COUNT] = {
#define X(name, text) [ROLE_##name] = text,
	ROLE_LIST(X)
#undef X
};

static const struct {
	const char *mark;
	char ascii[2];
} glyphs[GLYPH_COUNT] = {
	[GLYPH_HLINE] = { "─", "-" },
	[GLYPH_VLINE] = { "│", "|" },
	[GLYPH_CROSS] = { "┼", "+" },
	[GLYPH_TEE_DOWN] = { "┬", "+" },
	[GLYPH_TEE_UP] = { "┴", "+" },
	[GLYPH_TEE_RIGHT] = { "├", "+" },
	[GLYPH_TEE_LEFT] = { "┤", "+" },
	[GLYPH_CURSOR] = { "▌", ">" },
	[GLYPH_MARK] = { "◆", "*" },
	[GLYPH_UP] = { "↑", "^" },
	[GLYPH_DOWN] = { "↓", "v" },
	[GLYPH_LEFT] = { "←", "<" },
	[GLYPH_RIGHT] = { "→", ">" },
	[GLYPH_OK] = { "✓", "+" },
	[GLYPH_BAD] = { "✗", "x" },
	[GLYPH_RUN] = { "►", ">" },
	[GLYPH_WAIT] = { "○", "o" },
	[GLYPH_PAUSE] = { "‖", "=" },
	[GLYPH_STOP] = { "■", "#" },
	[GLYPH_SKIP] = { "»", "/" },
	[GLYPH_MORE] = { "…", "~" },
	[GLYPH_DOT] = { "·", "." },
	[GLYPH_STALE] = { "≈", "~" },
	[GLYPH_BAR_FULL] = { "█", "#" },
	[GLYPH_BAR_REST] = { "░", "-" },
	[GLYPH_THUMB] = { "▐", "#" },
};

const char *role_name(enum role r)
{
	return (unsigned)r < ROLE_COUNT ? role_names[r] : "?";
}

int role_of(const char *name)
{
	for (int r = 0; r < ROLE_COUNT; r++)
		if (strcmp(role_names[r], name) == 0)
			return r;
	return -1;
}

const char *glyph(const struct grid *g, enum glyph which)
{
	if ((unsigned)which >= GLYPH_COUNT)
		return "?";
	return g->is_ascii ? glyphs[which].ascii : glyphs[which].mark;
}

/* What stands for c where only ASCII can be drawn: a glyph's stand-in, or '?'. */
static uint32_t ascii_of(uint32_t c)
{
	uint32_t mark;

	for (size_t i = 0; i < GLYPH_COUNT; i++)
		if (utf8_decode(glyphs[i].mark, strlen(glyphs[i].mark), &mark) > 0 && mark == c)
			return (unsigned char)glyphs[i].ascii[0];
	return '?';
}

/* ---- the grid -------------------------------------------------------------- */

struct grid *grid_new(int w, int h)
{
	struct grid *g = mem_alloc(sizeof(*g));

	memset(g, 0, sizeof(*g));
	g->clean = mem_alloc(sizeof(*g->clean));
	buf_init(g->clean, 0);
	grid_reset(g, w, h);
	return g;
}

void grid_free(struct grid *g)
{
	if (g == NULL)
		return;
	buf_release(g->clean);
	free(g->clean);
	free(g->cell);
	free(g);
}

static struct cell *cell_at(const struct grid *g, int x, int y)
{
	return g->cell + (size_t)y * (size_t)g->w + x;
}

static void blank(struct cell *c, int n, enum role role)
{
	for (int i = 0; i < n; i++)
		c[i] = (struct cell){ .ch = ' ', .role = (uint8_t)role };
}

void grid_reset(struct grid *g, int w, int h)
{
	w = w < 1 ? 1 : w;
	h = h < 1 ? 1 : h;
	if (w != g->w || h != g->h) {
		g->cell = mem_resize(g->cell, (size_t)w * (size_t)h * sizeof(*g->cell));
		g->w = w;
		g->h = h;
	}
	blank(g->cell, w * h, ROLE_TEXT);
	g->cursor_x = g->cursor_y = -1;
}

static void add_char(struct buf *out, uint32_t c)
{
	char bytes[4];

	buf_add(out, bytes, utf8_encode(c, bytes));
}

void grid_line(const struct grid *g, int y, struct buf *out)
{
	int end = g->w;

	if (y < 0 || y >= g->h)
		return;
	while (end > 0 && cell_at(g, end - 1, y)->ch == ' ')
		end--;
	for (int x = 0; x < end; x++) {
		const struct cell *c = cell_at(g, x, y);

		if (c->ch == 0)
			continue;
		add_char(out, c->ch);
		for (int i = 0; i < CELL_MARKS && c->mark[i] != 0; i++)
			add_char(out, c->mark[i]);
	}
}

static char role_letter(const struct cell *c)
{
	if (c->attr != 0)
		return (char)('A' + c->role);
	return c->role == ROLE_TEXT ? ' ' : (char)('a' + c->role);
}

void grid_dump(const struct grid *g, struct buf *out)
{
	for (int y = 0; y < g->h; y++) {
		grid_line(g, y, out);
		buf_add(out, "\n", 1);
	}
	buf_adds(out, "roles\n");
	for (int y = 0; y < g->h; y++) {
		int end = g->w;

		while (end > 0 && role_letter(cell_at(g, end - 1, y)) == ' ')
			end--;
		if (end == 0)
			continue;
		buf_addf(out, "%2d ", y);
		for (int x = 0; x < end; x++) {
			char letter = role_letter(cell_at(g, x, y));

			buf_add(out, &letter, 1);
		}
		buf_add(out, "\n", 1);
	}
}

/* ---- areas ----------------------------------------------------------------- */

struct area area_all(struct grid *g)
{
	return (struct area){ g, 0, 0, g->w, g->h };
}

/* Cuts *at and *size, a span of what is whole wide, to it; false: nothing is left. */
static bool cut(int *at, int *size, int whole)
{
	int64_t first = *at < 0 ? 0 : *at;
	int64_t last = (int64_t)*at + (*size < 0 ? 0 : *size);

	if (last > whole)
		last = whole;
	*at = (int)(first < whole ? first : whole);
	*size = (int)(last > *at ? last - *at : 0);
	return *size > 0;
}

struct area area_part(struct area a, int x, int y, int w, int h)
{
	bool is_wide = cut(&x, &w, a.w), is_high = cut(&y, &h, a.h);

	if (!is_wide || !is_high)
		w = h = 0;
	return (struct area){ a.g, a.x + x, a.y + y, w, h };
}

/* An area from before its grid became smaller ends where the grid ends now. */
static struct area inside(struct area a)
{
	struct area whole = area_all(a.g);

	return area_part(whole, a.x, a.y, a.w, a.h);
}

/* Wide characters of which only one half is inside of cells x..end of the grid lose both. */
static void split_wide(struct grid *g, int x, int end, int y)
{
	struct cell *row = cell_at(g, 0, y);

	if (x > 0 && x < g->w && row[x].ch == 0) {
		row[x - 1].ch = row[x].ch = ' ';
		memset(row[x - 1].mark, 0, sizeof(row[x - 1].mark));
	}
	if (end > 0 && end < g->w && row[end].ch == 0) {
		row[end - 1].ch = row[end].ch = ' ';
		memset(row[end - 1].mark, 0, sizeof(row[end - 1].mark));
	}
}

static void fill(struct area a, int x, int y, int w, enum role role)
{
	if (y < 0 || y >= a.h || !cut(&x, &w, a.w))
		return;
	split_wide(a.g, a.x + x, a.x + x + w, a.y + y);
	blank(cell_at(a.g, a.x + x, a.y + y), w, role);
}

void area_clear(struct area a, enum role role)
{
	a = inside(a);
	for (int y = 0; y < a.h; y++)
		fill(a, 0, y, a.w, role);
}

/* Text on its way into a row: cells at..end of the area, after skip cells of the text. */
struct pen {
	struct area a;
	int y;
	int at, end;		/* in the area; 0 <= at <= end <= a.w */
	int64_t skip;		/* cells of the text that are not shown */
	enum role role;
	struct cell *last;	/* where a combining mark goes; NULL: nowhere */
	bool is_cut;		/* there was more text than cells */
};

static size_t plain_prefix(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] >= 0x20 && p[i] < 0x7F)
		i++;
	return i;
}

/* n characters of printable ASCII. */
static void put_plain(struct pen *pen, const char *p, size_t n)
{
	size_t skipped = (uint64_t)pen->skip < n ? (size_t)pen->skip : n;
	size_t room = (size_t)(pen->end - pen->at);
	struct cell *c;

	pen->skip -= (int64_t)skipped;
	p += skipped;
	n -= skipped;
	if (n > room) {
		pen->is_cut = true;
		n = room;
	}
	if (n == 0)
		return;
	c = cell_at(pen->a.g, pen->a.x + pen->at, pen->a.y + pen->y);
	split_wide(pen->a.g, pen->a.x + pen->at, pen->a.x + pen->at + (int)n, pen->a.y + pen->y);
	for (size_t i = 0; i < n; i++)
		c[i] = (struct cell){ .ch = (unsigned char)p[i], .role = (uint8_t)pen->role };
	pen->last = c + n - 1;
	pen->at += (int)n;
}

static void put_mark(struct pen *pen, uint32_t c)
{
	if (pen->last == NULL || pen->a.g->is_ascii)
		return;
	for (int i = 0; i < CELL_MARKS; i++) {
		if (pen->last->mark[i] == 0) {
			pen->last->mark[i] = c;
			return;
		}
	}
}

/* A wide character of which only one half can be seen is a space there. */
static void put_wide(struct pen *pen, uint32_t c)
{
	struct cell *cell;

	if (pen->skip >= 2) {
		pen->skip -= 2;
		pen->last = NULL;
	} else if (pen->skip == 1 || pen->end - pen->at < 2) {
		put_plain(pen, "  ", 2);
		pen->last = NULL;
	} else {
		put_plain(pen, "  ", 2);
		cell = pen->last - 1;
		cell[0].ch = c;
		cell[1].ch = 0;
		pen->last = cell;
	}
}

static void put_char(struct pen *pen, uint32_t c)
{
	int cells = text_cells(c);

	if (cells <= 0) {
		put_mark(pen, c);
	} else if (pen->a.g->is_ascii) {
		char stand_in = (char)ascii_of(c);

		for (int i = 0; i < cells; i++)
			put_plain(pen, &stand_in, 1);
	} else if (cells == 2) {
		put_wide(pen, c);
	} else if (pen->skip > 0) {
		pen->skip--;
		pen->last = NULL;
	} else if (pen->at < pen->end) {
		put_plain(pen, " ", 1);
		pen->last->ch = c;
	} else {
		pen->is_cut = true;
	}
}

/* Everything that is not plain ASCII passes the gate; only what can be seen is cleaned. */
static void put_cleaned(struct pen *pen, const char *p, size_t n)
{
	struct buf *clean = pen->a.g->clean;
	size_t cells = (size_t)pen->skip + (size_t)(pen->end - pen->at) + 2;

	buf_clear(clean);
	clean->limit = cells * CELL_BYTES_MAX;
	text_clean(clean, p, n);
	for (size_t at = 0; at < clean->len && !pen->is_cut;) {
		size_t plain = plain_prefix(clean->data + at, clean->len - at);
		uint32_t c;

		if (plain > 0) {
			put_plain(pen, clean->data + at, plain);
			at += plain;
			continue;
		}
		at += utf8_decode(clean->data + at, clean->len - at, &c);
		put_char(pen, c);
	}
}

static void put_text(struct pen *pen, const char *p, size_t n)
{
	size_t seen = (size_t)pen->skip + (size_t)(pen->end - pen->at) + 1;
	size_t plain;

	if (seen > n)
		seen = n;
	/* What is skipped in front need not be looked at twice, nor what is far behind. */
	plain = plain_prefix(p, seen);
	if (plain == seen) {
		put_plain(pen, p, seen);
		return;
	}
	/* The last of them may carry a mark: it is cleaned with what follows. */
	if (plain > 1) {
		put_plain(pen, p, plain - 1);
		p += plain - 1;
		n -= plain - 1;
	}
	put_cleaned(pen, p, n);
}

int area_textn(struct area a, int x, int y, enum role role, const char *p, size_t n)
{
	struct pen pen = { .a = inside(a), .y = y, .at = x < 0 ? 0 : x, .role = role,
			   .skip = x < 0 ? -(int64_t)x : 0 };
	int first = pen.at;

	a = pen.a;
	pen.end = a.w;
	if (y < 0 || y >= a.h || x >= a.w || n == 0)
		return 0;
	put_text(&pen, p, n);
	return pen.at - first;
}

int area_text(struct area a, int x, int y, enum role role, const char *text)
{
	return area_textn(a, x, y, role, text, strlen(text));
}

int area_printf(struct area a, int x, int y, enum role role, const char *fmt, ...)
{
	char few[512], *text = few;
	va_list args, again;
	int n, cells;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(few, sizeof(few), fmt, args);
	if (n >= (int)sizeof(few)) {
		text = mem_alloc((size_t)n + 1);
		vsnprintf(text, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	va_end(args);
	cells = n > 0 ? area_textn(a, x, y, role, text, (size_t)n) : 0;
	if (text != few)
		free(text);
	return cells;
}

/* Moves what stands in cells first..at to the right end of first..end. */
static void push_right(struct area a, int y, int first, int at, int end, enum role role)
{
	struct cell *row = cell_at(a.g, a.x, a.y + y);

	memmove(row + end - (at - first), row + first, (size_t)(at - first) * sizeof(*row));
	blank(row + first, end - at, role);
}

void area_fit(struct area a, int x, int y, int cells, enum fit fit, int skip, enum role role,
	      const char *p, size_t n)
{
	struct pen pen = { .a = inside(a), .y = y, .role = role, .skip = skip > 0 ? skip : 0 };
	int first = x;

	a = pen.a;
	if (y < 0 || y >= a.h)
		return;
	/* An area that begins behind the field hides cells of it, not of the text alone. */
	if (x < 0 && cells > 0 && fit == FIT_LEFT)
		pen.skip -= (int64_t)x;
	if (!cut(&first, &cells, a.w))
		return;
	fill(a, first, y, cells, role);
	pen.at = first;
	pen.end = first + cells;
	if (n > 0)
		put_text(&pen, p, n);
	if (pen.is_cut) {
		/* The ellipsis may fall on one half of a wide character. */
		fill(a, pen.end - 1, y, 1, role);
		area_text(a, pen.end - 1, y, role, glyph(a.g, GLYPH_MORE));
	} else if (fit == FIT_RIGHT && pen.at < pen.end) {
		push_right(a, y, first, pen.at, pen.end, role);
	}
}

void area_paint(struct area a, int x, int y, int w, int h, enum role role, unsigned attr)
{
	a = area_part(inside(a), x, y, w, h);
	for (int row = 0; row < a.h; row++) {
		struct cell *c = cell_at(a.g, a.x, a.y + row);

		for (int i = 0; i < a.w; i++) {
			c[i].role = (uint8_t)role;
			c[i].attr |= (uint8_t)attr;
		}
	}
}

void area_attr(struct area a, int x, int y, int w, int h, unsigned attr)
{
	a = area_part(inside(a), x, y, w, h);
	for (int row = 0; row < a.h; row++) {
		struct cell *c = cell_at(a.g, a.x, a.y + row);

		for (int i = 0; i < a.w; i++)
			c[i].attr |= (uint8_t)attr;
	}
}

/*
 * tui/widget/match.c
 *	A piece of text that is looked for, any case, in bytes and in cells.
 */
#include "tui/widget/match.h"

#include <locale.h>
#include <string.h>
#include <wctype.h>

#include "core/base/text.h"

/* Lower case in any locale of the process; where there is no C.UTF-8, ASCII alone. */
static uint32_t lower(uint32_t c)
{
	static locale_t utf8;
	static bool is_made;

	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 32 : c;
	if (!is_made) {
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
		is_made = true;
	}
	return utf8 != (locale_t)0 ? (uint32_t)towlower_l((wint_t)c, utf8) : c;
}

/* Characters that match once c comes behind k of them that do (Knuth, Morris, Pratt). */
static int step(const struct match *m, int k, uint32_t c)
{
	while (k > 0 && c != m->ch[k])
		k = m->back[k - 1];
	return c == m->ch[k] ? k + 1 : 0;
}

void match_set(struct match *m, const char *text)
{
	struct buf clean;

	m->n = 0;
	m->is_ascii = true;
	if (text == NULL)
		return;
	buf_init(&clean, 16384);
	text_clean(&clean, text, strlen(text));
	for (size_t at = 0; at < clean.len && m->n < MATCH_MAX;) {
		uint32_t c;

		at += utf8_decode(clean.data + at, clean.len - at, &c);
		m->ch[m->n++] = lower(c);
		m->is_ascii = m->is_ascii && c < 0x80;
	}
	buf_release(&clean);
	m->back[0] = 0;
	for (int i = 1; i < m->n; i++)
		m->back[i] = (uint8_t)step(m, m->back[i - 1], m->ch[i]);
}

static ptrdiff_t find_ascii(const struct match *m, const char *p, size_t n)
{
	unsigned char low = (unsigned char)m->ch[0];
	unsigned char up = low >= 'a' && low <= 'z' ? (unsigned char)(low - 32) : low;
	int k = 0;

	for (size_t at = 0; at < n; at++) {
		unsigned char c = (unsigned char)p[at];

		if (k == 0 && c != low && c != up)
			continue;
		k = step(m, k, c >= 'A' && c <= 'Z' ? c + 32u : c);
		if (k == m->n)
			return (ptrdiff_t)at + 1 - m->n;
	}
	return -1;
}

static ptrdiff_t find_any(const struct match *m, const char *p, size_t n, size_t *found)
{
	size_t began[MATCH_MAX];	/* the last characters, by their number */
	bool is_first_wide = m->ch[0] >= 0x80;
	unsigned i = 0;
	int k = 0;

	for (size_t at = 0; at < n; i++) {
		uint32_t c;
		size_t len;

		if (k == 0 && is_first_wide && (unsigned char)p[at] < 0x80) {
			at++;
			continue;
		}
		began[i % MATCH_MAX] = at;
		len = utf8_decode(p + at, n - at, &c);
		at += len > 0 ? len : 1;
		k = len > 0 ? step(m, k, lower(c)) : 0;	/* a byte that is no character */
		if (k < m->n)
			continue;
		*found = at - began[(i + 1 - (unsigned)k) % MATCH_MAX];
		return (ptrdiff_t)(at - *found);
	}
	return -1;
}

ptrdiff_t match_find(const struct match *m, const char *p, size_t n, size_t *len)
{
	size_t own;

	if (m->n == 0)
		return -1;
	if (len == NULL)
		len = &own;
	*len = (size_t)m->n;
	return m->is_ascii ? find_ascii(m, p, n) : find_any(m, p, n, len);
}

/* The characters of one cell, its combining ones too; returns how many. */
static int chars_of(const struct cell *c, uint32_t out[1 + CELL_MARKS])
{
	int n = 0;

	if (c->ch == 0)
		return 0;
	out[n++] = lower(c->ch);
	for (int i = 0; i < CELL_MARKS && c->mark[i] != 0; i++)
		out[n++] = lower(c->mark[i]);
	return n;
}

/* Cells that the pattern takes in row[0 .. w-1]; 0: it does not begin there. */
static int cells_at(const struct match *m, const struct cell *row, int w)
{
	int done = 0, x = 0;

	while (done < m->n && x < w) {
		uint32_t ch[1 + CELL_MARKS];
		int n = chars_of(&row[x], ch);

		for (int i = 0; i < n && done < m->n; i++)
			if (ch[i] != m->ch[done++])
				return 0;
		x++;
	}
	/* The right half of a wide character belongs to it. */
	while (x < w && row[x].ch == 0)
		x++;
	return done == m->n ? x : 0;
}

void match_paint(const struct match *m, struct area a, int x, int y, int w)
{
	const struct cell *row;

	if (m->n == 0 || y < 0 || y >= a.h || a.w <= 0)
		return;
	if (x < 0) {
		w += x;
		x = 0;
	}
	if (w > a.w - x)
		w = a.w - x;
	row = a.g->cell + (ptrdiff_t)(a.y + y) * a.g->w + a.x + x;
	for (int i = 0; i < w;) {
		int n = row[i].ch != 0 ? cells_at(m, row + i, w - i) : 0;

		if (n > 0)
			area_paint(a, x + i, y, n, 1, ROLE_MATCH, 0);
		i += n > 0 ? n : 1;
	}
}

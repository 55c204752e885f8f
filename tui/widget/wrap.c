/*
 * tui/widget/wrap.c
 *	Where a text that is too wide is broken: between words, or else anywhere.
 */
#include "tui/widget/wrap.h"

#include <stdint.h>
#include <string.h>

#include "core/base/text.h"

/* Bytes of one character; what is not UTF-8 goes byte by byte. */
static size_t step(const char *p, size_t n, int *cells)
{
	uint32_t c;
	size_t len;

	if (p[0] >= 0x20 && p[0] < 0x7F) {
		*cells = 1;
		return 1;
	}
	len = utf8_decode(p, n, &c);
	if (len == 0)
		len = 1;
	*cells = text_width(p, len);
	return len;
}

size_t wrap_next(const char *p, size_t n, int cells, size_t *shown)
{
	size_t at = 0, space = 0, dummy;
	int x = 0;

	if (shown == NULL)
		shown = &dummy;
	while (at < n) {
		int w;
		size_t len;

		if (p[at] == '\n') {
			*shown = at;
			return at + 1;
		}
		len = step(p + at, n - at, &w);
		/* A space that does not fit need not: the row ends there. */
		if (x + w > cells && p[at] == ' ') {
			*shown = at;
			return at + 1;
		}
		if (x + w > cells && at > 0)
			break;
		if (p[at] == ' ')
			space = at;
		x += w;
		at += len;
	}
	*shown = at;
	/* A word is kept together, unless that would leave the row mostly empty. */
	if (at < n && space * 3 > at) {
		*shown = space;
		return space + 1;
	}
	return at;
}

int wrap_rows(const char *p, size_t n, int cells)
{
	int rows = 0;

	for (size_t at = 0; at < n; rows++)
		at += wrap_next(p + at, n - at, cells, NULL);
	return rows > 0 ? rows : 1;
}

int wrap_draw(struct area a, int x, int y, int cells, enum role role, const char *text)
{
	size_t n = strlen(text);
	int rows = 0;

	for (size_t at = 0, shown; at < n && y + rows < a.h; rows++) {
		size_t len = wrap_next(text + at, n - at, cells, &shown);

		area_textn(area_part(a, 0, 0, x + cells, a.h), x, y + rows, role, text + at, shown);
		at += len;
	}
	return rows;
}

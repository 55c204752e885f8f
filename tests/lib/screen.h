/*
 * tests/lib/screen.h
 *	Grids as text, for tests of what is drawn.
 *
 * Memory:  results are static: valid until the next call of the same function.
 * Threads: one.
 */
#ifndef TESTS_LIB_SCREEN_H
#define TESTS_LIB_SCREEN_H

#include <stdint.h>
#include <string.h>

#include "core/base/buf.h"
#include "tui/term/grid.h"

static struct buf screen_buf;

/* The lines, each with its \n. */
__attribute__((unused)) static const char *screen_text(const struct grid *g)
{
	buf_release(&screen_buf);
	buf_init(&screen_buf, SIZE_MAX);
	for (int y = 0; y < g->h; y++) {
		grid_line(g, y, &screen_buf);
		buf_add(&screen_buf, "\n", 1);
	}
	return buf_str(&screen_buf);
}

/* Lines and roles, as in grid_dump(). */
__attribute__((unused)) static const char *screen_dump(const struct grid *g)
{
	buf_release(&screen_buf);
	buf_init(&screen_buf, SIZE_MAX);
	grid_dump(g, &screen_buf);
	return buf_str(&screen_buf);
}

/* One line. */
__attribute__((unused)) static const char *screen_line(const struct grid *g, int y)
{
	buf_release(&screen_buf);
	buf_init(&screen_buf, SIZE_MAX);
	grid_line(g, y, &screen_buf);
	return buf_str(&screen_buf);
}

/* Roles of cells x .. x+n-1 of line y, a letter each: 'a' + role. */
__attribute__((unused)) static const char *screen_roles(const struct grid *g, int x, int y, int n)
{
	static char letters[512];
	int i = 0;

	for (; i < n && i < (int)sizeof(letters) - 1 && x + i < g->w; i++)
		letters[i] = (char)('a' + g->cell[y * g->w + x + i].role);
	letters[i] = '\0';
	return letters;
}

/* Whether no cell holds what a terminal would obey. */
__attribute__((unused)) static bool screen_is_clean(const struct grid *g)
{
	for (int i = 0; i < g->w * g->h; i++) {
		uint32_t c = g->cell[i].ch;

		if ((c > 0 && c < 0x20) || (c >= 0x7F && c < 0xA0))
			return false;
	}
	return true;
}

/* A small generator, so that a failing run can be done again. */
__attribute__((unused)) static uint32_t screen_dice(uint64_t *seed, uint32_t sides)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % sides;
}
#endif

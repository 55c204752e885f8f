/*
 * tui/widget/cells.h
 *	Small arithmetic of cells that widgets share.
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef TUI_WIDGET_CELLS_H
#define TUI_WIDGET_CELLS_H

#include <string.h>

#include "core/base/text.h"

static inline int cells_min(int a, int b)
{
	return a < b ? a : b;
}

static inline int cells_max(int a, int b)
{
	return a > b ? a : b;
}

/* Cells of clean text. */
static inline int cells_of(const char *text)
{
	return text_width(text, strlen(text));
}
#endif

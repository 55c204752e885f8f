/*
 * tui/term/screen.h
 *	Curses, drawing into memory: cells go in, the bytes of a frame come out.
 *
 * Curses knows what stands on the terminal and finds the shortest way to what
 * should; it writes into a file in memory, so that whoever has the line to the
 * terminal decides when and how bytes go. It reads nothing, handles no signal
 * and changes no setting of the terminal.
 *
 * Memory:  a heap object; one at a time in a process, as curses is.
 * Threads: one, always the same.
 */
#ifndef TUI_TERM_SCREEN_H
#define TUI_TERM_SCREEN_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "tui/term/grid.h"
#include "tui/term/theme.h"

struct screen;

/*
 * For the terminal that TERM and COLORTERM name, with at most so many colours (-1: all).
 * ERR_CONFIG: it cannot place a cursor. *note is set to what it is treated as when TERM is
 * unknown, else NULL.
 */
enum err_code screen_open(int w, int h, int colours, const char **note, struct screen **out,
			  struct err *err) MUST_USE;
void screen_close(struct screen *s);	/* NULL is fine */

enum ladder screen_ladder(const struct screen *s);
/* Whether it takes titles and a clipboard (OSC), as xterm does. */
bool screen_has_osc(const struct screen *s);

void screen_theme(struct screen *s, const struct theme *theme);
/* What stood there is gone; the next frame draws it all. */
void screen_resize(struct screen *s, int w, int h);
void screen_redraw(struct screen *s);

/* From now on g is what should stand there. */
void screen_put(struct screen *s, const struct grid *g);
/* Appends the bytes that make it so; nothing when it stands there already. */
void screen_frame(struct screen *s, struct buf *out);
/* Appends what leaves the screen; the next frame enters it again and draws all. */
void screen_leave(struct screen *s, struct buf *out);
#endif

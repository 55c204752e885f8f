/*
 * tui/term/term.h
 *	The terminal itself: the only place with curses.
 *
 * term_open() takes the terminal, term_close() gives it back as it was found,
 * and so do a crash (SIGSEGV, SIGABRT, SIGTERM by default action) and, through
 * the guard (guard.h), a kill -9. Painting compares with what was painted last and
 * sends only what differs, in one piece; a large one stands between "begin" and
 * "end of frame" (DEC mode 2026). Nothing here waits: reading takes what is there, frames are
 * left out while the terminal is behind, and one that takes nothing for a minute
 * is treated as lost. SIGWINCH, SIGHUP, SIGTSTP and SIGCONT are handled here, where
 * nobody else does.
 *
 * Memory:  a heap object; one at a time in a process.
 * Threads: one, always the same.
 */
#ifndef TUI_TERM_TERM_H
#define TUI_TERM_TERM_H

#include "core/base/err.h"
#include "tui/term/grid.h"
#include "tui/term/key.h"
#include "tui/term/theme.h"

struct term;

struct term_options {
	bool is_ascii;		/* as if the locale were not UTF-8 */
	bool has_mouse;
	int colours;		/* at most so many; -1: what the terminal can (NO_COLOR: none) */
	int stuck_ms;		/* lost when it takes nothing for so long; 0: a minute */
};

/*
 * ERR_CONFIG: no terminal, or one that cannot place a cursor (dumb): the hint names
 * --no-tui. An unknown TERM is treated as a plain one, and the log says so.
 */
enum err_code term_open(const struct term_options *o, struct term **out, struct err *err) MUST_USE;
/* NULL is fine. */
void term_close(struct term *t);

/* To poll for POLLIN: also for resizes, ESC, and a terminal that takes output again. */
int term_fd(const struct term *t);
void term_size(const struct term *t, int *w, int *h);
bool term_is_ascii(const struct term *t);
enum ladder term_ladder(const struct term *t);

/* The next input, if there is one. Call until it says false. */
bool term_read(struct term *t, struct input *out);

/* From now on roles look like that; the next paint redraws all of it. */
void term_theme(struct term *t, const struct theme *theme);

/*
 * Shows g, at once or as soon as the terminal has taken what was sent before: then what was given
 * last is painted, and what came between is left out. Bytes sent since the last paint go to
 * *bytes (may be NULL).
 */
void term_paint(struct term *t, const struct grid *g, int64_t *bytes);
/* Ctrl-L: the next paint sends everything again. */
void term_redraw(struct term *t);

/* Gives the terminal back, stops this process (and its guard) as Ctrl-Z does, takes it again. */
void term_suspend(struct term *t);
/* For a program in the foreground: give back, take again. Between them Ctrl-C is not for us. */
void term_leave(struct term *t);
void term_enter(struct term *t);

/* Asks, with the next frame, what colour stands behind all text: INPUT_GROUND comes, or nothing. */
void term_ask_ground(struct term *t);

void term_mouse(struct term *t, bool on);
void term_title(struct term *t, const char *text);	/* cleaned here */
/*
 * Into the clipboard by OSC 52, cleaned but for line ends and tabs; false: too much
 * (TERM_COPY_MAX), or a terminal without, and nothing was sent.
 */
bool term_copy(struct term *t, const char *text, size_t n);
void term_bell(struct term *t);

#define TERM_COPY_MAX 74994	/* bytes; what xterm and tmux take after base64 */
#endif

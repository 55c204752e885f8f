/*
 * tui/term/tty.h
 *	The line to the terminal: its settings, and bytes that are written without waiting.
 *
 * The terminal is opened anew, so that making it non-blocking touches nobody
 * else who has it. What is sent is kept until the terminal takes it: a frame is
 * one write where there is room. A crash gives the terminal back first:
 * SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT, and where nobody handles them SIGTERM,
 * SIGINT and SIGQUIT.
 *
 * Memory:  the caller owns the struct; one at a time in a process.
 * Threads: one; a crash may happen in any.
 */
#ifndef TUI_TERM_TTY_H
#define TUI_TERM_TTY_H

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

#include "core/base/buf.h"

struct tty {
	int fd;			/* never blocks; -1: not open */
	struct termios before;	/* as it was found */
	struct buf out;		/* sent, and from `gone` on not yet taken */
	size_t gone;
	int64_t stuck_at_ms;	/* since when nothing was taken although something waits */
	bool is_lost;		/* writing or reading failed: nobody is there any more */
};

/* ERR_CONFIG: standard input or output is not a terminal. Nothing is changed yet. */
enum err_code tty_open(struct tty *t, struct err *err) MUST_USE;
void tty_close(struct tty *t);

/* Every key comes as bytes, at once. Stops this process when it is in the background. */
void tty_take(struct tty *t);
/* Settings as they were found; what was sent gets at most limit_ms to go. */
void tty_give(struct tty *t, int limit_ms);

/* Keeps n bytes for the terminal; past TTY_OUT_MAX they are dropped. */
void tty_send(struct tty *t, const void *p, size_t n);
/* Writes what is taken now. Returns whether all is gone. */
bool tty_flush(struct tty *t);
bool tty_is_behind(const struct tty *t);	/* something waits */

/* Bytes read; 0: none now. Sets is_lost at the end. */
size_t tty_read(struct tty *t, void *p, size_t size);

void tty_size(const struct tty *t, int *w, int *h);	/* 1..TTY_MAX_W, 1..TTY_MAX_H */

#define TTY_OUT_MAX (16 * 1024 * 1024)
/* More than any screen has; some programs say 65,535 by 65,535. */
#define TTY_MAX_W 1000
#define TTY_MAX_H 500
#endif

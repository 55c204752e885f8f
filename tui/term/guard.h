/*
 * tui/term/guard.h
 *	A tiny parent that gives the terminal back when the console could not.
 *
 * The process forks before it takes the terminal: the child becomes the
 * console, the parent keeps the settings of the terminal and waits. When the
 * child is killed, the parent restores settings, leaves the alternate screen, shows
 * the cursor, turns mouse and paste modes off and ends the way the child did (the
 * same status, or the same signal). When the child stops, so does the parent;
 * signals sent to the parent are passed on; when the parent is killed, the child
 * gets SIGHUP (SIGTERM where SIGHUP is ignored) and leaves.
 *
 * Memory:  the parent keeps nothing but its stack; call it before anything big.
 * Threads: before the first thread.
 */
#ifndef TUI_TERM_GUARD_H
#define TUI_TERM_GUARD_H

#include <stdbool.h>

/* Returns in the child only; without a terminal, or when fork() fails, in this process. */
void guard_start(void);

/* Whether the terminal is in the console's hands now: only then the guard touches it. */
void guard_note(bool is_taken);

/*
 * What puts a terminal right whose program died at any byte: CAN ends a sequence that was cut,
 * then end of frame, paste, mouse, insert mode, cursor, attributes, alternate screen, title.
 */
#define GUARD_FAREWELL \
	"\x18\x1b[?2026l\x1b[?2004l\x1b[?1006l\x1b[?1000l\x1b[4l\x1b[?25h\x1b[m\x1b[?1049l" \
	"\x1b[23;0;0t\r"

/* Writes it; a terminal that takes nothing for wait_ms gets no more. Fit for signal handlers. */
void guard_farewell(int fd, int wait_ms);
#endif

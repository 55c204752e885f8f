/*
 * tui/term/guard.h
 *	A tiny parent that gives the terminal back when the console could not.
 *
 * The process forks before it takes the terminal: the child becomes the
 * console, the parent keeps the settings of the terminal and waits. When the
 * child is killed, the parent restores settings, leaves the alternate screen, shows
 * the cursor, turns mouse and paste modes off and ends the way the child did (the
 * same status, or the same signal). When the child stops, so does the parent;
 * when the parent is killed, the child learns of it and leaves.
 *
 * Memory:  the parent keeps nothing but its stack; call it before anything big.
 * Threads: before the first thread.
 */
#ifndef TUI_TERM_GUARD_H
#define TUI_TERM_GUARD_H

/* Returns in the child only; without a terminal, or when fork() fails, in this process. */
void guard_start(void);
#endif

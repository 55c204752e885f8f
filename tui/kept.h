/*
 * tui/kept.h
 *	What a console was showing, kept in a file for after a lost line.
 *
 * One file for each place and organization, below $XDG_STATE_HOME/leat
 * (~/.local/state/leat), for its owner's eyes only. The console that holds its lock
 * writes it, replaces it whole, and removes it when people leave by themselves; what
 * is found there at a start was left by a console that was cut off. A second console
 * of the same place keeps nothing.
 *
 * Memory:  a heap object.
 * Threads: one.
 */
#ifndef TUI_KEPT_H
#define TUI_KEPT_H

#include <stddef.h>

struct kept;
struct arena;

/* place and org may be NULL: the usual ones. NULL: there is no place for it, or it is taken. */
struct kept *kept_open(const char *place, const char *org);
void kept_close(struct kept *k);	/* NULL is fine */

/* What the last one left, in mem; NULL: nothing. */
char *kept_read(struct arena *mem, const struct kept *k);
/* NULL: forgotten. A disk that is full loses it, and the log says so. k may be NULL. */
void kept_write(struct kept *k, const char *text);

/* The folder, made if it was not there, in buf; "" without a home. */
void kept_folder(char *buf, size_t size);
#endif

/*
 * batch/bar.h
 *	Progress on standard error: a bar for people, objects for programs.
 *
 * The bar appears only on a terminal, is drawn at most ten times a second,
 * and leaves nothing behind.
 *
 * Memory:  a heap object.
 * Threads: any; a line never mixes with another.
 */
#ifndef BATCH_BAR_H
#define BATCH_BAR_H

#include "core/command/command.h"

enum bar_form { BAR_NONE, BAR_LINE, BAR_JSON };

struct bar;

/* word: "auto", "bar", "json", "none". */
struct bar *bar_new(const char *word, bool is_quiet);
void bar_progress(struct bar *b, const struct cmd_progress *p);
/* A line for people that does not tear the bar; it is cleaned. */
void bar_note(struct bar *b, const char *line);
/* The bar leaves the screen; the next progress brings it back. */
void bar_clear(struct bar *b);
void bar_free(struct bar *b);	/* clears it; NULL is fine */

/* The line of a bar that is at most width cells. */
void bar_format(struct buf *out, const struct cmd_progress *p, int width);
#endif

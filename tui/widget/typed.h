/*
 * tui/widget/typed.h
 *	A few words typed at their end: secrets, confirmations, what narrows a menu.
 *
 * Not for readline: that would keep what is cut out of a secret, and give it back
 * in the next line. What was typed is wiped when it is cleared.
 *
 * Memory:  struct typed is a value.
 * Threads: one.
 */
#ifndef TUI_WIDGET_TYPED_H
#define TUI_WIDGET_TYPED_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/term/key.h"

#define TYPED_MAX 8192	/* bytes, the '\0' among them */

struct typed {
	char text[TYPED_MAX];	/* always terminated, always UTF-8 */
	size_t n;
};

void typed_clear(struct typed *t);
/* What is too long is cut. */
void typed_set(struct typed *t, const char *text);

/* Characters, Backspace, Ctrl-U (all), Ctrl-W (a word). false: the key means something else. */
bool typed_key(struct typed *t, struct key k);
/* As one line: ends of lines are spaces, other control characters are left out. */
void typed_paste(struct typed *t, const char *p, size_t n);

/* The same for whoever else takes a paste: appended to out, cut at its limit. */
struct buf;
void typed_one_line(struct buf *out, const char *p, size_t n);
#endif

/*
 * core/base/text.h
 *	Text from outside: is it UTF-8, how wide is it, and may it be shown.
 *
 * text_clean() is the one gate for foreign text: every byte that goes to a
 * terminal, log, title or message passes it. Control bytes (C0, DEL, C1) are
 * shown as visible marks, bidi controls, zero-width characters and tags are
 * dropped, at most 8 combining marks follow a character, and bytes that are
 * not UTF-8 become U+FFFD. The output never holds ESC, CR or LF.
 *
 * Memory:  results belong to the buffer or arena given.
 * Threads: any.
 */
#ifndef CORE_BASE_TEXT_H
#define CORE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"

struct arena;

/*
 * Decodes one character at p (n > 0 bytes). Returns its length in bytes, or
 * 0 when the bytes are not UTF-8 (overlong, surrogate, past U+10FFFF, cut).
 */
size_t utf8_decode(const char *p, size_t n, uint32_t *out);

/* Appends the UTF-8 of c to out (4 bytes at most); returns the length. */
size_t utf8_encode(uint32_t c, char *out);

/* Offset of the first byte that is not UTF-8, or n when all is well. */
size_t utf8_valid(const char *p, size_t n);

/* Cells of one character, whatever locale the process runs in; -1: none is known. */
int text_cells(uint32_t c);

/* Cells that a terminal uses for clean text (UTF-8 locale; wcwidth). */
int text_width(const char *p, size_t n);

/* Appends the clean form. Past the limit of out the rest is dropped. */
void text_clean(struct buf *out, const char *p, size_t n);

/* The clean form in mem, terminated. */
char *text_clean_dup(struct arena *mem, const char *p, size_t n);

/* Clean and at most cells wide, with an ellipsis when cut. */
char *text_fit(struct arena *mem, const char *p, size_t n, int cells);
#endif

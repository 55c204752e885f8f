/*
 * tui/term/decode.h
 *	Bytes from a terminal become keys, clicks and pastes.
 *
 * What xterm, its many kin, rxvt, the Linux console and real VTs send is known
 * here, with and without modifiers; no terminfo is asked, because what comes in
 * does not depend on what TERM says. Sequences that are not known are
 * swallowed whole, never typed. A paste is one input, whatever is in it: its
 * bytes are never keys, also not those behind PASTE_MAX, which are dropped.
 *
 * Memory:  the caller owns the struct; the text of a paste is borrowed until the next call.
 * Threads: one.
 */
#ifndef TUI_TERM_DECODE_H
#define TUI_TERM_DECODE_H

#include "core/base/buf.h"
#include "tui/term/key.h"

#define PASTE_MAX (1024 * 1024)	/* bytes */
#define ESC_WAIT_MS 25		/* ESC is a key of its own when nothing follows for so long */

struct decoder {
	unsigned char in[4096];	/* not yet decoded */
	size_t n, at;
	int64_t came_at_ms;	/* when the last byte came */
	bool is_paste;
	int matched;		/* bytes of the end of a paste that have been seen */
	struct buf paste;
	int click_x, click_y;	/* of the last click; a second one there is a double click */
	int64_t click_at_ms;
};

void decoder_init(struct decoder *d);
void decoder_release(struct decoder *d);

/* Where the next bytes go, and how many; then decoder_came(). */
unsigned char *decoder_room(struct decoder *d, size_t *size);
void decoder_came(struct decoder *d, size_t n, int64_t now_ms);

/* The next input; false: none, or not yet. */
bool decoder_next(struct decoder *d, int64_t now_ms, struct input *out);

/* When to ask again although nothing came, in the time of now_ms; -1: never. */
int64_t decoder_due_ms(const struct decoder *d);
#endif

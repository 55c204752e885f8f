/*
 * tui/widget/ring.h
 *	Lines in a ring of bytes, each with a number that never changes.
 *
 * Numbers are consecutive: lines may come behind the last and before the first,
 * and go from the front only. The bytes are taken from the system as they are first
 * used; beside them a line costs 8 bytes.
 *
 * Memory:  a heap object; lines are copied.
 * Threads: one.
 */
#ifndef TUI_WIDGET_RING_H
#define TUI_WIDGET_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

struct ring_line {
	const char *head;	/* terminated; never NULL */
	size_t head_n;
	const char *text;
	size_t n;
	int64_t key;
	uint8_t role;
	bool is_error;
	bool is_plain;		/* text is printable ASCII: a byte is a cell */
};

struct ring *ring_new(size_t bytes);
void ring_free(struct ring *r);	/* NULL is fine */
/* Numbers go on behind those there were. */
void ring_clear(struct ring *r);

/* Numbers of lines are first .. end - 1, all greater than 0. */
int64_t ring_first(const struct ring *r);
int64_t ring_end(const struct ring *r);

/* false: no room; the line is not in it. */
bool ring_push(struct ring *r, const struct ring_line *l);
bool ring_push_before(struct ring *r, const struct ring_line *l);
/* The first line goes. There must be one. */
void ring_drop(struct ring *r);

/* no must be there; the texts are borrowed until the ring changes. */
void ring_get(const struct ring *r, int64_t no, struct ring_line *out);
/* A word of the owner's about each line, 0 at first. */
uint16_t ring_tag(const struct ring *r, int64_t no);
void ring_set_tag(struct ring *r, int64_t no, uint16_t tag);
/* As in struct ring_line, without touching the text. */
bool ring_is_error(const struct ring *r, int64_t no);
#endif

/*
 * tui/widget/ring.c
 *	Lines in a ring of bytes, each with a number that never changes.
 *
 * A line lies in one piece; what is left at the end of the bytes when the next
 * one does not fit there is passed over. Where each line begins stands in a second
 * ring, whose size is a power of two and doubles when it is full.
 */
#include "tui/widget/ring.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"

#define ALIGN       8u
#define FIRST_NO    ((int64_t)1 << 40)	/* lines before it have room, too */
#define FIRST_SLOTS 1024u

struct record {
	int64_t key;
	uint32_t n;
	uint16_t head_n;
	uint8_t role;
	bool is_plain;
	char bytes[];		/* the head, '\0', the text */
};

struct slot {
	uint32_t at;		/* of the record */
	uint16_t tag;
	bool is_error;
};

struct ring {
	char *bytes;
	size_t cap;
	size_t end;		/* behind the last record */
	struct slot *slot;
	size_t slots;		/* a power of two */
	int64_t first, next;	/* numbers */
};

struct ring *ring_new(size_t bytes)
{
	struct ring *r = mem_alloc(sizeof(*r));

	*r = (struct ring){ .first = FIRST_NO, .next = FIRST_NO, .slots = FIRST_SLOTS };
	r->cap = bytes < UINT32_MAX / 2 ? bytes / ALIGN * ALIGN : UINT32_MAX / 2 / ALIGN * ALIGN;
	r->bytes = mem_alloc(r->cap);
	r->slot = mem_alloc(r->slots * sizeof(*r->slot));
	return r;
}

void ring_free(struct ring *r)
{
	if (r == NULL)
		return;
	free(r->bytes);
	free(r->slot);
	free(r);
}

void ring_clear(struct ring *r)
{
	r->first = r->next;
	r->end = 0;
}

int64_t ring_first(const struct ring *r)
{
	return r->first;
}

int64_t ring_end(const struct ring *r)
{
	return r->next;
}

static struct slot *slot_of(const struct ring *r, int64_t no)
{
	return &r->slot[(uint64_t)no & (r->slots - 1)];
}

static struct record *record_of(const struct ring *r, int64_t no)
{
	return (struct record *)(void *)(r->bytes + slot_of(r, no)->at);
}

/* Room for one more slot. */
static void grow_slots(struct ring *r)
{
	struct slot *old = r->slot;
	size_t mask = r->slots - 1;

	if ((uint64_t)(r->next - r->first) < r->slots)
		return;
	r->slots *= 2;
	r->slot = mem_alloc(r->slots * sizeof(*r->slot));
	for (int64_t no = r->first; no < r->next; no++)
		*slot_of(r, no) = old[(uint64_t)no & mask];
	free(old);
}

static size_t size_of(const struct ring_line *l)
{
	return (sizeof(struct record) + l->head_n + 1 + l->n + ALIGN - 1) / ALIGN * ALIGN;
}

static void write_line(struct ring *r, int64_t no, size_t at, const struct ring_line *l)
{
	struct record *rec = (struct record *)(void *)(r->bytes + at);

	*slot_of(r, no) = (struct slot){ .at = (uint32_t)at, .is_error = l->is_error };
	rec->key = l->key;
	rec->n = (uint32_t)l->n;
	rec->head_n = (uint16_t)l->head_n;
	rec->role = l->role;
	rec->is_plain = l->is_plain;
	memcpy(rec->bytes, l->head, l->head_n);
	rec->bytes[l->head_n] = '\0';
	memcpy(rec->bytes + l->head_n + 1, l->text, l->n);
}

bool ring_push(struct ring *r, const struct ring_line *l)
{
	size_t size = size_of(l), at = r->end, begin;

	if (r->first == r->next) {
		at = 0;
		if (size > r->cap)
			return false;
	} else {
		begin = slot_of(r, r->first)->at;
		if (r->end > begin && at + size > r->cap)
			at = 0;
		/* What is in use begins behind `at`: it must not be reached. */
		if (at <= begin && at + size > begin)
			return false;
	}
	grow_slots(r);
	write_line(r, r->next++, at, l);
	r->end = at + size;
	return true;
}

bool ring_push_before(struct ring *r, const struct ring_line *l)
{
	size_t size = size_of(l), begin, at;

	if (r->first == r->next)
		return ring_push(r, l);
	begin = slot_of(r, r->first)->at;
	if (r->end > begin && begin >= size) {
		at = begin - size;
	} else if (r->end > begin) {
		if (size > r->cap || r->cap - size < r->end)
			return false;
		at = r->cap - size;
	} else {
		if (begin - r->end < size)
			return false;
		at = begin - size;
	}
	grow_slots(r);
	write_line(r, --r->first, at, l);
	return true;
}

void ring_drop(struct ring *r)
{
	r->first++;
}

void ring_get(const struct ring *r, int64_t no, struct ring_line *out)
{
	const struct record *rec = record_of(r, no);

	out->head = rec->bytes;
	out->head_n = rec->head_n;
	out->text = rec->bytes + rec->head_n + 1;
	out->n = rec->n;
	out->key = rec->key;
	out->role = rec->role;
	out->is_plain = rec->is_plain;
	out->is_error = slot_of(r, no)->is_error;
}

uint16_t ring_tag(const struct ring *r, int64_t no)
{
	return slot_of(r, no)->tag;
}

void ring_set_tag(struct ring *r, int64_t no, uint16_t tag)
{
	slot_of(r, no)->tag = tag;
}

bool ring_is_error(const struct ring *r, int64_t no)
{
	return slot_of(r, no)->is_error;
}

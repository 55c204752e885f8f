/*
 * core/flow/hashset.c
 *	Open addressing over 128-bit hashes.
 */
#include "core/flow/hashset.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/flow/decimal.h"

#define FIRST_SLOTS 1024u	/* a power of two */

struct entry {
	struct hash128 h;
	int64_t number;	/* -1: free */
};

struct hashset {
	struct entry *entry;
	size_t slots;
	size_t used;
};

static struct entry *empty(size_t slots)
{
	struct entry *e;
	size_t bytes;

	if (__builtin_mul_overflow(slots, sizeof(*e), &bytes))
		abort();
	e = mem_alloc(bytes);
	for (size_t i = 0; i < slots; i++)
		e[i].number = -1;
	return e;
}

struct hashset *hashset_new(void)
{
	struct hashset *s = mem_alloc(sizeof(*s));

	*s = (struct hashset){ .entry = empty(FIRST_SLOTS), .slots = FIRST_SLOTS };
	return s;
}

void hashset_free(struct hashset *s)
{
	if (s == NULL)
		return;
	free(s->entry);
	free(s);
}

size_t hashset_count(const struct hashset *s)
{
	return s->used;
}

/* 64 x 64 -> 128 bits, folded: every bit of both depends on all. */
static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 p = (unsigned __int128)a * b;

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static uint64_t hash_bytes(const char *p, size_t n, uint64_t seed)
{
	const uint64_t k0 = 0x9e3779b97f4a7c15ull, k1 = 0xd6e8feb86659fd93ull;
	uint64_t h = mix(seed ^ k0, (uint64_t)n ^ k1);
	uint64_t w[2];

	for (; n >= 16; p += 16, n -= 16) {
		memcpy(w, p, 16);
		h = mix(w[0] ^ k0 ^ h, w[1] ^ k1 ^ seed);
	}
	w[0] = w[1] = 0;
	if (n > 0)
		memcpy(w, p, n);
	h = mix(w[0] ^ k0 ^ h, w[1] ^ k1 ^ seed);
	return mix(h ^ k1, seed ^ k0);
}

static struct hash128 hash_both(const void *p, size_t n)
{
	return (struct hash128){ hash_bytes(p, n, 0x243f6a8885a308d3ull),
				 hash_bytes(p, n, 0x13198a2e03707344ull) };
}

struct hash128 hash_cell(const struct column *c, uint32_t row)
{
	struct decimal d;
	double f;
	char key[24] = { 0 };

	switch (c->type) {
	case TYPE_TEXT:
	case TYPE_BYTES:
	case TYPE_JSON:
	case TYPE_UUID:
		return hash_both(c->v.text[row].p, c->v.text[row].n);
	case TYPE_DECIMAL:
		d = decimal_strip(c->v.dec[row], 0);
		memcpy(key, &d.coef, 16);
		memcpy(key + 16, &d.scale, sizeof(d.scale));
		return hash_both(key, sizeof(key));
	case TYPE_FLOAT:
		f = c->v.f64[row] + 0.0;	/* -0 becomes 0 */
		return hash_both(&f, sizeof(f));
	default:
		return hash_both(&c->v.i64[row], sizeof(int64_t));
	}
}

static struct entry *slot_of(const struct hashset *s, struct hash128 h)
{
	size_t i = (size_t)h.a & (s->slots - 1);

	while (s->entry[i].number >= 0 && (s->entry[i].h.a != h.a || s->entry[i].h.b != h.b))
		i = (i + 1) & (s->slots - 1);
	return &s->entry[i];
}

static void grow(struct hashset *s)
{
	struct hashset more = { .entry = empty(s->slots * 2), .slots = s->slots * 2,
				.used = s->used };

	for (size_t i = 0; i < s->slots; i++)
		if (s->entry[i].number >= 0)
			*slot_of(&more, s->entry[i].h) = s->entry[i];
	free(s->entry);
	*s = more;
}

int64_t hashset_find(const struct hashset *s, struct hash128 h)
{
	return slot_of(s, h)->number;
}

int64_t hashset_add(struct hashset *s, struct hash128 h, int64_t number)
{
	struct entry *e = slot_of(s, h);

	if (e->number >= 0)
		return e->number;
	if (s->used >= s->slots / 4 * 3) {
		grow(s);
		e = slot_of(s, h);
	}
	*e = (struct entry){ h, number };
	s->used++;
	return -1;
}

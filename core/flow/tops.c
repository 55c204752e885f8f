/*
 * core/flow/tops.c
 *	Slots, where they are found, and the purge.
 */
#include "core/flow/tops.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"

/* Counts that the middle one is taken of. */
#define PROBES 63u

void tops_init(struct arena *mem, struct tops *t, uint32_t max, tops_drop_fn drop, void *ctx)
{
	*t = (struct tops){ .max = max, .mask = max * 2 - 1, .drop = drop, .ctx = ctx };
	t->index = arena_array(mem, (size_t)max * 2, sizeof(*t->index));
	t->top = arena_array(mem, max, sizeof(*t->top));
	t->spare = arena_array(mem, max, sizeof(*t->spare));
	for (uint32_t i = 0; i < max; i++)
		t->spare[i] = max - 1 - i;
}

static void enter(struct tops *t, uint32_t slot)
{
	uint64_t hash = t->top[slot].hash;
	uint32_t i = (uint32_t)(hash >> 8) & t->mask;

	while (t->index[i] != 0)
		i = (i + 1) & t->mask;
	t->index[i] = (hash & ~UINT64_C(0xffff)) | (slot + 1);
}

static int64_t middle(const struct tops *t)
{
	int64_t some[PROBES];
	uint32_t n = 0, step = t->max / PROBES + 1;

	for (uint32_t i = 0; i < t->max && n < PROBES; i += step) {
		uint32_t at = n++;

		for (; at > 0 && some[at - 1] > t->top[i].count; at--)
			some[at] = some[at - 1];
		some[at] = t->top[i].count;
	}
	return some[n / 2];
}

/* All slots are taken: at least half of them, as a rule, become free. */
static void purge(struct tops *t)
{
	int64_t less = middle(t);

	memset(t->index, 0, ((size_t)t->mask + 1) * sizeof(*t->index));
	t->floor += less;
	for (uint32_t i = 0; i < t->max; i++) {
		struct top *top = &t->top[i];

		top->count -= less;
		if (top->count > 0) {
			enter(t, i);
			continue;
		}
		t->drop(t->ctx, i, top);
		top->count = 0;
		t->used--;
		t->spare[t->max - t->used - 1] = i;
	}
}

uint32_t tops_take(struct tops *t, uint64_t hash)
{
	uint32_t slot;

	if (t->used == t->max)
		purge(t);
	slot = t->spare[t->max - t->used - 1];
	t->used++;
	t->top[slot] = (struct top){ .hash = hash, .count = 1, .seen = 1 };
	enter(t, slot);
	return slot;
}

void tops_flush(struct tops *t)
{
	for (uint32_t i = 0; i < t->max; i++) {
		if (t->top[i].count == 0)
			continue;
		t->drop(t->ctx, i, &t->top[i]);
		t->top[i].seen = 0;
	}
}

uint32_t tops_best(const struct tops *t, uint32_t n, uint32_t *slot)
{
	uint32_t have = 0;

	for (uint32_t i = 0; n > 0 && i < t->max; i++) {
		int64_t count = t->top[i].count;
		uint32_t at;

		if (count == 0 || (have == n && count <= t->top[slot[n - 1]].count))
			continue;
		at = have < n ? have++ : n - 1;
		for (; at > 0 && t->top[slot[at - 1]].count < count; at--)
			slot[at] = slot[at - 1];
		slot[at] = i;
	}
	return have;
}

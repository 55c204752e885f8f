/*
 * core/base/arena.c
 *	Chained blocks with a bump pointer.
 */
#include "core/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK 4096u
#define MAX_BLOCK   (256u * 1024u)
#define KEPT_BLOCK  (8u * 1024u * 1024u)	/* one fat row must not stay with us for ever */

struct block {
	struct block *next;
	size_t size;	/* of data */
	size_t used;
	alignas(max_align_t) char data[];
};

struct cleanup {
	struct cleanup *next;
	arena_cleanup_fn fn;
	void *obj;
};

struct arena {
	const char *name;
	struct arena *parent;
	struct arena *child;	/* first of the list */
	struct arena *prev;
	struct arena *next;
	struct block *block;	/* newest first */
	struct cleanup *cleanup;
};

static _Noreturn void out_of_memory(size_t size)
{
	fprintf(stderr, "leat: out of memory (%zu bytes)\n", size);
	abort();
}

void *mem_alloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (p == NULL)
		out_of_memory(size);
	return p;
}

void *mem_resize(void *p, size_t size)
{
	void *q = realloc(p, size ? size : 1);

	if (q == NULL)
		out_of_memory(size);
	return q;
}

char *mem_strdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(mem_alloc(n), s, n);
}

struct arena *arena_new(struct arena *parent, const char *name)
{
	struct arena *a = mem_alloc(sizeof(*a));

	*a = (struct arena){ .name = name, .parent = parent };
	if (parent != NULL) {
		a->next = parent->child;
		if (a->next != NULL)
			a->next->prev = a;
		parent->child = a;
	}
	return a;
}

/* Ends everything below a; keeps the largest block that is not too large when keep is set. */
static void drain(struct arena *a, int keep)
{
	struct block *best = NULL;

	while (a->child != NULL)
		arena_free(a->child);
	while (a->cleanup != NULL) {
		struct cleanup *c = a->cleanup;

		a->cleanup = c->next;
		c->fn(c->obj);
	}
	while (a->block != NULL) {
		struct block *b = a->block;

		a->block = b->next;
		if (keep && b->size <= KEPT_BLOCK && (best == NULL || b->size > best->size)) {
			free(best);
			best = b;
		} else {
			free(b);
		}
	}
	if (best != NULL) {
		best->next = NULL;
		best->used = 0;
		a->block = best;
	}
}

void arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	drain(a, 0);
	if (a->prev != NULL)
		a->prev->next = a->next;
	else if (a->parent != NULL)
		a->parent->child = a->next;
	if (a->next != NULL)
		a->next->prev = a->prev;
	free(a);
}

void arena_reset(struct arena *a)
{
	drain(a, 1);
}

static struct block *add_block(struct arena *a, size_t size)
{
	size_t want = a->block != NULL ? a->block->size * 2 : FIRST_BLOCK;
	struct block *b;
	size_t total;

	if (want > MAX_BLOCK)
		want = MAX_BLOCK;
	if (want < size)
		want = size;
	if (__builtin_add_overflow(sizeof(*b), want, &total))
		out_of_memory(want);
	b = mem_alloc(total);
	b->next = a->block;
	b->size = want;
	b->used = 0;
	a->block = b;
	return b;
}

void *arena_bytes(struct arena *a, size_t size)
{
	size_t align = alignof(max_align_t);
	struct block *b = a->block;
	size_t need;
	void *p;

	if (__builtin_add_overflow(size, align - 1, &need))
		out_of_memory(size);
	need &= ~(align - 1);
	if (b == NULL || b->size - b->used < need)
		b = add_block(a, need);
	p = b->data + b->used;
	b->used += need;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_bytes(a, size), 0, size);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		out_of_memory(SIZE_MAX);
	return arena_alloc(a, total);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_bytes(a, n + 1);

	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s != NULL ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list args)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, args);
	p = arena_bytes(a, (size_t)(n < 0 ? 0 : n) + 1);
	p[0] = '\0';
	if (n >= 0)
		vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args;
	char *p;

	va_start(args, fmt);
	p = arena_vprintf(a, fmt, args);
	va_end(args);
	return p;
}

void arena_on_free(struct arena *a, arena_cleanup_fn fn, void *obj)
{
	struct cleanup *c = arena_alloc(a, sizeof(*c));

	c->fn = fn;
	c->obj = obj;
	c->next = a->cleanup;
	a->cleanup = c;
}

size_t arena_size_bytes(const struct arena *a)
{
	size_t total = 0;

	for (const struct block *b = a->block; b != NULL; b = b->next)
		total += b->size;
	return total;
}

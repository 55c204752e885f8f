/*
 * core/base/arena.h
 *	Memory that goes away all at once, and what has to be closed with it.
 *
 * Lifetimes in use, outermost first: app > session > job > batch. A batch
 * arena is reset after every batch, so per-row code frees nothing.
 *
 * Memory:  an arena owns its blocks, its children and its cleanups.
 * Threads: one owner thread at a time; hand over whole arenas, never parts.
 * Errors:  out of memory aborts the process; what grows with data is a
 *	struct buf or a bounded pool instead.
 */
#ifndef CORE_BASE_ARENA_H
#define CORE_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "core/base/err.h"

struct arena;
typedef void (*arena_cleanup_fn)(void *obj);

/* parent may be NULL (root). name is borrowed: pass a literal. Aborts on OOM. */
struct arena *arena_new(struct arena *parent, const char *name);

/* Children first, then cleanups (last added first), then blocks. NULL is fine. */
void arena_free(struct arena *a);

/* As arena_free(), but a stays usable and keeps one block (8 MiB at most). */
void arena_reset(struct arena *a);

/* size bytes, zeroed, aligned for any type; valid until reset or free. */
void *arena_alloc(struct arena *a, size_t size);

/* As arena_alloc() for n * size with the product checked. */
void *arena_array(struct arena *a, size_t n, size_t size);

/* As arena_alloc(), not zeroed: for bytes that are overwritten at once. */
void *arena_bytes(struct arena *a, size_t size);

/* A terminated copy; NULL gives NULL. */
char *arena_strdup(struct arena *a, const char *s);

/* A terminated copy of n bytes. */
char *arena_strndup(struct arena *a, const char *s, size_t n);

/* printf into the arena. */
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list args) PRINTF(2, 0);

/* fn(obj) runs when a is reset or freed: file descriptors, results, handles. */
void arena_on_free(struct arena *a, arena_cleanup_fn fn, void *obj);

/* Bytes held in blocks, children not counted. */
size_t arena_size_bytes(const struct arena *a);

/* malloc and realloc that abort when memory is gone; release with free(). */
void *mem_alloc(size_t size);
void *mem_resize(void *p, size_t size);
char *mem_strdup(const char *s);
#endif

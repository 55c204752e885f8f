/*
 * core/io/digest.h
 *	A 128-bit hash (XXH3) of bytes as they come by, asked for at any time.
 *
 * Memory:  lives in the arena given.
 * Threads: one at a time.
 */
#ifndef CORE_IO_DIGEST_H
#define CORE_IO_DIGEST_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct digest;

#define DIGEST_TEXT 33	/* 32 hex digits and the NUL */

/* Of no bytes yet. */
struct digest *digest_new(struct arena *mem);

/* Of no bytes again. */
void digest_reset(struct digest *d);

void digest_add(struct digest *d, const void *bytes, size_t n);

/* How many bytes were added. */
int64_t digest_bytes(const struct digest *d);

/* The hash of what was added so far, as xxhsum -H2 prints it; more may follow. */
void digest_text(const struct digest *d, char hex[DIGEST_TEXT]);
#endif

/*
 * core/base/buf.h
 *	Bytes that grow, up to a limit that the owner states.
 *
 * Memory:  init/release by the owner; data moves when the buffer grows.
 * Threads: one owner thread at a time.
 * Errors:  ERR_LIMIT past the limit; the buffer then keeps what it held.
 */
#ifndef CORE_BASE_BUF_H
#define CORE_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* Borrowed bytes, not terminated. p may be NULL only when n is 0. */
struct slice {
	const char *p;
	size_t n;
};

#define SLICE(literal) ((struct slice){ "" literal, sizeof(literal) - 1 })

struct buf {
	char *data;	/* NULL until the first byte; always one '\0' behind len */
	size_t len;
	size_t cap;
	size_t limit;	/* len never exceeds it */
};

void buf_init(struct buf *b, size_t limit_bytes);
void buf_release(struct buf *b);

/* Empties b and keeps its memory. */
void buf_clear(struct buf *b);

/* Room for n more bytes behind len. */
enum err_code buf_reserve(struct buf *b, size_t n, struct err *err) MUST_USE;
enum err_code buf_append(struct buf *b, const void *p, size_t n, struct err *err) MUST_USE;
enum err_code buf_printf(struct buf *b, struct err *err, const char *fmt, ...)
	PRINTF(3, 4) MUST_USE;

/* As buf_append(); what goes past the limit is dropped: for texts people read. */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);

/* The bytes as a terminated string; "" when empty. Borrowed until b changes. */
const char *buf_str(const struct buf *b);

struct slice slice_of(const char *s);
int slice_eq(struct slice a, struct slice b);
int slice_is(struct slice a, const char *s);
#endif

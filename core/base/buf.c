/*
 * core/base/buf.c
 *	Growing bytes with a limit.
 */
#include "core/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"

void buf_init(struct buf *b, size_t limit_bytes)
{
	*b = (struct buf){ .limit = limit_bytes };
}

void buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .limit = b->limit };
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

enum err_code buf_reserve(struct buf *b, size_t n, struct err *err)
{
	size_t want, cap;

	if (__builtin_add_overflow(b->len, n, &want) || want > b->limit || want > PTRDIFF_MAX)
		return err_set(err, ERR_LIMIT, "%zu bytes are over the limit of %zu", want,
			       b->limit);
	if (want < b->cap)
		return ERR_OK;
	cap = b->cap != 0 ? b->cap : 64;
	while (cap <= want)
		cap *= 2;
	if (cap > b->limit)
		cap = b->limit + 1;	/* never more than could be used */
	b->data = mem_resize(b->data, cap);
	b->cap = cap;
	return ERR_OK;
}

enum err_code buf_append(struct buf *b, const void *p, size_t n, struct err *err)
{
	enum err_code rc = buf_reserve(b, n, err);

	if (rc != ERR_OK)
		return rc;
	if (n > 0)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
	return ERR_OK;
}

static enum err_code PRINTF(3, 0)
add_va(struct buf *b, struct err *err, const char *fmt, va_list args)
{
	va_list again;
	enum err_code rc;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, args);
	if (n < 0) {
		va_end(again);
		return err_set(err, ERR_BUG, "a text could not be formatted");
	}
	rc = buf_reserve(b, (size_t)n, err);
	if (rc == ERR_OK) {
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
	return rc;
}

enum err_code buf_printf(struct buf *b, struct err *err, const char *fmt, ...)
{
	va_list args;
	enum err_code rc;

	va_start(args, fmt);
	rc = add_va(b, err, fmt, args);
	va_end(args);
	return rc;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	struct err ignored;

	if (n > b->limit - b->len)
		n = b->limit - b->len;
	if (buf_append(b, p, n, &ignored) != ERR_OK)
		abort();	/* cannot be: n fits */
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	struct err ignored;
	va_list args;

	va_start(args, fmt);
	if (add_va(b, &ignored, fmt, args) != ERR_OK)
		buf_adds(b, "...");
	va_end(args);
}

const char *buf_str(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

struct slice slice_of(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

int slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int slice_is(struct slice a, const char *s)
{
	return slice_eq(a, slice_of(s));
}

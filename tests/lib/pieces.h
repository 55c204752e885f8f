/*
 * tests/lib/pieces.h
 *	Bytes that a reader gets a few at a time, for tests of what must not depend on that.
 *
 * Memory:  the bytes are borrowed.
 * Threads: one.
 */
#ifndef TESTS_LIB_PIECES_H
#define TESTS_LIB_PIECES_H

#include <string.h>

#include "core/base/err.h"

struct pieces {
	const char *p;
	size_t n;
	size_t step;	/* at most so many bytes at a time */
};

/* An xml_read_fn; ctx is a struct pieces. */
static inline enum err_code pieces_give(void *ctx, char *to, size_t cap, size_t *got,
					struct err *err)
{
	struct pieces *s = ctx;

	(void)err;
	*got = s->n < s->step ? s->n : s->step;
	*got = *got < cap ? *got : cap;
	memcpy(to, s->p, *got);
	s->p += *got;
	s->n -= *got;
	return ERR_OK;
}
#endif

/*
 * core/base/span.h
 *	Spans of time as people write them: "30s", "1h30m", "500ms".
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef CORE_BASE_SPAN_H
#define CORE_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Units are ms, s, m or min, h, d, w; a plain number is seconds. false: it is none. */
bool span_read(const char *text, int64_t *ms);

/* The shortest way to write it: 90000 is "1m30s". ms >= 0, size >= 40. */
void span_text(int64_t ms, char *buf, size_t size);
#endif

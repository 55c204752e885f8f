/*
 * core/base/human.h
 *	Numbers the way people read them: sizes, spans, rates, moments.
 *
 * Memory:  into the buffer given, always terminated.
 * Threads: any.
 */
#ifndef CORE_BASE_HUMAN_H
#define CORE_BASE_HUMAN_H

#include <stddef.h>
#include <stdint.h>

/* "512 B", "1.2 MB"; thousands, not 1024. */
void human_bytes(int64_t bytes, char *buf, size_t size);
/* "0.3 s", "12 s", "3 min 20 s", "2 h 05 min". */
void human_seconds(double seconds, char *buf, size_t size);
/* "950", "12.3k", "4.5M": for rates. */
void human_count(double n, char *buf, size_t size);
/* "1 234 567". */
void human_grouped(int64_t n, char *buf, size_t size);
/* Local time, "2026-02-28 13:05:09". */
void human_time_us(int64_t us, char *buf, size_t size);
/* The same from an ISO text in UTC; copies what is none. */
void human_time_iso(const char *iso, char *buf, size_t size);
#endif

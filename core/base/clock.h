/*
 * core/base/clock.h
 *	Two clocks that are never mixed: one for waiting, one for people.
 *
 * Timeouts and durations use the monotonic clock only. Wall time is for
 * showing; moments that must order jobs come from the database's clock.
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef CORE_BASE_CLOCK_H
#define CORE_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Microseconds since some start that never moves. */
int64_t clock_mono_us(void);

/* Microseconds since 1970-01-01 UTC. */
int64_t clock_wall_us(void);

/* "2026-02-28T23:59:59.123Z" for a wall time. size >= 25. */
void clock_iso(int64_t wall_us, char *buf, size_t size);
#endif

/*
 * core/base/amount.h
 *	Moments, counts and sizes as people write them; span.h has the spans.
 *
 * One reading for arguments and for filters. Texts are read whole: what is left
 * behind the amount makes it none. No locale is looked at.
 *
 * Memory:  none.
 * Threads: any; moments without Z are local time, as localtime() has it.
 */
#ifndef CORE_BASE_AMOUNT_H
#define CORE_BASE_AMOUNT_H

#include <stdbool.h>
#include <stdint.h>

/* "12.5" */
bool amount_float(const char *text, double *out);

/* "1500", "1.5k", "3M", "2G". */
bool amount_count(const char *text, double *out);

/* As amount_count(), with or without a B: "10MB"; "64KiB" and its like are powers of 1024. */
bool amount_bytes(const char *text, double *out);

/*
 * "2026-02-28", "2026-02-28 13:00[:00][Z]" (or T for the blank), or a span: so long ago.
 * *width_us (may be NULL): a day for a bare date, a minute or a second for a time, 0 for a span.
 */
bool amount_moment(const char *text, int64_t *us, int64_t *width_us);
#endif

/*
 * core/flow/format.h
 *	Values as text, the way PostgreSQL writes them with ISO dates in UTC.
 *
 * What format writes, parse.h reads back to the same value.
 *
 * Memory:  into the buffer given; format_cell() into the arena for what is long.
 * Threads: any.
 */
#ifndef CORE_FLOW_FORMAT_H
#define CORE_FLOW_FORMAT_H

#include "core/flow/batch.h"

#define FORMAT_MAX 64	/* room for any value but text and bytes */

/* Each writes at most FORMAT_MAX bytes, no '\0', and returns the length. */
size_t format_int(int64_t v, char *out);
size_t format_float(double v, int bytes, char *out);	/* shortest that reads back */
size_t format_bool(int64_t v, char *out);	/* true, false */
size_t format_date(int64_t v, char *out);
size_t format_time(int64_t v, char *out);
size_t format_timestamp(int64_t v, char *out);
size_t format_timestamptz(int64_t v, char *out);	/* with +00 */
size_t format_uuid(const uint8_t *v, char *out);

/*
 * The cell of a decoded column that is not null: what is no text in tmp (FORMAT_MAX bytes),
 * text and bytes as they stand, borrowed.
 */
struct slice format_short(const struct column *c, uint32_t row, char *tmp);

/*
 * The cell of a decoded column (pg_oid 0) as text; a null is "". Text is
 * borrowed from the column, the rest is written into mem.
 */
struct slice format_cell(struct arena *mem, const struct column *c, uint32_t row);
#endif

/*
 * core/flow/pgbin.h
 *	PostgreSQL's binary send format of each type: cells to bytes and back.
 *
 * Types known: bool int2 int4 int8 float4 float8 numeric text varchar bpchar
 * name bytea json jsonb xml date time timetz timestamp timestamptz uuid.
 * Anything else travels as text: its reader asks the server for a cast.
 *
 * Writing: pgbin_writer() once a column and batch, then one call a cell. A
 * cell whose batch still holds the server's own bytes (column.pg_oid) for the
 * same type is passed through. Reading: put the bytes of each cell into
 * text[] with pg_oid set; pgbin_decode() makes plain values of them when
 * somebody looks.
 *
 * Memory:  writers write where they are told; decoding works in the column's
 *	own stores and the batch's arena.
 * Threads: any, one batch each.
 */
#ifndef CORE_FLOW_PGBIN_H
#define CORE_FLOW_PGBIN_H

#include "core/flow/batch.h"

#define PG_BOOL        16u
#define PG_BYTEA       17u
#define PG_NAME        19u
#define PG_INT8        20u
#define PG_INT2        21u
#define PG_INT4        23u
#define PG_TEXT        25u
#define PG_JSON        114u
#define PG_XML         142u
#define PG_FLOAT4      700u
#define PG_FLOAT8      701u
#define PG_BPCHAR      1042u
#define PG_VARCHAR     1043u
#define PG_DATE        1082u
#define PG_TIME        1083u
#define PG_TIMESTAMP   1114u
#define PG_TIMESTAMPTZ 1184u
#define PG_TIMETZ      1266u
#define PG_NUMERIC     1700u
#define PG_UUID        2950u
#define PG_JSONB       3802u

/* A length word and the value's bytes; no value needs more than its text besides. */
#define PGBIN_ROOM 64u

/*
 * Writes the 32-bit length and the bytes of one cell (-1 alone for a null)
 * at p and returns the place behind. NULL: the value does not fit the type,
 * which a cast to the column's type would have found.
 */
typedef char *(*pgbin_put_fn)(char *p, const struct column *c, uint32_t row);

/* The type that a plain value of oid has on its way; false: oid is not known. */
bool pgbin_type(uint32_t oid, struct type_spec *out);

/* The OID that stores t best: what a created column would have. */
uint32_t pgbin_oid(const struct type_spec *t);

/*
 * How cells of c are written as oid; NULL when they cannot be (another type,
 * or bytes of another type that have to be decoded first). Good as long as
 * c->type and c->pg_oid stay.
 */
pgbin_put_fn pgbin_writer(const struct column *c, uint32_t oid);

/* Bytes that writing this cell may need at most, length word included. */
static inline size_t pgbin_room(const struct column *c, uint32_t row)
{
	bool has_bytes = c->pg_oid != 0 || c->type == TYPE_TEXT || c->type == TYPE_JSON ||
			 c->type == TYPE_BYTES;

	return PGBIN_ROOM + (has_bytes && !c->null[row] ? c->v.text[row].n : 0);
}

/*
 * Column c of b from the server's bytes to plain values, in place. Values
 * that leat cannot hold (NaN in a numeric, more than 38 digits, a date before
 * year 1 is fine) reject their row under the name `field`. No-op for a plain
 * column. ERR_INPUT: the bytes are not such a value; ERR_BUG: unknown OID.
 */
enum err_code pgbin_decode(struct batch *b, int c, const char *field, struct err *err) MUST_USE;
#endif

/*
 * core/flow/types.h
 *	The types a cell can have on its way through leat, and what a field is.
 *
 * Cells are stored column by column (batch.h). In memory:
 *	BOOL                    int64, 0 or 1
 *	INT                     int64; `bytes` says what the other side holds (2, 4, 8)
 *	FLOAT                   double; `bytes` 4 or 8
 *	DECIMAL                 struct decimal, exact, up to 38 digits
 *	TEXT, JSON              UTF-8 bytes
 *	BYTES                   any bytes
 *	DATE                    int64, days since 2000-01-01
 *	TIME                    int64, microseconds since midnight
 *	TIMESTAMP, TIMESTAMPTZ  int64, microseconds since 2000-01-01 (UTC for TZ)
 *	UUID                    16 bytes
 * For dates and timestamps INT64_MAX and INT64_MIN are +/- infinity.
 * The epoch is PostgreSQL's, so that its binary form is a byte swap away.
 *
 * Memory:  names are borrowed from the arena of whoever made the schema.
 * Threads: a schema does not change once made.
 */
#ifndef CORE_FLOW_TYPES_H
#define CORE_FLOW_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

struct arena;

enum type {
	TYPE_BOOL,
	TYPE_INT,
	TYPE_FLOAT,
	TYPE_DECIMAL,
	TYPE_TEXT,
	TYPE_BYTES,
	TYPE_DATE,
	TYPE_TIME,
	TYPE_TIMESTAMP,
	TYPE_TIMESTAMPTZ,
	TYPE_UUID,
	TYPE_JSON,
	TYPE_COUNT
};

struct type_spec {
	enum type type;
	int bytes;	/* INT: 2, 4, 8; FLOAT: 4, 8; else 0 */
	int precision;	/* DECIMAL: total digits, 0: any */
	int scale;	/* DECIMAL: digits behind the point */
	int max_chars;	/* TEXT: 0: any */
	uint32_t pg_oid; /* the type's OID in PostgreSQL when it came from there, else 0 */
};

/* Values that can be read in more than one way, and nothing in the column decides. */
#define DOUBT_READINGS 4
struct field_doubt {
	const char *option;	/* that decides: "dates", "decimals" */
	const char *value;	/* one of them */
	int n;
	const char *reading[DOUBT_READINGS];	/* "%d/%m/%Y": what the option says */
	const char *means[DOUBT_READINGS];	/* "2025-04-03": what value then is */
};

struct field {
	const char *name;
	struct type_spec type;
	const char *native;	/* the other side's own name, "numeric(10,2)"; may be NULL */
	bool is_required;	/* NOT NULL without a default */
	bool refuses_null;	/* one that is given; also where a default would fill in for none */
	bool is_generated;	/* the other side fills it; cannot be written */
	bool has_default;
	bool is_key;		/* part of the primary key */
	bool is_told;		/* the user said how its values are written: no guess of ours */
	const struct field_doubt *doubt;	/* NULL: none */
};

struct schema {
	int nfields;
	struct field *field;
};

/* value = coef * 10^-scale; scale 0..38, |coef| < 10^38. */
struct decimal {
	__int128 coef;
	int scale;
};

/* "int", "decimal", ...; never NULL. */
const char *type_name(enum type t);

/* Reads "decimal(10,2)", "text", "int", "bigint", "timestamptz"... */
enum err_code type_parse(struct slice s, struct type_spec *out, struct err *err) MUST_USE;

/* "decimal(10,2)" into mem. */
char *type_format(struct arena *mem, const struct type_spec *t);

/* Index of the field of that name (exact, then ignoring ASCII case if only one fits), or -1. */
int schema_find(const struct schema *s, struct slice name);
#endif

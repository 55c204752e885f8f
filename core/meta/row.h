/*
 * core/meta/row.h
 *	Values out of a result into an arena; for the files of this room.
 *
 * Memory:  texts belong to mem.
 * Threads: any.
 */
#ifndef CORE_META_ROW_H
#define CORE_META_ROW_H

#include <stdint.h>

#include "core/base/arena.h"
#include "core/db/db.h"

struct buf;

/* NULL for SQL null. */
const char *row_text(struct arena *mem, const struct db_result *res, int row, const char *col);

/* A timestamptz as "2026-02-28T23:59:59.123Z"; NULL for SQL null. Needs TimeZone UTC. */
const char *row_time(struct arena *mem, const struct db_result *res, int row, const char *col);

/* A bytea that came in hex; p NULL for SQL null. A NUL stands behind the last byte. */
struct slice row_bytes(struct arena *mem, const struct db_result *res, int row, const char *col);

/* The same of the text itself. */
struct slice row_hex(struct arena *mem, const char *hex);

/* 0 becomes SQL null: for ids that may be missing. */
struct db_param row_id(int64_t id);

/* One statement whose only row has one number in column col; *out 0 without a row. */
enum err_code row_int8(struct db *db, const char *sql, const struct db_param *params, int nparams,
		       const char *col, int64_t *out, struct err *err) MUST_USE;

/* Statements whose one parameter is a text. */
enum err_code row_query(struct db *db, const char *sql, const char *text, struct db_result **out,
			struct err *err) MUST_USE;
enum err_code row_number(struct db *db, const char *sql, const char *text, const char *col,
			 int64_t *out, struct err *err) MUST_USE;

/* '{1,2}' of n numbers, as a parameter; out is cleared first. */
enum err_code row_array(struct buf *out, const int64_t *v, int n, struct err *err) MUST_USE;

/*
 * Appends n bytes as a JSON string: what is not UTF-8 becomes U+FFFD, NUL
 * becomes U+2400 (jsonb has none), and past max bytes an ellipsis ends it.
 */
enum err_code row_json_text(struct buf *out, const char *p, size_t n, size_t max,
			    struct err *err) MUST_USE;
#endif

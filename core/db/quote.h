/*
 * core/db/quote.h
 *	The one place where names and literals become SQL text.
 *
 * Memory:  results belong to mem.
 * Threads: any.
 * Errors:  ERR_CONFIG for an empty name, one over 63 bytes, a NUL, or bytes
 *	that are not UTF-8; the message names it.
 */
#ifndef CORE_DB_QUOTE_H
#define CORE_DB_QUOTE_H

#include "core/base/buf.h"

struct arena;

/* "name" with quotes, always. */
enum err_code quote_ident(struct arena *mem, const char *name, char **out,
			  struct err *err) MUST_USE;

/* 'text', E'' where backslashes need it. */
enum err_code quote_literal(struct arena *mem, const char *text, char **out,
			    struct err *err) MUST_USE;

/*
 * Splits [SCHEMA.]TABLE as people type it ("a.b", "\"my table\"", "a.\"b.c\"").
 * Without a schema *schema is NULL. Unquoted parts keep their case.
 */
enum err_code quote_split(struct arena *mem, const char *text, const char **schema,
			  const char **table, struct err *err) MUST_USE;

/* "schema"."table" or "table". schema may be NULL. */
enum err_code quote_table(struct arena *mem, const char *schema, const char *table, char **out,
			  struct err *err) MUST_USE;
#endif

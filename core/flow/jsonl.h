/*
 * core/flow/jsonl.h
 *	Rows out of JSON lines: one object a line, its keys are the fields.
 *
 * Strict RFC 8259: a line that is not exactly that, has a key twice, nests
 * deeper than 512 or holds U+0000 is a rejected row with its reason. Numbers
 * are handed on as they are written, so that no digit is lost; nested objects
 * and arrays as JSON text; a missing key is null. A key that the fields do
 * not have is a problem of the row, unless extra ones are ignored. Lines
 * without anything are skipped.
 *
 * Memory:  cells point into data and into the batch's arena.
 * Threads: one at a time per scan.
 */
#ifndef CORE_FLOW_JSONL_H
#define CORE_FLOW_JSONL_H

#include "core/flow/csv.h"

#define JSONL_DEPTH_MAX 512
#define JSONL_KEYS_MAX  10000	/* of one object */

/* Kinds of values that a field was seen with, or-ed together. */
enum jsonl_kind {
	JSONL_STRING = 1 << 0,
	JSONL_NUMBER = 1 << 1,
	JSONL_BOOL   = 1 << 2,
	JSONL_NESTED = 1 << 3,
};

struct jsonl;

/* names: of the columns, borrowed. */
struct jsonl *jsonl_new(struct arena *mem, int ncols, const char *const *names, bool ignore_extra);

bool jsonl_ignores_extra(const struct jsonl *j);
bool jsonl_is_flat(const struct jsonl *j);

/*
 * is_flat: fields of nested objects are columns of their own, "a.b", and only
 * arrays stay JSON. in_document: rows do not stand in lines.
 */
void jsonl_set(struct jsonl *j, bool is_flat, bool in_document);

/* One row out of the n bytes at data + at, added to b. */
void jsonl_take(struct jsonl *j, const char *data, size_t at, size_t n, struct csv_place *place,
		struct batch *b);

/* As csv_scan_rows(), but needs no pad behind data. */
size_t jsonl_scan_rows(struct jsonl *j, const char *data, size_t n, bool is_last,
		       struct csv_place *place, struct batch *b, uint32_t max_rows);

/* The keys of the sample's lines in the order of their first sight, into mem; returns how many. */
int jsonl_fields(struct arena *mem, const char *data, size_t n, bool is_flat,
		 const char ***names);

/* The same, object by object. */
struct jsonl_names;
struct jsonl_names *jsonl_names_new(struct arena *mem, bool is_flat);
void jsonl_names_add(struct jsonl_names *out, const char *object, size_t n);
int jsonl_names_get(const struct jsonl_names *from, const char ***names);

/* enum jsonl_kind of all values that column c had so far. */
unsigned jsonl_kinds(const struct jsonl *j, int c);
#endif

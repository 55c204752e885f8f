/*
 * core/flow/raw_rows.h
 *	Rows that were kept as they stood, made into cells again.
 *
 * A shape says how the raw rows of one part of a source are read, and which
 * fields of which types they hold; it is kept beside them as JSON:
 *
 *	{"fields": [["id", "int"], ["day", "date", "%d.%m.%Y", true], ...],
 *	 "csv": {"cells": ["id", ...], "delimiter": ";", "quote": "\"", "escape": "",
 *		 "keep_empty": false, "null": "", "fill": false}}
 *
 * or with "json": {"ignore_extra": false, "flat": false, "document": false}, or
 * "fixed": {"columns": [["id", 1, 8]], "in_bytes": false}, in place of "csv".
 * A field may have how its texts are written, and whether somebody said so. Rows
 * are read as they were when they came, by the same scanners, with the same problems. A
 * row that was fixed is its cells with the fix laid over them: what was wrong
 * with its form (a cell too many, say) counts no longer.
 *
 * Memory:  shapes live in their arena; cells in the batch's arena.
 * Threads: one at a time per reader; shapes are not changed once made.
 */
#ifndef CORE_FLOW_RAW_ROWS_H
#define CORE_FLOW_RAW_ROWS_H

#include <jansson.h>

#include "core/flow/csv.h"

struct raw_shape;
struct raw_reader;

/* The text to keep. format: {"csv": ...} or {"json": ...}; NULL: objects, extra keys ignored. */
char *raw_shape_text(struct arena *mem, const struct schema *fields, const json_t *format);
/* The "csv" of a format. */
struct fixed;
json_t *raw_fixed_format(const struct fixed *f);
json_t *raw_csv_format(const struct csv_dialect *d, bool fill, int ncells,
		       const char *const *name);

enum err_code raw_shape_read(struct arena *mem, const char *text, struct raw_shape **out,
			     struct err *err) MUST_USE;
const struct schema *raw_shape_fields(const struct raw_shape *s);

/*
 * The fields of s that `all` has not go behind the others, in mem. A field whose types differ
 * becomes text.
 */
void raw_schema_add(struct arena *mem, struct schema *all, const struct raw_shape *s);

/*
 * Makes rows of the fields `all`, as text; both are borrowed. is_loose: for people to look at;
 * no row is rejected, cells are what can be made out, and what is no text has U+FFFD for it.
 */
struct raw_reader *raw_reader_new(struct arena *mem, const struct schema *all, bool is_loose);

/*
 * Adds one row at the end of b, whose columns are those of `all`; at[] is the caller's to
 * set. fix: {"field": "text" or null}, NULL: none. A raw row without bytes (p NULL) is
 * rejected: nobody kept it. false: no row came of it, for it was blank.
 */
bool raw_reader_row(struct raw_reader *r, const struct raw_shape *s, struct slice raw,
		    const json_t *fix, struct batch *b);
#endif

/*
 * core/flow/jsondoc.h
 *	Rows out of one JSON document: the objects of an array, wherever it stands.
 *
 * The document is walked once and never held: only what is unfinished at the
 * end of a block waits, at most one row or one text. The way to the rows is a
 * JSON pointer of names ("/data/items"; "": the document itself is the array,
 * or the one row). A row that is no object, or a broken one whose brackets
 * still match, is rejected like a broken JSON line (jsonl.h); what stands
 * around the rows must be strict JSON as far as brackets, names, commas and
 * texts go. A document that ends too early, or goes on behind its end, is a fault.
 *
 * Memory:  cells point into data and into the batch's arena.
 * Threads: one at a time per scan.
 */
#ifndef CORE_FLOW_JSONDOC_H
#define CORE_FLOW_JSONDOC_H

#include "core/flow/jsonl.h"

struct jsondoc;

/* rows reads each object; NULL: only the shape is looked at. rows_at is borrowed. */
struct jsondoc *jsondoc_new(struct arena *mem, struct jsonl *rows, const char *rows_at);

/* As jsonl_scan_rows(). After a fault it uses nothing up and adds nothing. */
size_t jsondoc_scan_rows(struct jsondoc *j, const char *data, size_t n, bool is_last,
			 struct csv_place *place, struct batch *b, uint32_t max_rows);

/* What is wrong with the document as a whole, and where; NULL: nothing so far. */
const char *jsondoc_fault(const struct jsondoc *j, int64_t *line, int64_t *offset);

/*
 * Pointers of the arrays of objects in a sample that do not stand in an array
 * themselves, in mem; the number of them, at most JSONDOC_PLACES_MAX.
 */
#define JSONDOC_PLACES_MAX 20
int jsondoc_places(struct arena *mem, const char *data, size_t n, const char **place);

/* The keys of the rows in a sample, as jsonl_fields(). */
int jsondoc_fields(struct arena *mem, const char *data, size_t n, const char *rows_at,
		   bool is_flat, const char ***names);
#endif

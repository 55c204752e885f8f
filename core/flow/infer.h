/*
 * core/flow/infer.h
 *	Which type the texts of a column have, from a sample, and no surprises.
 *
 * Leading zeros ("007"), digit strings over 18, and phone numbers stay text;
 * a date is a date only when one order of day and month fits every value of
 * the sample. Whoever reads on after the sample calls infer_widen() when a
 * later value disagrees.
 *
 * A file's describe() puts the inferred type into field.type and how it is
 * written into field.native (infer_native()), while its batches carry TEXT:
 * whoever reads the field converts each cell, and a cell that disagrees later
 * rejects its row. Blank text is null.
 *
 * Memory:  state in the arena given; results borrow nothing.
 * Threads: one.
 */
#ifndef CORE_FLOW_INFER_H
#define CORE_FLOW_INFER_H

#include "core/flow/batch.h"

struct infer;

struct infer *infer_new(struct arena *mem, int ncols);
void infer_batch(struct infer *in, const struct batch *rows);

/*
 * The type of column c. format (may be NULL) gets the date or timestamp
 * format for to_date() ("%d/%m/%Y") or "" when ISO; decimal_comma whether
 * numbers are written 1.234,56.
 */
struct type_spec infer_type(const struct infer *in, int c, const char **format,
			    bool *decimal_comma);

/*
 * What belongs into field.native: "date('%d/%m/%Y')", "timestamp('...')",
 * "decimal comma", or NULL when nothing has to be said. Lives in mem.
 */
const char *infer_native(struct arena *mem, const struct type_spec *t, const char *format,
			 bool decimal_comma);

/* The other way round; leaves alone what native does not speak of. native may be NULL. */
struct datefmt;
void infer_read_native(struct arena *mem, const char *native, const struct datefmt **format,
		       char *point, char *group);

/* The narrowest type that holds both: int + decimal = decimal, date + int = text... */
struct type_spec infer_widen(struct type_spec a, struct type_spec b);
#endif

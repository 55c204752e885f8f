/*
 * core/flow/infer.h
 *	Which type the texts of a column have, from a sample, and no surprises.
 *
 * Leading zeros ("007"), digit strings over 18, and phone numbers stay text;
 * a date is a date only when one order of day and month fits every value of
 * the sample, and a number one only when one reading of its marks does. Where
 * several do, the column stays text and carries a doubt: whoever needs more
 * than its text asks the user. Whoever reads on after the sample calls infer_widen() when a
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
#include "core/flow/number.h"

struct infer;

/* How the values of a column are written. */
struct infer_how {
	const char *format;	/* of dates, for to_date(); "" when ISO */
	bool has_marks;	/* numbers that parse_decimal() does not read */
	struct number_marks marks;
	bool may_be_grouped;	/* "1.234" everywhere: a thousand, where commas are decimal */
	const struct field_doubt *doubt;	/* two readings fit: the column stays text */
};

struct infer *infer_new(struct arena *mem, int ncols);
void infer_batch(struct infer *in, const struct batch *rows);

/* The type of column c. What how holds lives as long as the state. */
struct type_spec infer_type(const struct infer *in, int c, struct infer_how *how);

/* "1.234" in column c, in a file that has decimal commas: the doubt it then is. */
const struct field_doubt *infer_group_doubt(const struct infer *in, int c);

/* Whether some column can be read in several ways so far. */
bool infer_is_in_doubt(const struct infer *in);

/*
 * What belongs into field.native: "date('%d/%m/%Y')", "timestamp('...')",
 * "decimal(',.')" (number.h), or NULL when nothing has to be said. Lives in mem.
 */
const char *infer_native(struct arena *mem, const struct type_spec *t,
			 const struct infer_how *how);

/* The other way round; leaves alone what native does not speak of. native may be NULL. */
struct datefmt;
void infer_read_native(struct arena *mem, const char *native, const struct datefmt **format,
		       struct number_marks *marks);

/* The narrowest type that holds both: int + decimal = decimal, date + int = text... */
struct type_spec infer_widen(struct type_spec a, struct type_spec b);
#endif

/*
 * core/flow/profile.h
 *	What is in the fields of a stream: one pass over it, memory that does not grow.
 *
 * Counts of rows, nulls, texts, misfits, lengths, least and greatest values and
 * sums are exact. How many different values there are is exact up to some
 * thousand and estimated above, with its error said; so are the values that
 * come most often (tops.h). A likely key has a value in every row and no
 * repetition that was seen: any value that repeats soon, and any of a fair
 * sample of all values (sketch.h), would have told.
 *
 * profile_run() reads a connection to its end on several threads. What it
 * comes to does not depend on their number: each field sees its rows in order.
 *
 * Memory:  in the arena given, at the start: about 350 kB a field, less
 *	for more than 64 fields. Nothing is allocated per row.
 * Threads: profile_rows() and profile_report() one at a time; profile_unit()
 *	for different units at the same time.
 */
#ifndef CORE_FLOW_PROFILE_H
#define CORE_FLOW_PROFILE_H

#include <stdatomic.h>

#include "core/flow/connector.h"

#define PROFILE_SAYINGS 5	/* unreadable rows that are told with their reasons */
#define PROFILE_TOPS_MAX 256	/* values that a report can be asked for */

struct profile;

/* fields: as described, with native formats; batches may carry TEXT for any of them. */
struct profile *profile_new(struct arena *mem, const struct schema *fields);

/* Counts a batch and its unreadable rows; decodes columns in place. Before its units. */
enum err_code profile_rows(struct profile *p, struct batch *b, struct err *err) MUST_USE;

/* Units of work of a batch: its fields, and pairs of fields that may be a key together. */
int profile_units(const struct profile *p);
void profile_unit(struct profile *p, int unit, const struct batch *b);

/* ---- what it comes to --------------------------------------------------- */

struct profile_value {
	const char *text;	/* a long one ends in "..." */
	int64_t rows;	/* at least so many */
	int64_t more;	/* and perhaps so many more */
};

struct profile_pattern {
	const char *text;	/* "A+-9+": letters A, digits 9, + for more than one */
	int64_t rows;
};

struct profile_field {
	const char *name;
	struct type_spec type;
	const char *native;	/* may be NULL */
	int64_t rows;
	int64_t nulls;
	int64_t empty;	/* texts of nothing or of blanks only */
	int64_t misfits;	/* texts that are no value of the type */
	const char *misfit;	/* one of them, or NULL */
	int64_t distinct;
	double distinct_error;	/* standard error in percent; 0: exact */
	const char *min, *max;	/* of the type; NULL: no values */
	int64_t min_chars, max_chars;	/* of values, in characters; 0, 0 without any */
	double mean_chars;
	const char *sum, *mean;	/* INT and DECIMAL; NULL: past 38 digits, or none */
	int ntops;
	struct profile_value *top;	/* most rows first */
	int npatterns;
	struct profile_pattern *pattern;	/* most rows first; texts only */
	int64_t other_patterns;	/* rows whose pattern came too late to be kept */
	bool is_key;	/* likely: no null, no repetition seen */
	int key_with;	/* with this other field it is; -1: none */
};

struct profile_report {
	int64_t rows;	/* that could be read */
	int64_t unreadable;
	int64_t bytes;
	int nsayings;
	const char *saying[PROFILE_SAYINGS];	/* "sales.csv, line 17: has 11 cells..." */
	int nfields;
	struct profile_field *field;
};

/* Texts live in mem. At most ntops values and patterns a field. */
void profile_report(struct profile *p, struct arena *mem, int ntops, struct profile_report *out);

/* ---- a whole stream -------------------------------------------------------- */

struct profile_how {
	int threads;	/* 0: one for each processor, 4 at most */
	int ntops;
	atomic_int *stop;	/* not 0: ERR_INTERRUPTED; may be NULL */
	/* Of so_far only rows, unreadable and bytes are set. May be NULL. */
	void (*progress)(void *ctx, const struct profile_report *so_far);
	void *ctx;
};

/* Describes and reads what spec names. note: as of describe(); may be NULL. */
enum err_code profile_run(struct arena *mem, struct conn *c, const struct read_spec *spec,
			  const struct profile_how *how, struct profile_report *out,
			  const char **note, struct err *err) MUST_USE;
#endif

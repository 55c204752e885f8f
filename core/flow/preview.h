/*
 * core/flow/preview.h
 *	What a mapping makes of a sample of its source, field by field, while it is edited.
 *
 * A plan (plan.h) stops at the first thing that cannot work; this looks at each field by
 * itself and says of all what they are made of, what is wrong, and how many rows of the
 * sample would fail by which rule: the expression, the target's type and length, NOT NULL,
 * checks. What fills a field is decided as in a plan. Checks that ask the target
 * (exists-in) are left out and counted.
 *
 * Memory:  a sample is a heap object with copies of its rows; results live in the arena given.
 * Threads: one at a time for a sample; `stop` may be set by any thread.
 */
#ifndef CORE_FLOW_PREVIEW_H
#define CORE_FLOW_PREVIEW_H

#include <stdatomic.h>

#include "core/flow/batch.h"
#include "core/flow/hashset.h"
#include "core/flow/pipeline.h"

#define PREVIEW_ROWS 10000

struct preview;

/* The schema is copied. */
struct preview *preview_new(const struct schema *source, int64_t limit_rows);
void preview_free(struct preview *p);	/* NULL is fine */
/* Copies rows, which are decoded in place; those past the limit are left. */
enum err_code preview_take(struct preview *p, struct batch *rows, struct err *err) MUST_USE;
bool preview_is_full(const struct preview *p);

const struct schema *preview_source(const struct preview *p);
int64_t preview_rows(const struct preview *p);
/* Rows of the sample in which a field of the source is null. */
int64_t preview_nulls(const struct preview *p, int field);

enum preview_origin { PREVIEW_BY_NOTHING, PREVIEW_BY_LINE, PREVIEW_BY_NAME };
enum preview_status {
	PREVIEW_OK,
	PREVIEW_EMPTY,		/* nothing fills it, and nothing has to */
	PREVIEW_LOSSY,		/* rows of the sample fail, or the type is narrower */
	PREVIEW_MISSING,	/* nothing fills it, and the target needs a value */
	PREVIEW_ERROR		/* it cannot be computed at all */
};
/* "ok", "empty", "LOSSY", "MISSING", "ERROR". */
const char *preview_status_name(enum preview_status s);

/* Rows that failed by one rule. */
struct preview_rule {
	const char *rule, *reason, *value;	/* of the first of them */
	int64_t rows;
};

struct preview_field {
	struct field field;	/* of the target, or as it would be made */
	bool is_new;		/* the target lacks it */
	enum preview_origin origin;
	const char *expr;	/* of a line; by name: the source's name, as an expression */
	int source;		/* field of the source that it is, or the only one it reads; -1 */
	struct type_spec result;	/* of the expression, before it becomes the field's type */
	enum preview_status status;
	const char *problem;	/* NULL: none */
	const struct field *doubt;	/* its values can be read in several ways; NULL: not so */
	int at;			/* character of expr that it is about, from 1; 0: none */
	bool is_tried;		/* the figures below were computed */
	int64_t failed, nulls;	/* rows */
	int nrules;
	struct preview_rule *rule;
};

/* A row of the sample: what it was, what became of it. */
struct preview_row {
	int64_t row;		/* in the source */
	const char *before;
	const char *after;	/* NULL: null, or it failed */
	const char *problem;	/* NULL: none */
};

struct preview_result {
	int n;
	struct preview_field *f;	/* fields of the target in its order, then new ones */
	uint8_t *used;		/* by field of the source: something reads it */
	int64_t rows, filtered, failed;	/* of the sample; failed: of those not filtered */
	int nunasked;		/* checks that were left out */
	const char *wrong;	/* filter, check or key that cannot work; NULL: none */
	int nshown;
	struct preview_row *shown;	/* of the field `only`: those that fail first */
};

struct preview_ask {
	const struct pipeline *pipeline;
	const struct schema *target;	/* NULL: it does not exist yet */
	const char *only;	/* rows are tried for this field alone; NULL: for all */
	int shown;		/* rows of it to show */
	/*
	 * Room for a hash a row of the sample, for `only`: of its value; zero where it is null,
	 * failed or was filtered. NULL: nobody asks.
	 */
	struct hash128 *values;
	atomic_int *stop;	/* may be NULL */
};

/* ERR_INTERRUPTED when stopped; what is wrong with the mapping is in the result. */
enum err_code preview_run(struct arena *mem, struct preview *p, const struct preview_ask *ask,
			  struct preview_result *out, struct err *err) MUST_USE;

/* Place of a field in the result; -1: none of that name. */
int preview_find(const struct preview_result *r, const char *field);
#endif
